#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "distillery/bytes.hpp"
#include "distillery/dataset.hpp"
#include "distillery/ensemble.hpp"
#include "distillery/mlp.hpp"
#include "distillery/model_file.hpp"
#include "distillery/statistics.hpp"
#include "distillery/trainer.hpp"
#include "distillery/transfer.hpp"

namespace distillery {

struct TeacherOptions {
  std::uint32_t count = 12;  ///< 1 … 100
  std::vector<int> hidden{256, 128, 64};
  std::vector<float> dropout{0.3f, 0.3f};
  Combination combination = Combination::mean_logits;
  TrainOptions training{};  ///< its seed is ignored: the plan derives one per network
};

struct StudentOptions {
  /// Hidden widths of each size, 1 … 100 sizes, ascending in parameters.
  std::vector<std::vector<int>> sizes{{2, 3},   {4, 2},   {8, 4},   {12, 6},  {16, 8},   {24, 12},
                                      {32, 16}, {48, 24}, {64, 32}, {96, 48}, {160, 80}, {256, 128}};
  std::uint32_t seeds = 5;  ///< students, and as many baselines of each kind, per size, 1 … 1000
  float temperature = 3, soft_weight = 0.7f;
  TransferOptions transfer;  ///< rows that the ensemble labels beside the training rows; an epoch has them all
  TrainOptions training{.epochs = 50, .optimizer = {.weight_decay = 1e-4f}};
};

/// The whole job. The defaults are the reference experiment's, over a ladder of student sizes.
struct PlanOptions {
  std::uint64_t seed = 0;
  SplitOptions split;  ///< its seed is ignored: the plan's is taken
  TeacherOptions teachers;
  StudentOptions students;
  bool balance_classes = false;  ///< class weights: rows / (classes · rows of the class)
  double margin = 0.01;          ///< accuracy below the ensemble's that is still enough, 0 … 0.5
  double confidence = 0.95;      ///< of all intervals, 0.5 … 0.999

  /// Throws invalid_option. inputs, classes: of the data.
  void validate(int inputs, int classes) const;
  /// Whether the students' recipe leaves the matched baseline anything that the plain one has not.
  bool matched_apart() const noexcept {
    return students.transfer.method != TransferMethod::none || students.training.optimizer.schedule != Schedule::constant;
  }
};

/// Baselines are the students' twins: of the same shape, seeds and number of steps, on labels alone. `baseline`, the plain
/// one, sees the training rows at a constant learning rate; `matched` has all of the student's recipe that needs no
/// ensemble: its transfer rows, with the labels of the rows they were made from, and its schedule. Where that is nothing
/// (`matched_apart`), there are no jobs of that kind and the plain baseline stands for both.
enum class JobKind : std::uint8_t { teacher = 0, baseline = 1, student = 2, test = 3, matched = 4 };
using JobId = std::uint32_t;

/// One piece of work: a pure function of data, options, id and input. May run anywhere, twice, in any order.
struct Job {
  JobId id = 0;
  JobKind kind = JobKind::teacher;
  std::uint32_t index = 0;  ///< which teacher, or which size; of tests: the teacher, or teachers + size
  std::uint32_t seed = 0;   ///< which of the seeds; 0 for teachers and tests
  double work = 0;          ///< rows × parameters × epochs
  std::uint32_t input = 0;  ///< 0: none; else a number that is the same for jobs that share one input
};

/// The data as the jobs of one plan use it: split once, scaled by the training rows. Const, so threads may share it. Holds
/// the rows once; all else refers to them by number.
class Workbench {
 public:
  Workbench(Dataset data, PlanOptions options);

  const PlanOptions& options() const noexcept { return options_; }
  /// The features are scaled by `scaling`; transfer rows follow after the rows given, with the labels of those they were
  /// made from (of mixup the first).
  const Dataset& data() const noexcept { return data_; }
  const Split& rows() const noexcept { return split_; }
  const Standardisation& scaling() const noexcept { return scaling_; }
  Architecture teacher() const;
  Architecture student(std::uint32_t size) const;

  std::uint32_t job_count() const noexcept;
  Job job(JobId id) const;  ///< Throws wrong_state for an unknown id.
  /// Identifies data and options: results of one workbench do not fit another.
  std::uint32_t fingerprint() const noexcept { return fingerprint_; }

 private:
  friend class JobRun;
  friend class Plan;
  using RowList = std::vector<std::uint32_t>;
  using Labels = std::vector<std::int32_t>;
  /// What a network of this kind learns from; points into this workbench. input: of its job, the soft targets of students.
  std::shared_ptr<const BatchSource> source_of(JobKind kind, ByteView input) const;
  std::shared_ptr<const BatchSource> source(const RowList& rows, const Labels& labels, std::optional<Matrix> soft = {}) const;
  Objective objective_of(JobKind kind) const;
  TrainOptions training_of(JobKind kind) const;
  void add_transfer_rows(Dataset& data);
  /// The labels of the taught rows as mixup mixes them, as distributions.
  Matrix mixed_labels() const;
  /// The rows of an epoch: of students, and the training rows as often as gives as many.
  const RowList& taught() const noexcept { return taught_.empty() ? split_.train : taught_; }
  const RowList& repeated() const noexcept { return repeated_.empty() ? split_.train : repeated_; }

  Dataset data_;
  PlanOptions options_;
  Split split_;
  Standardisation scaling_;
  Labels validation_labels_;
  std::vector<float> class_weights_;
  // Only where there are transfer rows.
  RowList taught_, repeated_;
  Labels taught_labels_;                 // of the table, -1 for transfer rows
  std::vector<TransferOrigin> origins_;  // of mixup's transfer rows
  std::uint32_t fingerprint_;
};

/// Runs one job in slices.
class JobRun {
 public:
  /// input: what Plan::input gave for this job; checkpoint: what `checkpoint` gave for it, or nothing.
  JobRun(std::shared_ptr<const Workbench> workbench, JobId id, ByteView input, ByteView checkpoint = {});
  ~JobRun();
  JobRun(JobRun&&) noexcept;

  /// About `rows` rows of training. True when the job is done.
  bool advance(std::uint32_t rows);
  struct Progress {
    std::uint32_t epoch = 0, epochs = 0;
    double loss = 0, accuracy = 0;  ///< of the last finished epoch; accuracy on validation rows for teachers
  };
  Progress progress() const noexcept;
  Bytes checkpoint() const;
  /// What Plan::absorb takes. A diverged training is a result too. Throws wrong_state before the end.
  Bytes result() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Scores {
  Interval accuracy, nll, agreement, kl;
};
struct SizeScores {
  Scores student, baseline, matched;
  Interval gain, kl_gain;  ///< student − plain baseline, paired by seed
  double gain_p = 1, kl_gain_p = 1;
  Interval matched_gain;  ///< accuracy, student − matched baseline, paired by seed: what the ensemble adds to the recipe
  double matched_gain_p = 1;
  Interval difference;  ///< accuracy, student − ensemble, over seeds and rows
};
struct Curve {
  std::uint32_t rows = 0;
  Interval teacher_accuracy, ensemble_accuracy;
  double ensemble_nll = 0;
  std::vector<SizeScores> sizes;
};
struct SizeInfo {
  std::vector<int> hidden;
  std::uint32_t parameters = 0, bytes = 0, students_done = 0, baselines_done = 0, matched_done = 0, diverged = 0;
};
enum class TeacherState : std::uint8_t { pending = 0, done = 1, diverged = 2 };
struct TeacherInfo {
  TeacherState state = TeacherState::pending;
  std::vector<double> loss, accuracy;  ///< per epoch
  double validation_accuracy = 0, test_accuracy = 0;
};
enum class ChoiceStatus : std::uint8_t { pending = 0, chosen = 1, none = 2, no_rows = 3 };
struct Choice {
  ChoiceStatus status = ChoiceStatus::pending;
  std::int32_t size = -1;  ///< the recommended size; where none passes, the closest
  std::uint32_t seed = 0;  ///< of the student that is taken away: the best on validation rows
  Interval test_difference;  ///< that student − ensemble, accuracy over test rows
  double test_accuracy = 0, test_agreement = 0;
  bool confirmed = false;
  Interval edge;           ///< ensemble − baseline of that size, on test rows
  Interval retained_edge;  ///< count 0 where the edge is not clearly above 0.3 points
};
struct Report {
  bool finished = false;
  std::uint32_t train_rows = 0, validation_rows = 0, test_rows = 0, columns = 0, classes = 0;
  std::uint32_t teacher_parameters = 0, ensemble_parameters = 0, ensemble_bytes = 0;
  std::vector<TeacherInfo> teachers;
  std::vector<SizeInfo> sizes;
  bool matched_apart = false;  ///< PlanOptions::matched_apart
  Curve validation, test;
  Choice choice;
};

/// The whole job as a state machine; it executes nothing itself. Selection never sees the test rows: they are scored by
/// the last jobs, which become ready when everything else has been absorbed and the size has been chosen.
class Plan {
 public:
  /// Throws invalid_option or invalid_data.
  Plan(Dataset data, PlanOptions options);
  explicit Plan(std::shared_ptr<const Workbench> workbench);
  /// Goes on from what `save` gave for the same data and options; shape_mismatch for others.
  static Plan resume(std::shared_ptr<const Workbench> workbench, ByteView saved);
  ~Plan();
  Plan(Plan&&) noexcept;

  /// Jobs that could start now, in the order in which they should. Those already started are among them: the caller
  /// remembers what it runs.
  std::vector<Job> ready_jobs() const;
  /// What this job's run needs besides data and options; the same bytes for all jobs with the same `Job::input`.
  Bytes input(JobId id) const;
  /// Takes a result. Taking it twice changes nothing. Throws corrupt_file, shape_mismatch (another plan's result) or
  /// wrong_state (not ready), and diverged when the last teacher or student has diverged.
  void absorb(JobId id, ByteView result);
  /// Remembers how far an unfinished job got, for `save`; `progress_of` gives it back (empty: from the start).
  void suspend(JobId id, ByteView checkpoint);
  ByteView progress_of(JobId id) const noexcept;

  bool done(JobId id) const noexcept;
  bool finished() const noexcept;
  /// Provisional until finished().
  const Report& report() const;
  /// Changes the margin and, where the choice was made, chooses again; trains nothing.
  void set_margin(double margin);

  /// A finished network as a user takes it: of any kind but test. Throws wrong_state where it is not done.
  Model model(JobKind kind, std::uint32_t index, std::uint32_t seed = 0) const;
  /// The recommended student (where none passes, the closest). Throws wrong_state before the choice.
  Model chosen() const;
  /// State with all results, magic "DSTP".
  Bytes save() const;
  const Workbench& workbench() const noexcept;
  std::shared_ptr<const Workbench> shared_workbench() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Runs a plan on `threads` threads (0: as many as the machine has; 1: in the calling thread) and returns it finished.
/// The result does not depend on the number of threads.
Plan distil(Dataset data, PlanOptions options, unsigned threads = 0);

}  // namespace distillery
