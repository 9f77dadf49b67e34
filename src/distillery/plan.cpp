#include "distillery/plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "distillery/error.hpp"
#include "distillery/hypothesis.hpp"
#include "distillery/jobs.hpp"
#include "distillery/metrics.hpp"
#include "distillery/non_inferiority.hpp"

namespace distillery {

Figures figures_of(ConstMatrixRef logits, ConstMatrixRef ensemble, std::span<const std::int32_t> labels) {
  return {.accuracy = accuracy(logits, labels),
          .macro_f1 = macro_f1(logits, labels),
          .roc_auc = logits.cols() == 2 ? roc_auc(logits, labels) : 0,
          .nll = nll(logits, labels),
          .brier = brier_score(logits, labels),
          .ece = expected_calibration_error(logits, labels),
          .agreement = agreement(logits, ensemble),
          .kl = kl_divergence(ensemble, logits),
          .agreement_on_errors = agreement_on_errors(ensemble, logits, labels).value(),
          .agreement_near_boundary = agreement_near_boundary(ensemble, logits).value()};
}

// ---- Plan -----------------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view plan_magic = "DSTP";
constexpr std::uint32_t version = 3;  // 2 had other ids

/// One network's figures on one set of rows.
struct NetworkScores : Figures {
  std::vector<std::uint8_t> correct;  // per row
  std::optional<Figures> quantised;   // its int8 twin's
};

/// Everything known about one set of rows: the validation rows while training, the test rows at the end.
struct Scoreboard {
  std::vector<std::int32_t> labels;
  Matrix ensemble;                                   // its logits; no rows: not known yet
  std::vector<std::uint8_t> ensemble_correct;
  std::vector<Interval> ensembles;                   // of 1, 2, … teachers; empty: not known yet
  std::vector<std::optional<NetworkScores>> networks;  // by job id
};

/// quantised: no rows where it was not asked for.
NetworkScores score(const Scoreboard& board, ConstMatrixRef logits, ConstMatrixRef quantised) {
  NetworkScores scores{figures_of(logits, board.ensemble, board.labels), correct(logits, board.labels), {}};
  if (quantised.rows() > 0) scores.quantised = figures_of(quantised, board.ensemble, board.labels);
  return scores;
}

}  // namespace

struct Plan::State {
  std::shared_ptr<const Workbench> workbench;
  JobIds ids;
  double margin;
  std::vector<std::optional<JobResult>> results;
  std::vector<Bytes> suspended;  // by job id; empty: nothing is known
  std::vector<RecipeTrials> trials;  // by group of sizes; empty where there is one recipe
  bool taught = false;               // whether the ensemble is complete
  std::vector<float> weights;        // of the teachers, 0 of those that diverged; equal ones before all are done
  float calibration = 1;
  std::optional<std::uint32_t> widest_refined;  // the largest size that gets more than its first seeds; empty: not known yet
  mutable std::vector<Bytes> inputs;  // by recipe, what teaches it; empty: to be made
  Scoreboard validation, test;
  mutable std::optional<Report> cached_report;  // empty: to be made anew

  explicit State(std::shared_ptr<const Workbench> bench)
      : workbench(std::move(bench)), ids(workbench->options()), margin(workbench->options().margin),
        results(workbench->job_count()), suspended(results.size()), weights(ids.teachers), inputs(recipes().size()) {
    for (std::uint32_t group = 0; ids.recipes > 0 && group < ids.groups(); ++group) {
      const std::uint32_t first = group * JobIds::group_size;
      trials.push_back({first, std::min(first + JobIds::group_size, ids.sizes) - 1, ids.tried_size(group), {}});
    }
    validation.labels = select(workbench->data().labels, workbench->rows().validation);
    test.labels = select(workbench->data().labels, workbench->rows().test);
    validation.networks.resize(ids.networks());
    test.networks.resize(ids.networks());
    if (workbench->given_ensemble()) combine_teachers();
  }

  const PlanOptions& options() const { return workbench->options(); }
  int classes() const { return workbench->data().classes(); }
  const std::vector<Recipe>& recipes() const { return options().students.recipes; }
  /// How students of this size are taught: an index; −1: not chosen yet.
  std::int32_t recipe_of(std::uint32_t size) const {
    return trials.empty() ? 0 : trials[size / JobIds::group_size].choice.chosen;
  }
  JobId network(JobKind kind, std::uint32_t index, std::uint32_t seed) const;
  /// Whether this job has to run, or another network stands for its own.
  bool needed(JobId id) const {
    const Job job = ids.job(id);
    const bool of_a_size = job.kind == JobKind::student || job.kind == JobKind::matched || job.kind == JobKind::baseline;
    if (!of_a_size) return true;
    if (job.seed >= ids.first_seeds && widest_refined && job.index > *widest_refined) return false;
    return network(job.kind, job.index, job.seed) == id;
  }
  bool absorbed(JobId id) const { return results[id].has_value(); }
  bool done(JobId id) const { return absorbed(id) || !needed(id); }
  bool good(JobId id) const { return absorbed(id) && !results[id]->diverged; }
  bool all_done(JobId first, JobId last) const {
    for (JobId id = first; id < last; ++id)
      if (!done(id)) return false;
    return true;
  }
  bool teachers_done() const { return all_done(0, ids.teachers); }
  bool teacher_ready(const Recipe& recipe) const { return recipe.assistant ? done(ids.first_baseline() - 1) : taught; }
  bool ready_to_train(const Job& job, std::int32_t recipe) const {
    return recipe >= 0 && (job.seed < ids.first_seeds || widest_refined);
  }
  bool networks_done() const { return all_done(0, ids.networks()); }
  bool finished() const { return all_done(0, ids.count()); }
  bool ready(JobId id) const;
  void check(const Job& job, const JobResult& result) const;
  void combine_teachers();
  Matrix soft_targets(const Recipe& recipe) const;
  Bytes teaching(std::uint32_t recipe, const Matrix& targets) const;
  const Bytes& input_of(std::uint32_t recipe) const;
  Bytes assistants_input(std::uint32_t assistant) const;
  void weigh_teachers();
  void decide_refinement();
  std::vector<Interval> accuracy_by_teachers(JobId first, const Scoreboard& board) const;
  void choose_recipe_of(std::uint32_t group);
  /// What follows from this job's result. May be called again.
  void settle(const Job& job);
  void score_network(JobId id);
  void score_test(const Job& job);
  std::vector<JobId> tested_networks(std::uint32_t test_index) const;
  static constexpr std::uint32_t all_folds = UINT32_MAX;
  EnsembleLogits ensemble_of(std::vector<float> JobResult::*logits, JobId first, std::span<const std::uint32_t> rows,
                             float temperature, std::uint32_t fold = all_folds) const;

  Report make_report() const;
  Curve make_curve(const Scoreboard& board) const;
  Interval against_ensemble(const Scoreboard& board, JobKind kind, std::uint32_t size, float sign) const;
  Choice make_choice(const Curve& validation_curve, const Curve& test_curve) const;
};

bool Plan::State::ready(JobId id) const {
  if (done(id)) return false;
  const Job job = ids.job(id);
  switch (job.kind) {
    case JobKind::teacher: return true;
    case JobKind::assistant: return taught && (job.index == 0 || done(id - 1));
    case JobKind::baseline: return ready_to_train(job, 0);
    case JobKind::trial: return recipes()[job.recipe].soft_weight == 0 || teacher_ready(recipes()[job.recipe]);
    case JobKind::matched: return ready_to_train(job, recipe_of(job.index));
    case JobKind::student: {
      const std::int32_t recipe = recipe_of(job.index);
      return ready_to_train(job, recipe) && teacher_ready(recipes()[static_cast<std::size_t>(recipe)]);
    }
    case JobKind::test: return networks_done() && taught;
  }
  return false;
}

/// The job whose network this is. Of a student that only labels teach, that is its matched baseline's, and of that,
/// without transfer rows that have labels, the plain one's.
JobId Plan::State::network(JobKind kind, std::uint32_t index, std::uint32_t seed) const {
  const std::int32_t chosen = kind == JobKind::teacher || kind == JobKind::assistant ? -1 : recipe_of(index);
  if (chosen >= 0) {
    const Recipe& recipe = recipes()[static_cast<std::size_t>(chosen)];
    if (kind == JobKind::student && recipe.soft_weight == 0) kind = JobKind::matched;
    if (kind == JobKind::matched && !(recipe.transfer && workbench->labelled_transfer_)) kind = JobKind::baseline;
  }
  return ids.network(kind, index, seed);
}

std::vector<JobId> Plan::State::tested_networks(std::uint32_t test_index) const {
  std::vector<JobId> networks;
  if (test_index < ids.teachers) {
    networks.push_back(test_index);
  } else {
    for (const JobKind kind : JobIds::tested)
      for (std::uint32_t seed = 0; seed < ids.seeds; ++seed)
        networks.push_back(ids.network(kind, test_index - ids.teachers, seed));
  }
  std::erase_if(networks, [&](JobId id) { return !good(id); });
  return networks;
}

/// A result comes from outside: its shapes must be those of its job.
void Plan::State::check(const Job& job, const JobResult& result) const {
  const auto classes = static_cast<std::size_t>(this->classes());
  std::size_t parameters = 0, train = 0, held_out = 0, quantised = 0, epochs = 0, trial = 0;
  const bool int8 = options().students.int8;
  if (job.kind == JobKind::test) {
    held_out = tested_networks(job.index).size() * test.labels.size() * classes;
    if (int8 && job.index >= ids.teachers) quantised = held_out;
  } else {
    const bool teaches = job.kind == JobKind::teacher || job.kind == JobKind::assistant;
    epochs = workbench->training_of(job.kind).epochs;
    if (job.kind == JobKind::trial) {
      if (!result.diverged) trial = validation.labels.size();
    } else if (!result.diverged) {
      parameters = workbench->architecture_of(job).parameter_count();
      held_out = validation.labels.size() * classes;
      if (teaches) train = workbench->taught().size() * classes;
      else if (int8) quantised = held_out;
    }
  }
  const bool shorter = result.diverged || (job.kind != JobKind::test && workbench->patience_of(job.kind) > 0);
  const bool history = result.loss.size() == result.accuracy.size() &&
                       (shorter ? result.loss.size() <= epochs : result.loss.size() == epochs);
  if (!history || result.parameters.size() != parameters || result.train_logits.size() != train ||
      result.held_out_logits.size() != held_out || result.quantised_logits.size() != quantised || result.trial.correct.size() != trial || (job.kind == JobKind::test && result.diverged))
    fail(ErrorCode::corrupt_file, "This job result has other lengths than its job. It was made by another program.");
}

/// On these rows: the caller's, or that of the good teachers, in index order, by what the jobs from `first` on answered. fold:
/// only the teachers that have not learned from it.
EnsembleLogits Plan::State::ensemble_of(std::vector<float> JobResult::*logits, JobId first, std::span<const std::uint32_t> rows,
                                        float temperature, std::uint32_t fold) const {
  EnsembleLogits ensemble(options().teachers.combination, static_cast<Eigen::Index>(rows.size()), classes(), temperature,
                          calibration);
  if (workbench->given_ensemble()) ensemble.add(workbench->ensemble_on(rows));
  for (std::uint32_t i = 0; i < ids.teachers; ++i)
    if (good(i) && (fold == all_folds || i % options().teachers.folds == fold))
      ensemble.add(as_matrix(*results[first + i].*logits, classes()), weights[i]);
  return ensemble;
}

/// When all are done, as the options say.
void Plan::State::weigh_teachers() {
  weights.assign(ids.teachers, 0.0f);
  std::vector<Matrix> answers;
  std::vector<float> shares;
  for (std::uint32_t i = 0; i < ids.teachers; ++i) {
    if (!good(i)) continue;
    weights[i] = 1;
    if (teachers_done()) answers.push_back(as_matrix(results[i]->held_out_logits, classes()));
  }
  if (!teachers_done()) return;
  const TeacherOptions& wanted = options().teachers;
  if (workbench->given_ensemble()) answers.push_back(workbench->ensemble_on(workbench->rows().validation));
  shares.assign(answers.size(), 1.0f);
  if (wanted.fitted_weights && !validation.labels.empty() && ids.teachers > 0) {
    shares = fit_weights(wanted.combination, answers, validation.labels);
    std::size_t next = 0;
    for (float& weight : weights)
      if (weight > 0) weight = shares[next++];
  }
  if (wanted.calibrated) calibration = fit_temperature(wanted.combination, answers, shares, validation.labels);
}

void Plan::State::combine_teachers() {
  bool any = workbench->given_ensemble();
  for (std::uint32_t i = 0; i < ids.teachers; ++i) any |= good(i);
  if (!any) return;
  weigh_teachers();
  validation.ensemble = ensemble_of(&JobResult::held_out_logits, 0, workbench->rows().validation, 1).logits();
  validation.ensemble_correct = correct(validation.ensemble, validation.labels);
  taught = teachers_done();
  if (taught) validation.ensembles = accuracy_by_teachers(0, validation);
}

/// By what the jobs from `first` on answered on the board's rows.
std::vector<Interval> Plan::State::accuracy_by_teachers(JobId first, const Scoreboard& board) const {
  std::vector<std::uint32_t> teachers;
  for (std::uint32_t i = 0; i < ids.teachers; ++i)
    if (good(i)) teachers.push_back(i);
  std::vector<std::vector<double>> right(teachers.size(), std::vector<double>(board.labels.size()));
  // Twelve beginnings are enough, and of many teachers all would take seconds.
  const std::size_t stride = (teachers.size() + 11) / 12, beginnings = stride > 0 ? (teachers.size() + stride - 1) / stride : 0;
  for (std::size_t begin = 0; begin < teachers.size(); begin += stride) {
    EnsembleLogits ensemble(options().teachers.combination, static_cast<Eigen::Index>(board.labels.size()), classes());
    for (std::size_t more = 0; more < teachers.size(); ++more) {
      const std::uint32_t teacher = teachers[(begin + more) % teachers.size()];
      ensemble.add(as_matrix(results[first + teacher]->held_out_logits, classes()));
      const auto hits = correct(ensemble.logits(), board.labels);
      for (std::size_t row = 0; row < hits.size(); ++row) right[more][row] += hits[row];
    }
  }
  std::vector<Interval> accuracies;
  for (auto& shares : right) {
    for (double& share : shares) share /= static_cast<double>(beginnings);
    const Interval interval = t_interval(shares, options().confidence);
    accuracies.push_back({interval.estimate, std::max(interval.lower, 0.0), std::min(interval.upper, 1.0), interval.count});
  }
  return accuracies;
}

/// Of the rows that this recipe teaches, and those after them that all could teach.
Matrix Plan::State::soft_targets(const Recipe& recipe) const {
  const auto temperature = static_cast<float>(recipe.temperature);
  const auto answers = &JobResult::train_logits;
  if (recipe.assistant)
    return softmax(as_matrix(results[ids.first_baseline() - 1]->train_logits, classes()), temperature);
  Matrix targets = ensemble_of(answers, 0, workbench->taught(), temperature).probabilities();
  for (std::uint32_t fold = 0; fold < options().teachers.folds; ++fold) {
    const EnsembleLogits unbiased = ensemble_of(answers, 0, workbench->taught(), temperature, fold);
    if (unbiased.teachers() == 0) continue;  // all of these diverged
    const Matrix own = unbiased.probabilities();
    for (Eigen::Index row = 0; row < targets.rows(); ++row)
      if (workbench->folds_[static_cast<std::size_t>(row)] == fold) targets.row(row) = own.row(row);
  }
  return targets;
}

/// What jobs that learn by a recipe need: its number and the soft targets of its rows.
Bytes Plan::State::teaching(std::uint32_t recipe, const Matrix& targets) const {
  ByteWriter out;
  out.put(recipe);
  out.put(std::span(targets.data(), workbench->taught_by(recipes()[recipe]) * static_cast<std::size_t>(classes())));
  return std::move(out).take();
}

/// Its teacher is the ensemble, or the assistant before.
Bytes Plan::State::assistants_input(std::uint32_t assistant) const {
  const std::uint32_t recipe = workbench->assistants_recipe();
  Recipe wanted = recipes()[recipe];
  wanted.assistant = false;
  if (assistant == 0) return teaching(recipe, soft_targets(wanted));
  const auto& before = results[ids.network(JobKind::assistant, assistant - 1, 0)]->train_logits;
  return teaching(recipe, softmax(as_matrix(before, classes()), static_cast<float>(wanted.temperature)));
}

/// For jobs that learn by this recipe.
const Bytes& Plan::State::input_of(std::uint32_t recipe) const {
  Bytes& input = inputs[recipe];
  if (!input.empty()) return input;
  // Quickly made anew, and of many rows and classes each takes much memory.
  constexpr std::size_t enough = 64 << 20;
  std::size_t held = 0;
  for (const Bytes& other : inputs) held += other.size();
  if (held > enough) std::ranges::fill(inputs, Bytes());
  return input = teaching(recipe, soft_targets(recipes()[recipe]));
}

/// When its trials are done. Where all have diverged the first recipe is as good as any.
void Plan::State::choose_recipe_of(std::uint32_t group) {
  std::vector<std::vector<TrialScore>> scores(ids.recipes);
  for (std::uint32_t recipe = 0; recipe < ids.recipes; ++recipe)
    for (std::uint32_t trial = 0; trial < ids.trials_of(group); ++trial) {
      const JobId id = ids.trial(group, recipe, trial);
      if (!absorbed(id)) return;
      if (good(id)) scores[recipe].push_back(results[id]->trial);
    }
  RecipeChoice& choice = trials[group].choice;
  choice = choose_recipe(scores);
  choice.chosen = std::max(choice.chosen, 0);
}

void Plan::State::settle(const Job& job) {
  if (job.kind == JobKind::teacher) {
    combine_teachers();
    if (teachers_done())
      for (JobId network = 0; network < ids.networks(); ++network) score_network(network);
  } else if (job.kind == JobKind::trial) {
    choose_recipe_of(job.index / JobIds::group_size);
  } else if (job.kind == JobKind::test) {
    score_test(job);
  } else if (teachers_done()) {
    score_network(job.id);
  }
  decide_refinement();
}

void Plan::State::score_network(JobId id) {
  if (!good(id) || ids.job(id).kind == JobKind::trial) return;
  const JobResult& result = *results[id];
  validation.networks[id] =
      score(validation, as_matrix(result.held_out_logits, classes()), as_matrix(result.quantised_logits, classes()));
}

/// After each student: when the first of all sizes are there. Without validation rows nothing tells sizes apart.
void Plan::State::decide_refinement() {
  if (widest_refined || !taught || ids.first_seeds == ids.seeds) return;
  for (std::uint32_t size = 0; size < ids.sizes; ++size)
    for (std::uint32_t seed = 0; seed < ids.first_seeds; ++seed)
      if (recipe_of(size) < 0 || !absorbed(network(JobKind::student, size, seed))) return;
  const auto passes = [&](std::uint32_t size) {
    const Interval difference = against_ensemble(validation, JobKind::student, size, 1);
    return difference.count > 0 && difference.lower >= -options().margin;
  };
  std::uint32_t smallest = 0;
  while (smallest < ids.sizes && (validation.labels.empty() || !passes(smallest))) ++smallest;
  widest_refined = std::min(smallest + 1, ids.sizes - 1);
}

void Plan::State::score_test(const Job& job) {
  const JobIds& all = ids;
  const auto rows = test.labels.size();
  const auto size = rows * static_cast<std::size_t>(classes());
  if (!all_done(all.test(0), all.test(all.teachers))) return;  // the ensemble is not known yet
  const auto score_one = [&](std::uint32_t index) {
    if (!done(all.test(index))) return;
    std::size_t at = 0;
    for (const JobId id : tested_networks(index)) {
      const JobResult& result = *results[all.test(index)];
      const bool int8 = !result.quantised_logits.empty();
      test.networks[id] = score(test, as_matrix(result.held_out_logits, classes(), at, rows),
                                as_matrix(result.quantised_logits, classes(), int8 ? at : 0, int8 ? rows : 0));
      at += size;
    }
  };
  if (test.ensemble.rows() == static_cast<Eigen::Index>(rows) && rows > 0 && job.index >= all.teachers)
    return score_one(job.index);
  test.ensemble = ensemble_of(&JobResult::held_out_logits, all.test(0), workbench->rows().test, 1).logits();
  test.ensemble_correct = correct(test.ensemble, test.labels);
  test.ensembles = accuracy_by_teachers(all.test(0), test);
  for (std::uint32_t index = 0; index < all.teachers + all.sizes; ++index) score_one(index);
}

Plan::Plan(std::shared_ptr<const Workbench> workbench)
    : state_(guarded([&] { return std::make_unique<State>(std::move(workbench)); })) {}
Plan::Plan(Dataset data, PlanOptions options)
    : Plan(guarded([&] { return std::make_shared<const Workbench>(std::move(data), std::move(options)); })) {}
Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;

std::vector<Job> Plan::jobs() const {
  return guarded([&] {
    std::vector<Job> jobs;
    for (JobId id = 0; id < state_->ids.count(); ++id)
      if (state_->needed(id)) jobs.push_back(state_->workbench->job(id));
    return jobs;
  });
}

std::vector<Job> Plan::ready_jobs() const {
  const State& state = *state_;
  const JobIds& ids = state.ids;
  std::vector<Job> jobs;
  guarded([&] { jobs.reserve(ids.count()); });
  const auto consider = [&](JobId id) {
    if (!state.ready(id)) return;
    jobs.push_back(state.workbench->job(id));
    Job& job = jobs.back();
    if (job.kind == JobKind::student)
      job.input = JobIds::soft_targets_input(static_cast<std::uint32_t>(state.recipe_of(job.index)));
  };
  // Teachers first, everything waits for them, then trials; then seed by seed over all sizes, so that a whole curve is
  // there early.
  for (JobId id = 0; id < ids.first_baseline(); ++id) consider(id);
  for (std::uint32_t i = 0; i < ids.trial_count(); ++i) consider(ids.trial(0, 0, i));
  for (std::uint32_t seed = 0; seed < ids.seeds; ++seed)
    for (std::uint32_t size = 0; size < ids.sizes; ++size)
      for (const JobKind kind : {JobKind::student, JobKind::baseline, JobKind::matched})
        consider(ids.network(kind, size, seed));
  for (JobId id = ids.networks(); id < ids.count(); ++id) consider(id);
  return jobs;
}

Bytes Plan::input(JobId id) const {
  const State& state = *state_;
  const Job job = state.workbench->job(id);
  if (!state.ready(id)) fail(ErrorCode::wrong_state, {"Job ", id, " cannot start now."});
  return guarded([&]() -> Bytes {
    if (job.kind == JobKind::student) return state.input_of(static_cast<std::uint32_t>(state.recipe_of(job.index)));
    if (job.kind == JobKind::trial && job.input != 0) return state.input_of(job.recipe);
    if (job.kind == JobKind::assistant) return state.assistants_input(job.index);
    if (job.kind != JobKind::test) return {};
    ByteWriter out;
    const auto networks = state.tested_networks(job.index);
    out.put(static_cast<std::uint32_t>(networks.size()));
    for (const JobId network : networks) out.put(state.results[network]->parameters);
    return std::move(out).take();
  });
}

void Plan::absorb(JobId id, ByteView bytes) {
  State& state = *state_;
  const Job job = state.workbench->job(id);
  if (state.done(id)) return;
  if (!state.ready(id)) fail(ErrorCode::wrong_state, {"Job ", id, " was not ready to run."});
  guarded([&] {
    JobResult result = decode(state.workbench->fingerprint(), id, bytes);
    state.check(job, result);
    state.results[id] = std::move(result);
    try {
      state.settle(job);
    } catch (...) {  // as if it had not been given: it may be given again
      state.results[id].reset();
      if (job.kind == JobKind::teacher) state.taught = false;
      throw;
    }
    state.suspended[id] = {};
    state.cached_report.reset();
    if (job.kind == JobKind::teacher && state.teachers_done() && !state.taught)
      fail(ErrorCode::diverged, "All teachers diverged. Use a lower learning rate for them.");
    if (job.kind == JobKind::assistant && !state.good(id))
      fail(ErrorCode::diverged, "An assistant diverged, and so nobody teaches the students. Use a lower learning rate for them.");
  });
}

void Plan::suspend(JobId id, ByteView checkpoint) {
  State& state = *state_;
  state.workbench->job(id);
  if (state.done(id)) return;
  guarded([&] { state.suspended[id].assign(checkpoint.begin(), checkpoint.end()); });
}

ByteView Plan::progress_of(JobId id) const noexcept {
  return id < state_->suspended.size() ? ByteView(state_->suspended[id]) : ByteView();
}

bool Plan::done(JobId id) const noexcept { return id < state_->ids.count() && state_->done(id); }
bool Plan::finished() const noexcept { return state_->finished(); }
const Workbench& Plan::workbench() const noexcept { return *state_->workbench; }
std::shared_ptr<const Workbench> Plan::shared_workbench() const noexcept { return state_->workbench; }

void Plan::set_margin(double margin) {
  require_between(0, 0.5, margin, "The margin");
  state_->margin = margin;
  state_->cached_report.reset();
}

const Report& Plan::report() const {
  if (!state_->cached_report) guarded([&] { state_->cached_report = state_->make_report(); });
  return *state_->cached_report;
}

Model Plan::model(JobKind kind, std::uint32_t index, std::uint32_t seed) const {
  const State& state = *state_;
  const bool alone = kind == JobKind::teacher || kind == JobKind::assistant;
  const bool exists = alone ? index < (kind == JobKind::teacher ? state.ids.teachers : state.ids.assistants) && seed == 0
                            : kind != JobKind::test && kind != JobKind::trial && index < state.ids.sizes && seed < state.ids.seeds;
  if (!exists) fail(ErrorCode::wrong_state, "This plan has no such network.");
  const JobId id = state.network(kind, index, seed);
  if (!state.good(id)) fail(ErrorCode::wrong_state, "This network is not trained yet, or its training diverged.");
  return guarded([&] {
    const Workbench& bench = *state.workbench;
    return Model{Mlp(bench.architecture_of(state.ids.job(id)), state.results[id]->parameters), bench.scaling(), bench.data().class_names};
  });
}

Model Plan::chosen() const {
  const Choice& choice = report().choice;
  if (choice.size < 0) fail(ErrorCode::wrong_state, "No student has been chosen yet.");
  return model(JobKind::student, static_cast<std::uint32_t>(choice.size), choice.seed);
}

Bytes Plan::save() const {
  return guarded([&] {
    const State& state = *state_;
    const std::uint32_t fingerprint = state.workbench->fingerprint();
    ByteWriter out(plan_magic, version);
    // Two lists of id and bytes: results, and how far unfinished jobs got.
    std::vector<Bytes> results(state.results.size());
    for (JobId id = 0; id < results.size(); ++id)
      if (state.absorbed(id)) results[id] = encode(fingerprint, id, *state.results[id]);
    out.put(fingerprint);
    out.put(state.margin);
    const std::vector<Bytes>* lists[] = {&results, &state.suspended};
    for (const auto* blocks : lists) {
      out.put(static_cast<std::uint32_t>(blocks->size()) - static_cast<std::uint32_t>(std::ranges::count(*blocks, Bytes())));
      for (JobId id = 0; id < blocks->size(); ++id) {
        if ((*blocks)[id].empty()) continue;
        out.put(id);
        out.put((*blocks)[id]);
      }
    }
    return std::move(out).seal();
  });
}

Plan Plan::resume(std::shared_ptr<const Workbench> workbench, ByteView saved) {
  return guarded([&] {
    const auto file = unseal(plan_magic, version, saved, "saved run");
    if (file.version < version) fail(ErrorCode::unsupported_version, "This saved run is of a version before 0.1.");
    ByteReader in(file.payload, "saved run");
    if (in.get<std::uint32_t>() != workbench->fingerprint())
      fail(ErrorCode::shape_mismatch, "This saved run belongs to other data or options, or another flavour made it.");
    Plan plan(std::move(workbench));
    const State& state = *plan.state_;
    const auto margin = in.get<double>();
    if (!(margin >= 0 && margin <= 0.5)) in.fail("its margin is out of range");
    plan.set_margin(margin);
    // Jobs stand in an order in which each can be done, and once.
    for (auto count = in.get<std::uint32_t>(); count > 0; --count) {
      const auto id = in.get<JobId>();
      if (id >= state.ids.count() || !state.ready(id)) in.fail("a result in it is of no job that could be done then");
      plan.absorb(id, in.get_vector<std::byte>());
    }
    for (auto count = in.get<std::uint32_t>(); count > 0; --count) {
      const auto id = in.get<JobId>();
      if (id >= state.ids.count() || state.done(id) || !state.suspended[id].empty())
        in.fail("a checkpoint in it is of no job under way");
      plan.suspend(id, in.get_vector<std::byte>());
    }
    in.finish();
    return plan;
  });
}

// ---- the report -----------------------------------------------------------------------------------------------------

namespace {

/// (student − baseline) / (ensemble − baseline) of the means over paired seeds, with the jackknife's t interval.
Interval jackknife_ratio(std::span<const double> student, std::span<const double> baseline, double ensemble,
                         double confidence) {
  const std::size_t count = student.size();
  const double students = std::accumulate(student.begin(), student.end(), 0.0);
  const double baselines = std::accumulate(baseline.begin(), baseline.end(), 0.0);
  const auto ratio = [ensemble](double s, double b, std::size_t n) { return (s - b) / (ensemble * static_cast<double>(n) - b); };
  std::vector<double> without;
  for (std::size_t i = 0; i < count; ++i) without.push_back(ratio(students - student[i], baselines - baseline[i], count - 1));
  return jackknife_interval(ratio(students, baselines, count), without, confidence);
}

void adjust(std::vector<SizeScores>& sizes, double SizeScores::*p, double SizeScores::*holm) {
  std::vector<double> values;
  for (const SizeScores& size : sizes) values.push_back(size.*p);
  const auto adjusted = holm_adjusted(values);
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i].*holm = adjusted[i];
}

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A t interval does not know that a share ends at 0 and 1, and a divergence at 0.
Interval within(Interval interval, double low, double high) {
  interval.lower = std::max(interval.lower, low);
  interval.upper = std::min(interval.upper, high);
  return interval;
}

}  // namespace

Report Plan::State::make_report() const {
  Report report;
  report.finished = finished();
  report.train_rows = static_cast<std::uint32_t>(workbench->rows().train.size());
  report.validation_rows = static_cast<std::uint32_t>(validation.labels.size());
  report.test_rows = static_cast<std::uint32_t>(test.labels.size());
  report.columns = static_cast<std::uint32_t>(workbench->data().columns());
  report.classes = static_cast<std::uint32_t>(classes());
  if (ids.teachers > 0) report.teacher_parameters = static_cast<std::uint32_t>(workbench->teacher().parameter_count());
  report.calibration = static_cast<double>(calibration);
  std::uint32_t teachers_counted = 0;
  double total_weight = 0;
  for (const float weight : weights) total_weight += static_cast<double>(weight);
  for (std::uint32_t i = 0; i < ids.teachers; ++i) {
    TeacherInfo info;
    teachers_counted += !done(i) || good(i);
    if (done(i)) {
      info.state = good(i) ? NetworkState::done : NetworkState::diverged;
      info.weight = total_weight > 0 ? static_cast<double>(weights[i]) / total_weight : 0;
      info.loss = results[i]->loss;
      info.accuracy = results[i]->accuracy;
    }
    if (good(i))
      info.validation_accuracy = accuracy(as_matrix(results[i]->held_out_logits, classes()), validation.labels);
    if (report.finished && test.networks[i]) info.test_accuracy = test.networks[i]->accuracy;
    report.teachers.push_back(std::move(info));
  }
  report.ensemble_parameters = report.teacher_parameters * teachers_counted;
  report.ensemble_bytes = report.ensemble_parameters * static_cast<std::uint32_t>(sizeof(float));
  for (std::uint32_t i = 0; i < ids.assistants; ++i) {
    const JobId id = ids.network(JobKind::assistant, i, 0);
    AssistantInfo info{options().students.assistants[i], static_cast<std::uint32_t>(workbench->assistant(i).parameter_count()),
                       good(id), 0};
    if (info.done) info.validation_accuracy = accuracy(as_matrix(results[id]->held_out_logits, classes()), validation.labels);
    report.assistants.push_back(std::move(info));
  }
  for (std::uint32_t size = 0; size < ids.sizes; ++size) {
    SizeInfo info;
    info.hidden = options().students.sizes[size];
    info.recipe = recipe_of(size);
    info.parameters = static_cast<std::uint32_t>(workbench->student(size).parameter_count());
    info.bytes = info.parameters * static_cast<std::uint32_t>(sizeof(float));
    for (std::uint32_t seed = 0; seed < ids.seeds; ++seed) {
      info.students_done += absorbed(network(JobKind::student, size, seed));
      info.baselines_done += absorbed(network(JobKind::baseline, size, seed));
      info.matched_done += absorbed(network(JobKind::matched, size, seed));
      for (const JobKind kind : JobIds::tested) {
        const JobId id = ids.network(kind, size, seed);
        info.diverged += absorbed(id) && !good(id);
      }
    }
    report.sizes.push_back(std::move(info));
  }
  report.recipes = recipes();
  report.trials = trials;
  report.validation = make_curve(validation);
  // The test rows are shown only when everything is done: nothing may be chosen by them.
  if (report.finished) report.test = make_curve(test);
  report.choice = make_choice(report.validation, report.test);
  return report;
}

Curve Plan::State::make_curve(const Scoreboard& board) const {
  const double confidence = options().confidence;
  const std::size_t rows = board.labels.size();
  Curve curve;
  curve.rows = static_cast<std::uint32_t>(rows);
  const bool validation_rows = &board == &validation;
  const auto accuracy_of = [&](JobId id) {
    return board.networks[id] ? board.networks[id]->accuracy
                              : accuracy(as_matrix(results[id]->held_out_logits, classes()), board.labels);
  };

  std::vector<double> teacher_accuracy;
  for (std::uint32_t i = 0; i < ids.teachers; ++i)
    if (good(i) && (validation_rows || board.networks[i])) teacher_accuracy.push_back(accuracy_of(i));
  curve.teacher_accuracy = within(t_interval(teacher_accuracy, confidence), 0, 1);
  if (!board.ensemble_correct.empty()) {
    const auto right = static_cast<std::size_t>(std::ranges::count(board.ensemble_correct, 1));
    curve.ensemble_accuracy = wilson_interval(right, rows, confidence);
    curve.ensemble = figures_of(board.ensemble, board.ensemble, board.labels);
    curve.ensembles = board.ensembles;
  }

  for (std::uint32_t size = 0; size < ids.sizes; ++size) {
    // A figure of each network of the size, seed by seed, where its twin of the kind `other` has it too.
    const auto over_seeds = [&](JobKind kind, double Figures::*figure, JobKind other) {
      std::vector<double> values;
      for (std::uint32_t seed = 0; seed < ids.seeds; ++seed) {
        const JobId id = network(kind, size, seed);
        const auto& scored = board.networks[id];
        const auto& twin = board.networks[network(other, size, seed)];
        if (scored && twin) values.push_back(*scored.*figure);
        // While the ensemble is not complete, only the labels can judge.
        else if (!scored && kind == other && figure == &Figures::accuracy && validation_rows && good(id))
          values.push_back(accuracy_of(id));
      }
      return values;
    };
    // values_of: of one figure, per network.
    const auto intervals = [&](const auto& values_of) {
      Scores scores;
      for (std::size_t i = 0; i < std::size(Figures::members); ++i) {
        const auto figure = Figures::members[i];
        if (figure == &Figures::roc_auc && classes() != 2) continue;
        if (figure == &Figures::agreement_on_errors && curve.ensemble.accuracy == 1) continue;
        const double most = figure == &Figures::brier ? 2 : figure == &Figures::nll || figure == &Figures::kl ? infinity : 1;
        scores.*Scores::members[i] = within(t_interval(values_of(figure), confidence), 0, most);
      }
      return scores;
    };
    const auto scores_of = [&](JobKind kind) {
      return intervals([&](double Figures::*figure) { return over_seeds(kind, figure, kind); });
    };
    const auto quantised_scores = [&] {
      return intervals([&](double Figures::*figure) {
        std::vector<double> values;
        for (std::uint32_t seed = 0; seed < ids.seeds; ++seed) {
          const auto& scored = board.networks[network(JobKind::student, size, seed)];
          if (scored && scored->quantised) values.push_back(*scored->quantised.*figure);
        }
        return values;
      });
    };
    const auto compare = [&](JobKind other, double Figures::*figure, Interval& gain, double& p) {
      const auto student = over_seeds(JobKind::student, figure, other);
      const auto baseline = over_seeds(other, figure, JobKind::student);
      gain = paired_t_interval(student, baseline, confidence);
      p = paired_t_p_value(student, baseline);
    };
    SizeScores scores;
    scores.student = scores_of(JobKind::student);
    scores.baseline = scores_of(JobKind::baseline);
    scores.matched = scores_of(JobKind::matched);
    if (options().students.int8) scores.quantised = quantised_scores();
    compare(JobKind::baseline, &Figures::accuracy, scores.gain, scores.gain_p);
    compare(JobKind::baseline, &Figures::kl, scores.kl_gain, scores.kl_gain_p);
    compare(JobKind::matched, &Figures::accuracy, scores.matched_gain, scores.matched_gain_p);
    scores.difference = against_ensemble(board, JobKind::student, size, 1);
    curve.sizes.push_back(scores);
  }
  adjust(curve.sizes, &SizeScores::gain_p, &SizeScores::gain_holm);
  adjust(curve.sizes, &SizeScores::matched_gain_p, &SizeScores::matched_gain_holm);
  return curve;
}

/// sign · (accuracy of the networks of this kind and size − the ensemble's), over seeds and rows.
Interval Plan::State::against_ensemble(const Scoreboard& board, JobKind kind, std::uint32_t size, float sign) const {
  const std::size_t rows = board.labels.size();
  std::vector<float> differences;
  for (std::uint32_t seed = 0; seed < ids.seeds; ++seed) {
    const auto& scored = board.networks[network(kind, size, seed)];
    for (std::size_t r = 0; scored && r < rows; ++r)
      differences.push_back(sign * static_cast<float>(scored->correct[r] - board.ensemble_correct[r]));
  }
  if (differences.empty()) return {};
  return crossed_interval(differences, differences.size() / rows, rows, options().confidence);
}

Choice Plan::State::make_choice(const Curve& on_validation, const Curve& on_test) const {
  Choice choice;
  if (!networks_done() || !taught) return choice;
  if (validation.labels.empty()) {
    choice.status = ChoiceStatus::no_rows;
    return choice;
  }
  choice.status = ChoiceStatus::none;
  double closest = -2;
  for (std::size_t size = 0; size < on_validation.sizes.size(); ++size) {
    const Interval& difference = on_validation.sizes[size].difference;
    if (difference.count == 0) continue;
    if (difference.lower >= -margin) {  // non-inferior: the whole interval stays within the margin
      choice.status = ChoiceStatus::chosen;
      choice.size = static_cast<std::int32_t>(size);
      break;
    }
    if (difference.estimate > closest) {
      closest = difference.estimate;
      choice.size = static_cast<std::int32_t>(size);
    }
  }
  if (choice.size < 0) return choice;  // every student diverged
  const auto size = static_cast<std::uint32_t>(choice.size);
  const NetworkScores* best = nullptr;
  for (std::uint32_t seed = 0; seed < ids.seeds; ++seed) {
    const auto& scored = validation.networks[network(JobKind::student, size, seed)];
    if (!scored) continue;
    if (best && (scored->accuracy < best->accuracy || (scored->accuracy == best->accuracy && scored->nll >= best->nll)))
      continue;
    best = &*scored;
    choice.seed = seed;
  }
  if (!finished() || test.labels.empty()) return choice;

  const double confidence = options().confidence;
  const NetworkScores& taken = *test.networks[network(JobKind::student, size, choice.seed)];
  std::size_t student_only = 0, ensemble_only = 0;
  for (std::size_t r = 0; r < test.labels.size(); ++r) {
    student_only += taken.correct[r] && !test.ensemble_correct[r];
    ensemble_only += !taken.correct[r] && test.ensemble_correct[r];
  }
  choice.test_difference = matched_pairs_score_interval(student_only, ensemble_only, test.labels.size(), confidence);
  const auto rows = test.labels.size();
  const double discordant = static_cast<double>(student_only + ensemble_only) / static_cast<double>(rows);
  const double one_sided = 0.5 + confidence / 2, power = 0.8;
  choice.supported_margin = supported_margin(rows, discordant, one_sided, power);
  if (margin >= 1e-6) choice.rows_needed = static_cast<double>(rows_for_margin(margin, discordant, one_sided, power));
  choice.test_accuracy = taken.accuracy;
  choice.test_agreement = taken.agreement;
  choice.confirmed = choice.status == ChoiceStatus::chosen && choice.test_difference.lower >= -margin;

  // The edge, and what of it the students keep, over seeds where both twins are there.
  std::vector<double> student, baseline;
  for (std::uint32_t seed = 0; seed < ids.seeds; ++seed) {
    const auto& learned = test.networks[network(JobKind::student, size, seed)];
    const auto& plain = test.networks[network(JobKind::baseline, size, seed)];
    if (!learned || !plain) continue;
    student.push_back(learned->accuracy);
    baseline.push_back(plain->accuracy);
  }
  choice.edge = against_ensemble(test, JobKind::baseline, size, -1);
  constexpr double smallest_edge = 0.003;  // design: below 0.3 points a ratio says nothing
  if (student.empty() || choice.edge.lower <= smallest_edge) return choice;
  choice.retained_edge = jackknife_ratio(student, baseline, on_test.ensemble_accuracy.estimate, confidence);
  return choice;
}

}  // namespace distillery
