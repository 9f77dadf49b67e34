#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "distillery/bytes.hpp"
#include "distillery/dataset.hpp"
#include "distillery/ensemble.hpp"
#include "distillery/mlp.hpp"
#include "distillery/recipe.hpp"
#include "distillery/trainer.hpp"
#include "distillery/transfer.hpp"

namespace distillery {

struct TeacherOptions {
  std::uint32_t count = 12;  ///< 1 … 100
  std::vector<int> hidden{256, 128, 64};
  std::vector<float> dropout{0.3f, 0.3f};
  Combination combination = Combination::mean_logits;
  /// Whether the teachers are weighted as `fit_weights` fits them to the validation rows, and whether what they say is then
  /// calibrated there (`fit_temperature`). Of an ensemble of the caller's only the latter.
  bool fitted_weights = false, calibrated = false;
  /// 0: every teacher learns from all training rows. Else, 2 … count: from all but those of one of so many folds, in turn, and
  /// the soft targets of a row (and of those made of it) come from those teachers alone that have not learned from it.
  std::uint32_t folds = 0;
  /// 0: trained for all epochs. Else until the loss on the validation rows has not fallen for so many; the network of the
  /// best epoch is taken. Without validation rows it has no effect.
  std::uint32_t patience = 0;
  TrainOptions training{};  ///< its seed is ignored: the plan derives one per network
};

struct StudentOptions {
  /// Hidden widths of each size, 1 … 100 sizes, ascending in parameters.
  std::vector<std::vector<int>> sizes{{2},      {4},      {8},      {12, 6},  {16, 8},   {24, 12},
                                      {32, 16}, {48, 24}, {64, 32}, {96, 48}, {160, 80}, {256, 128}};
  std::uint32_t seeds = 5;  ///< students, and as many baselines of each kind, per size, 1 … 1000
  /// Of these, so many come first, for every size: 1 or more. Then those sizes get the others that are not beyond the next one
  /// after the smallest that passes so far (see Plan::set_margin): where the answer is decided, and below, where it costs little.
  std::uint32_t first_seeds = 3;
  /// Teacher assistants (Mirzadeh et al. 2020): hidden widths of up to 8 networks, of which the first learns from the
  /// ensemble, each other from the one before, as the first recipe says that wants them; with one shape again and again a
  /// born-again chain (Furlanello et al. 2018). Without such a recipe they are left out.
  std::vector<std::vector<int>> assistants;
  /// One: how all sizes are taught. Several, 2 … 32: candidates, of which trials on the validation rows choose; the first
  /// where there are no such rows. Without transfer rows those with transfer are left out.
  std::vector<Recipe> recipes = standard_recipes();
  /// Networks that try each candidate on one of the largest three sizes, 1 … 100; of the three before twice as many, of all
  /// before four times as many.
  std::uint32_t trials = 2;
  /// Rows for the ensemble to label. In each epoch every training row has its turn, itself or one of those made of it.
  /// Where the data has unlabelled rows, these take their place. An ensemble of the caller's can label no others.
  TransferOptions transfer{.method = TransferMethod::munge, .copies = 2};
  std::uint32_t patience = 0;  ///< as TeacherOptions::patience, of students and their baselines
  bool int8 = false;           ///< whether the students' int8 twins (`quantised`) are scored, too
  /// Of students and their baselines.
  TrainOptions training{.epochs = 50,
                        .optimizer = {.learning_rate = 0.01f, .weight_decay = 1e-4f, .schedule = Schedule::cosine}};
};

/// The whole job. The defaults: the reference experiment's teachers, a ladder of student sizes, a recipe chosen for each.
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
};

/// Baselines are the students' twins: of the same shape, seeds and number of steps, trained alike, on labels alone.
/// `baseline`, the plain one, sees the training rows; `matched` has all of the student's recipe that needs no ensemble: its
/// transfer rows too, with the labels of the rows they were made from. A recipe without transfer rows makes them one, as do
/// transfer rows that were not made and so have no labels: then the plain baseline stands for both. Where labels alone are the recipe, a baseline stands for the student as well.
enum class JobKind : std::uint8_t { teacher = 0, baseline = 1, student = 2, test = 3, matched = 4, trial = 5, assistant = 6 };
using JobId = std::uint32_t;

/// One piece of work: a pure function of data, options, id and input. May run anywhere, twice, in any order.
struct Job {
  JobId id = 0;
  JobKind kind = JobKind::teacher;
  std::uint32_t index = 0;  ///< which teacher, assistant or size; of tests: the teacher, or teachers + size
  std::uint32_t seed = 0;   ///< which of the seeds or trials; 0 for teachers, assistants and tests
  std::uint32_t recipe = 0; ///< which candidate is tried; 0 for all but trials
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
  /// made from (of mixup the first), -1 if they were not made but given.
  const Dataset& data() const noexcept { return data_; }
  const Split& rows() const noexcept { return split_; }
  const Standardisation& scaling() const noexcept { return scaling_; }
  /// What stands for a missing value, by the training rows: one number per column, or none without imputation.
  const std::vector<float>& fills() const noexcept { return fills_; }
  /// Whether an ensemble of the caller's teaches: then there are no teachers, in the options neither.
  bool given_ensemble() const noexcept { return ensemble_.rows() > 0; }
  Architecture teacher() const;
  Architecture student(std::uint32_t size) const;
  Architecture assistant(std::uint32_t index) const;

  std::uint32_t job_count() const noexcept;
  Job job(JobId id) const;  ///< Throws wrong_state for an unknown id.
  /// Identifies data and options: results of one workbench do not fit another.
  std::uint32_t fingerprint() const noexcept { return fingerprint_; }

 private:
  friend class JobRun;
  friend class Plan;
  using RowList = std::vector<std::uint32_t>;
  using Labels = std::vector<std::int32_t>;
  /// What a network with this recipe learns from; points into this workbench. soft_targets: for recipes with a soft weight,
  /// of the rows in `taught`, as far as the recipe goes.
  std::shared_ptr<const BatchSource> source_of(const Recipe& recipe, std::optional<Matrix> soft_targets) const;
  Objective objective_of(const Recipe& recipe) const;
  const TrainOptions& training_of(JobKind kind) const noexcept {
    return kind == JobKind::teacher ? options_.teachers.training : options_.students.training;
  }
  std::uint32_t patience_of(JobKind kind) const noexcept {
    if (split_.validation.empty()) return 0;
    return kind == JobKind::teacher ? options_.teachers.patience : options_.students.patience;
  }
  Architecture architecture_of(const Job& job) const;
  /// How assistants are taught: an index.
  std::uint32_t assistants_recipe() const;
  std::shared_ptr<const BatchSource> teacher_source(std::uint32_t teacher) const;
  void deal_training_rows(const Dataset& data);
  void drop_recipes(const Dataset& data);
  void add_transfer_rows(Dataset& data);
  std::vector<TransferOrigin> make_rows(Dataset& data) const;
  /// The labels of the taught rows as mixup mixes them, as distributions.
  Matrix mixed_labels() const;
  /// The training rows, then the transfer rows: as many of them again, or a multiple.
  const RowList& taught() const noexcept { return taught_.empty() ? split_.train : taught_; }
  std::size_t taught_by(const Recipe& recipe) const noexcept { return (recipe.transfer ? taught() : split_.train).size(); }
  /// What the caller's ensemble says on these rows, as logits.
  Matrix ensemble_on(std::span<const std::uint32_t> rows) const;

  Dataset data_;
  PlanOptions options_;
  Split split_;
  std::vector<float> fills_;
  Standardisation scaling_;
  Labels validation_labels_;
  std::vector<float> class_weights_;
  Matrix ensemble_;  // the caller's: probabilities, by number of the row
  // Only where there are transfer rows.
  RowList taught_;
  Labels taught_labels_;                 // of the table, -1 for transfer rows
  std::vector<TransferOrigin> origins_;  // of mixup's transfer rows
  bool labelled_transfer_ = true;        // whether transfer rows have labels, for a matched baseline to learn from
  // Only where there are folds.
  std::vector<std::uint8_t> folds_;      // of the taught rows; no_fold: all teachers answer
  std::vector<RowList> without_fold_;    // training rows by fold left out
  static constexpr std::uint8_t no_fold = 255;
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

}  // namespace distillery
