#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "distillery/bytes.hpp"
#include "distillery/model_file.hpp"
#include "distillery/statistics.hpp"
#include "distillery/workbench.hpp"

namespace distillery {

/// Figures about the answers of networks, as metrics.hpp defines them. T: a number, of one network; an interval, over several.
template <class T>
struct FiguresOf {
  T accuracy{}, macro_f1{}, roc_auc{};  ///< roc_auc: of two classes; else without a value, as all that cannot be said
  T nll{}, brier{}, ece{};
  T agreement{}, kl{};                  ///< with the ensemble, and from it
  T agreement_on_errors{};              ///< on the rows that the ensemble gets wrong
  T agreement_near_boundary{};          ///< on the tenth of the rows on which it is least decided

  static constexpr T FiguresOf::*members[] = {
      &FiguresOf::accuracy,  &FiguresOf::macro_f1, &FiguresOf::roc_auc, &FiguresOf::nll,
      &FiguresOf::brier,     &FiguresOf::ece,      &FiguresOf::agreement, &FiguresOf::kl,
      &FiguresOf::agreement_on_errors, &FiguresOf::agreement_near_boundary};
};
using Figures = FiguresOf<double>;
using Scores = FiguresOf<Interval>;

/// All of a network's logits, rows × classes, beside the ensemble's on the same rows. Throws shape_mismatch or invalid_data.
Figures figures_of(ConstMatrixRef logits, ConstMatrixRef ensemble, std::span<const std::int32_t> labels);

/// p-values have their twins adjusted for as many sizes as there are (Holm 1979).
struct SizeScores {
  Scores student, baseline, matched;
  Scores quantised;  ///< of the students' int8 twins, where these were asked for
  Interval gain, kl_gain;  ///< student − plain baseline, paired by seed
  double gain_p = 1, gain_holm = 1, kl_gain_p = 1;
  Interval matched_gain;  ///< accuracy, student − matched baseline, paired by seed: what the ensemble adds to the recipe
  double matched_gain_p = 1, matched_gain_holm = 1;
  Interval difference;  ///< accuracy, student − ensemble, over seeds and rows
};
struct Curve {
  std::uint32_t rows = 0;
  Interval teacher_accuracy, ensemble_accuracy;
  Figures ensemble;
  /// Accuracy of the ensembles of 1, 2, … of the teachers, weighted equally: the mean over those that begin with each of
  /// them (of many, with twelve) and go on in order, with its interval over rows (t). Empty as long as a teacher is missing.
  std::vector<Interval> ensembles;
  std::vector<SizeScores> sizes;
};
/// Neighbouring sizes share a recipe: here is how it was chosen.
struct RecipeTrials {
  std::uint32_t first = 0, last = 0;  ///< the sizes
  std::uint32_t size = 0;             ///< the one it was tried on
  RecipeChoice choice;                ///< candidates as in Report::recipes; none, as long as trials are missing
};
struct SizeInfo {
  std::vector<int> hidden;
  std::int32_t recipe = -1;  ///< how its students are taught, in Report::recipes; −1: not chosen yet
  std::uint32_t parameters = 0, bytes = 0, students_done = 0, baselines_done = 0, matched_done = 0, diverged = 0;
};
enum class NetworkState : std::uint8_t { pending = 0, done = 1, diverged = 2 };
struct TeacherInfo {
  NetworkState state = NetworkState::pending;
  std::vector<double> loss, accuracy;  ///< per epoch
  double validation_accuracy = 0, test_accuracy = 0;
  double weight = 0;  ///< its share in the ensemble; of those that are done the sum is 1
};
struct AssistantInfo {
  std::vector<int> hidden;
  std::uint32_t parameters = 0;
  bool done = false;
  double validation_accuracy = 0;
};
enum class ChoiceStatus : std::uint8_t { pending = 0, chosen = 1, none = 2, no_rows = 3 };
struct Choice {
  ChoiceStatus status = ChoiceStatus::pending;
  std::int32_t size = -1;  ///< the recommended size; where none passes, the closest
  std::uint32_t seed = 0;  ///< of the student that is taken away: the best on validation rows
  Interval test_difference;  ///< that student − ensemble, accuracy over test rows
  double test_accuracy = 0, test_agreement = 0;
  bool confirmed = false;
  /// If the two are truly equal and differ on as many rows as here: what margin these test rows would confirm, and how many
  /// would confirm the margin asked for (0: no number would), each with a chance of 80%.
  double supported_margin = 1;
  double rows_needed = 0;
  Interval edge;           ///< ensemble − baseline of that size, on test rows
  Interval retained_edge;  ///< count 0 where the edge is not clearly above 0.3 points
};
struct Report {
  bool finished = false;
  std::uint32_t train_rows = 0, validation_rows = 0, test_rows = 0, columns = 0, classes = 0;
  std::uint32_t teacher_parameters = 0, ensemble_parameters = 0, ensemble_bytes = 0;  ///< 0 of an ensemble of the caller's
  double calibration = 1;             ///< what the teachers' logits are divided by, as `fit_temperature` says
  std::vector<TeacherInfo> teachers;
  std::vector<AssistantInfo> assistants;
  std::vector<SizeInfo> sizes;
  std::vector<Recipe> recipes;        ///< those that this data can have
  std::vector<RecipeTrials> trials;   ///< of several recipes
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

  /// All jobs of this plan, done or not, in the order of their ids. Where a recipe turns out to make some of them another's
  /// twin (see JobKind), or a size gets no more than its first seeds, these leave the list.
  std::vector<Job> jobs() const;
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
  /// Changes the margin and, where the choice was made, chooses again; trains nothing, for which sizes get more than their
  /// first seeds is decided by the margin of the options.
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
