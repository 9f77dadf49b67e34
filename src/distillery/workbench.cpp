#include "distillery/workbench.hpp"

#include <algorithm>
#include <cmath>

#include "distillery/error.hpp"
#include "distillery/jobs.hpp"
#include "distillery/math.hpp"
#include "distillery/metrics.hpp"
#include "distillery/random.hpp"

namespace distillery {

namespace {

Architecture shape(int inputs, const std::vector<int>& hidden, int classes, const std::vector<float>& dropout = {}) {
  return {inputs, hidden, classes, dropout};
}

}  // namespace

namespace {

Objective asked_of(const Recipe& recipe, std::vector<float> class_weights = {}) {
  return {static_cast<float>(recipe.temperature), static_cast<float>(recipe.soft_weight), std::move(class_weights), recipe.loss,
          static_cast<float>(recipe.other_weight)};
}

}  // namespace

namespace {

constexpr double max_patience = 1'000'000;  // as many epochs as there can be

}  // namespace

void PlanOptions::validate(int inputs, int classes) const {
  require_between(1, 100, teachers.count, "The number of teachers");
  if (teachers.combination != Combination::mean_logits && teachers.combination != Combination::mean_probabilities)
    fail(ErrorCode::invalid_option, "This way to combine the teachers does not exist.");
  shape(inputs, teachers.hidden, classes, teachers.dropout).validate();
  teachers.training.validate();
  if (teachers.folds != 0) require_between(2, teachers.count, teachers.folds, "The number of folds, unless 0,");
  require_between(0, max_patience, teachers.patience, "The teachers' patience");
  require_between(1, 100, static_cast<double>(students.sizes.size()), "The number of student sizes");
  std::size_t last = 0;
  for (const auto& hidden : students.sizes) {
    const Architecture student = shape(inputs, hidden, classes);
    student.validate();
    if (student.parameter_count() <= last)
      fail(ErrorCode::invalid_option, "The student sizes must ascend in parameters.");
    last = student.parameter_count();
  }
  require_between(1, 1000, students.seeds, "The number of student seeds");
  require_between(1, 1000, students.first_seeds, "The number of first seeds");
  require_between(0, 8, static_cast<double>(students.assistants.size()), "The number of assistants");
  for (const auto& hidden : students.assistants) shape(inputs, hidden, classes).validate();
  require_between(0, max_patience, students.patience, "The students' patience");
  require_between(1, 32, static_cast<double>(students.recipes.size()), "The number of recipes");
  for (const Recipe& recipe : students.recipes) {
    asked_of(recipe).validate(classes);
    if (recipe.assistant && students.assistants.empty())
      fail(ErrorCode::invalid_option, "A recipe wants an assistant to teach, but the plan has none.");
  }
  require_between(1, 100, students.trials, "The number of trials");
  students.transfer.validate();
  students.training.validate();
  require_between(0, 0.5, margin, "The margin");
  require_between(0.5, 0.999, confidence, "The confidence");
}

// ---- Workbench ------------------------------------------------------------------------------------------------------

namespace {

// What seeds are derived for. The values are part of "same seed, same bytes".
constexpr std::uint32_t teacher_role = 1, student_role = 2, split_role = 3, transfer_role = 4, trial_role = 5, fold_role = 6,
                        assistant_role = 7;

void put(ByteWriter& out, const TrainOptions& options) {
  out.put(options.epochs);
  out.put(options.batch_size);
  out.put(options.optimizer.learning_rate);
  out.put(options.optimizer.weight_decay);
  out.put(options.optimizer.beta1);
  out.put(options.optimizer.beta2);
  out.put(options.optimizer.epsilon);
  out.put(static_cast<std::uint8_t>(options.optimizer.schedule));
}

/// Everything that a job's result, or which jobs there are, depends on. Where margin and confidence only read results they
/// stay out.
std::uint32_t fingerprint_of(const Dataset& data, const PlanOptions& options, const Split& split) {
  ByteWriter out;
  if (kernels::fuses) out.put(std::string_view("fused"));
  out.put(options.seed);
  out.put(options.split.validation);
  out.put(options.split.test);
  out.put(options.split.official_test_rows);
  out.put(options.teachers.count);
  out.put(options.teachers.hidden);
  out.put(options.teachers.dropout);
  out.put(static_cast<std::uint8_t>(options.teachers.combination));
  put(out, options.teachers.training);
  out.put(static_cast<std::uint8_t>(options.teachers.fitted_weights));
  out.put(static_cast<std::uint8_t>(options.teachers.calibrated));
  out.put(options.teachers.folds);
  out.put(options.teachers.patience);
  for (const auto& hidden : options.students.sizes) out.put(hidden);
  for (const auto& hidden : options.students.assistants) out.put(hidden);
  out.put(options.students.patience);
  out.put(static_cast<std::uint8_t>(options.students.int8));
  out.put(options.students.seeds);
  if (options.students.first_seeds < options.students.seeds) {
    out.put(options.students.first_seeds);
    out.put(options.margin);
    out.put(options.confidence);
  }
  out.put(options.students.trials);
  for (const Recipe& recipe : options.students.recipes) {
    out.put(recipe.temperature);
    out.put(recipe.soft_weight);
    out.put(static_cast<std::uint8_t>(recipe.transfer));
    out.put(static_cast<std::uint8_t>(recipe.loss));
    out.put(recipe.other_weight);
    out.put(static_cast<std::uint8_t>(recipe.assistant));
  }
  put(out, options.students.training);
  const TransferOptions& transfer = options.students.transfer;
  if (transfer.method != TransferMethod::none) {
    out.put(static_cast<std::uint8_t>(transfer.method));
    out.put(transfer.copies);
    for (const float value : {transfer.deviation, transfer.alpha, transfer.swap, transfer.locality}) out.put(value);
  }
  out.put(static_cast<std::uint8_t>(options.balance_classes));
  out.put(static_cast<std::uint64_t>(data.columns()));
  out.put(static_cast<std::uint64_t>(data.classes()));
  const std::uint32_t crc = crc32c(out.bytes());
  const std::size_t features = static_cast<std::size_t>(data.features.size());
  std::uint32_t all = crc32c(std::as_bytes(std::span(data.labels)),
                             crc32c(std::as_bytes(std::span(data.features.data(), features)), crc));
  for (const Matrix* more : {&data.unlabelled, &data.ensemble})
    if (more->size() > 0) {
      const std::int64_t rows = more->rows();
      all = crc32c(std::as_bytes(std::span(more->data(), static_cast<std::size_t>(more->size()))),
                   crc32c(std::as_bytes(std::span(&rows, 1)), all));
    }
  // Groups and gaps, of which nothing else is left, decide how the rows are split.
  if (!data.groups.empty() || data.imputation != Imputation::none)
    for (const auto* part : {&split.train, &split.validation}) all = crc32c(std::as_bytes(std::span(*part)), all);
  return all;
}

}  // namespace

Workbench::Workbench(Dataset data, PlanOptions options) : options_(std::move(options)) {
  guarded([&] {
    data.validate();
    options_.validate(data.columns(), data.classes());
    SplitOptions wanted = options_.split;
    wanted.seed = derive_seed(options_.seed, split_role, 0);
    split_ = split(data, wanted);
    if (data.imputation != Imputation::none) {
      fills_ = fit_fills(data.features, rows().train, data.imputation);
      fill_gaps(data.features, fills_);
      fill_gaps(data.unlabelled, fills_);
    }
    fingerprint_ = fingerprint_of(data, options_, rows());
    ensemble_ = std::move(data.ensemble);
    if (given_ensemble()) options_.teachers.count = options_.teachers.folds = 0;
    deal_training_rows(data);
    scaling_ = Standardisation::fit(data.features, rows().train);
    scaling_.apply(data.features);
    if (data.unlabelled.rows() > 0) scaling_.apply(data.unlabelled);
    validation_labels_ = select(data.labels, rows().validation);
    if (options_.balance_classes) {
      std::vector<std::size_t> counts(static_cast<std::size_t>(data.classes()));
      for (const std::uint32_t row : rows().train) ++counts[static_cast<std::size_t>(data.labels[row])];
      for (const std::size_t count : counts)
        class_weights_.push_back(count == 0 ? 1.0f
                                            : static_cast<float>(static_cast<double>(rows().train.size()) /
                                                                 static_cast<double>(counts.size() * count)));
    }
    drop_recipes(data);
    add_transfer_rows(data);
    data_ = std::move(data);
  });
}

/// Those that this data cannot have, and all but one where nothing can be tried.
void Workbench::drop_recipes(const Dataset& data) {
  std::vector<Recipe>& recipes = options_.students.recipes;
  labelled_transfer_ = data.unlabelled.rows() == 0;
  const bool made = !given_ensemble() && transfer_count(options_.students.transfer, split_.train.size()) > 0;
  const Recipe first{recipes.front().temperature, recipes.front().soft_weight, false};
  std::erase_if(recipes, [&](const Recipe& recipe) {
    return recipe.transfer && (labelled_transfer_ ? !made : recipe.soft_weight == 0);
  });
  if (recipes.empty()) recipes.push_back(first);
  if (split_.validation.empty()) recipes.resize(1);
  if (std::ranges::none_of(recipes, &Recipe::assistant)) options_.students.assistants.clear();
}

/// Before features are scaled, for then rows that differ may come out equal.
void Workbench::deal_training_rows(const Dataset& data) {
  const std::uint32_t count = options_.teachers.folds;
  if (count == 0) return;
  folds_ = deal_folds(data, split_.train, count, derive_seed(options_.seed, fold_role, 0));
  without_fold_.resize(count);
  for (std::size_t i = 0; i < folds_.size(); ++i)
    for (std::uint32_t fold = 0; fold < count; ++fold)
      if (folds_[i] != fold) without_fold_[fold].push_back(split_.train[i]);
  for (const RowList& rows : without_fold_)
    if (rows.empty()) fail(ErrorCode::invalid_option, "There are too few different training rows for so many folds.");
}

namespace {

/// Room for so many more rows behind those of a table.
void grow(Matrix& features, std::size_t more) {
  const auto rows = static_cast<std::size_t>(features.rows());
  if (rows + more > 0xFFFFFFFFu)
    fail(ErrorCode::invalid_option, "There would be more than 4,294,967,295 rows: ask for fewer transfer rows.");
  Matrix grown(static_cast<Eigen::Index>(rows + more), features.cols());
  std::copy_n(features.data(), features.size(), grown.data());
  features = std::move(grown);
}

}  // namespace

void Workbench::add_transfer_rows(Dataset& data) {
  const RowList& train = split_.train;
  if (std::ranges::none_of(options_.students.recipes, &Recipe::transfer)) {
    data.unlabelled.resize(0, 0);
    return;
  }
  const auto given = static_cast<std::uint32_t>(data.rows());
  const auto unlabelled = static_cast<std::size_t>(data.unlabelled.rows());
  taught_ = train;
  taught_labels_ = data.labels;
  if (unlabelled > 0) {
    grow(data.features, unlabelled);
    std::copy_n(data.unlabelled.data(), data.unlabelled.size(), data.features.data() + given * static_cast<std::size_t>(data.columns()));
    data.unlabelled.resize(0, 0);
    data.labels.resize(given + unlabelled, -1);
    // Whole lists as long as that of the training rows; what is missing at the end begins anew.
    const std::size_t lists = (unlabelled + train.size() - 1) / train.size();
    for (std::size_t i = 0; i < lists * train.size(); ++i)
      taught_.push_back(given + static_cast<std::uint32_t>(i % unlabelled));
    if (!folds_.empty()) folds_.resize(taught_.size(), no_fold);
  } else {
    auto origins = make_rows(data);
    for (const TransferOrigin& origin : origins) {
      taught_.push_back(static_cast<std::uint32_t>(data.labels.size()));
      data.labels.push_back(data.labels[train[origin.first]]);
      if (!folds_.empty()) folds_.push_back(folds_[origin.first]);
    }
    if (options_.students.transfer.method == TransferMethod::mixup) origins_ = std::move(origins);
  }
  taught_labels_.resize(data.labels.size(), -1);
}

/// Puts made rows behind the others.
std::vector<TransferOrigin> Workbench::make_rows(Dataset& data) const {
  const TransferOptions& options = options_.students.transfer;
  const std::size_t made = transfer_count(options, split_.train.size());
  const auto before = static_cast<std::size_t>(data.features.size());
  grow(data.features, made);
  return make_transfer_rows(data.features, split_.train, options, derive_seed(options_.seed, transfer_role, 0),
                            std::span(data.features.data() + before, made * static_cast<std::size_t>(data.columns())));
}

Matrix Workbench::ensemble_on(std::span<const std::uint32_t> rows) const {
  Matrix logits(static_cast<Eigen::Index>(rows.size()), ensemble_.cols());
  Eigen::Index at = 0;
  for (const std::uint32_t row : rows) {
    for (Eigen::Index c = 0; c < ensemble_.cols(); ++c)
      // 0 has no logarithm; this floor is below every float softmax that matters.
      logits(at, c) = static_cast<float>(math::log(std::max(static_cast<double>(ensemble_(static_cast<Eigen::Index>(row), c)), 1e-38)));
    ++at;
  }
  return logits;
}

Matrix Workbench::mixed_labels() const {
  Matrix targets = Matrix::Zero(static_cast<Eigen::Index>(taught_.size()), data_.classes());
  const auto label = [&](std::uint32_t position) { return data_.labels[split_.train[position]]; };
  Eigen::Index row = 0;
  for (const std::uint32_t original : split_.train) targets(row++, data_.labels[original]) = 1;
  for (const TransferOrigin& origin : origins_) {
    targets(row, label(origin.first)) += origin.weight;
    targets(row++, label(origin.second)) += 1 - origin.weight;
  }
  return targets;
}

namespace {

/// Of something that outlives its user.
template <class T>
std::shared_ptr<const T> borrowed(const T& part) {
  return {std::shared_ptr<const void>(), &part};
}

}  // namespace

std::shared_ptr<const BatchSource> Workbench::source_of(const Recipe& recipe, std::optional<Matrix> soft_targets) const {
  const RowList& rows = recipe.transfer ? taught() : split_.train;
  const auto variants = static_cast<std::uint32_t>(rows.size() / split_.train.size());
  const bool alone = recipe.soft_weight == 0, mixed = alone && recipe.transfer && !origins_.empty();
  if (mixed) soft_targets = mixed_labels();
  // What the ensemble labels has no other label; nor have mixtures, but as soft targets.
  const Labels& labels = taught_labels_.empty() || (alone && !mixed) ? data_.labels : taught_labels_;
  return std::make_shared<const TableSource>(borrowed(data_.features), borrowed(labels), borrowed(rows), data_.classes(),
                                             std::move(soft_targets), variants);
}

std::shared_ptr<const BatchSource> Workbench::teacher_source(std::uint32_t teacher) const {
  if (without_fold_.empty()) return source_of({1, 0, false}, {});
  return std::make_shared<const TableSource>(borrowed(data_.features), borrowed(data_.labels),
                                             borrowed(without_fold_[teacher % without_fold_.size()]), data_.classes());
}

Objective Workbench::objective_of(const Recipe& recipe) const {
  if (recipe.soft_weight == 0 && recipe.transfer && !origins_.empty()) return {1, 1, class_weights_};  // mixed labels
  return asked_of(recipe, class_weights_);
}

Architecture Workbench::teacher() const {
  return guarded([&] { return shape(data_.columns(), options_.teachers.hidden, data_.classes(), options_.teachers.dropout); });
}

Architecture Workbench::student(std::uint32_t size) const {
  return guarded([&] { return shape(data_.columns(), options_.students.sizes.at(size), data_.classes()); });
}

Architecture Workbench::assistant(std::uint32_t index) const {
  return shape(data_.columns(), options_.students.assistants.at(index), data_.classes());
}

/// Of all but tests.
Architecture Workbench::architecture_of(const Job& job) const {
  if (job.kind == JobKind::teacher) return teacher();
  return job.kind == JobKind::assistant ? assistant(job.index) : student(job.index);
}

std::uint32_t Workbench::assistants_recipe() const {
  const auto& recipes = options_.students.recipes;
  return static_cast<std::uint32_t>(std::ranges::find(recipes, true, &Recipe::assistant) - recipes.begin());
}

std::uint32_t Workbench::job_count() const noexcept { return JobIds(options_).count(); }

Job Workbench::job(JobId id) const {
  const JobIds ids(options_);
  if (id >= ids.count()) fail(ErrorCode::wrong_state, {"This plan has no job ", id, "."});
  const auto training_work = [this](const Architecture& network, const TrainOptions& training) {
    // Forward, weight gradients and input gradients cost about three times a prediction.
    return 3.0 * static_cast<double>(split_.train.size()) * static_cast<double>(network.parameter_count()) *
           training.epochs;
  };
  Job job = ids.job(id);
  if (job.kind != JobKind::test) {
    job.work = training_work(architecture_of(job), training_of(job.kind));
  } else {
    const bool of_teacher = job.index < ids.teachers;
    const Architecture network = of_teacher ? teacher() : student(job.index - ids.teachers);
    job.work = static_cast<double>(split_.test.size()) * static_cast<double>(network.parameter_count()) *
               static_cast<double>(of_teacher ? 1 : std::size(ids.tested) * ids.seeds);
    job.input = JobIds::first_test_input + job.index;
  }
  if (job.kind == JobKind::assistant) job.input = JobIds::assistant_input(job.index);
  if (job.kind == JobKind::trial && options_.students.recipes[job.recipe].soft_weight > 0)
    job.input = JobIds::soft_targets_input(job.recipe);
  return job;
}

// ---- JobRun ---------------------------------------------------------------------------------------------------------

namespace {

/// What a network answers on the rows listed, in their order.
std::vector<float> answers(Predictor& predictor, const Matrix& features, std::span<const std::uint32_t> rows) {
  const auto inputs = static_cast<std::size_t>(features.cols());
  const auto classes = static_cast<std::size_t>(predictor.architecture().classes);
  constexpr std::size_t most = 256;  // rows gathered at a time, so that little memory is needed
  std::vector<float> logits(rows.size() * classes), gathered(std::min(rows.size(), most) * inputs);
  for (std::size_t first = 0; first < rows.size(); first += most) {
    const auto block = rows.subspan(first, std::min(rows.size() - first, most));
    for (std::size_t i = 0; i < block.size(); ++i)
      std::copy_n(features.data() + block[i] * inputs, inputs, gathered.data() + i * inputs);
    predictor.logits(gathered.data(), block.size(), inputs, logits.data() + first * classes);
  }
  return logits;
}

constexpr std::string_view run_magic = "DSTR";
constexpr std::uint32_t run_version = 2;  // 1 knew no patience

}  // namespace

struct JobRun::State {
  std::shared_ptr<const Workbench> workbench;
  Job job;
  JobResult result;
  bool finished = false;
  std::optional<Trainer> trainer;
  // With patience: the epoch with the smallest loss on validation rows, counted from 1, that loss, and the network there.
  std::uint32_t best_epoch = 0;
  double best_loss = 0;
  std::vector<float> best_parameters;
  std::vector<std::vector<float>> networks;  // of tests: the parameters of the networks still to be scored

  void open_test(ByteView input);
  /// How this job's network is taught; what its input says of it goes to `soft_targets`.
  Recipe recipe(ByteView input, std::optional<Matrix>& soft_targets) const;
  void finish_training();
  void finish_epoch(const EpochStats& stats);
  bool out_of_patience() const {
    const std::uint32_t patience = workbench->patience_of(job.kind);
    return patience > 0 && result.loss.size() - best_epoch >= patience;
  }
  std::vector<float> answers_of(const Mlp& network, std::span<const std::uint32_t> rows) const;
};

void JobRun::State::open_test(ByteView input) {
  ByteReader in(input, "test's input");
  const auto count = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) networks.push_back(in.get_vector<float>());
  in.finish();
  std::ranges::reverse(networks);  // taken from the back
}

Recipe JobRun::State::recipe(ByteView input, std::optional<Matrix>& soft_targets) const {
  const auto& recipes = workbench->options().students.recipes;
  constexpr Recipe labels{1, 0, false}, all_rows{1, 0, true};
  if (job.kind == JobKind::teacher || job.kind == JobKind::baseline) return labels;
  if (job.kind == JobKind::matched) return all_rows;
  if (job.kind == JobKind::trial && recipes[job.recipe].soft_weight == 0) return recipes[job.recipe];
  ByteReader in(input, "job's input");
  const auto index = in.get<std::uint32_t>();
  if (index >= recipes.size() || (job.kind == JobKind::trial && index != job.recipe) ||
      (job.kind == JobKind::assistant && index != workbench->assistants_recipe()))
    in.fail("it is of another recipe");
  const Recipe& recipe = recipes[index];
  soft_targets.emplace(static_cast<Eigen::Index>(workbench->taught_by(recipe)), workbench->data().classes());
  in.get_into(std::span(soft_targets->data(), static_cast<std::size_t>(soft_targets->size())));
  in.finish();
  return recipe;
}

JobRun::JobRun(std::shared_ptr<const Workbench> workbench, JobId id, ByteView input, ByteView checkpoint)
    : state_(guarded([] { return std::make_unique<State>(); })) {
  guarded([&] {
    State& state = *state_;
    state.workbench = std::move(workbench);
    const Workbench& bench = *state.workbench;
    const PlanOptions& options = bench.options();
    state.job = bench.job(id);
    const Job& job = state.job;

    if (job.kind == JobKind::test) return state.open_test(input);
    const bool teacher = job.kind == JobKind::teacher;
    TrainOptions training = bench.training_of(job.kind);
    // The same for all recipes, and for a student and its baselines: they start alike and see the rows in one order.
    const std::uint32_t role = teacher                            ? teacher_role
                               : job.kind == JobKind::assistant ? assistant_role
                               : job.kind == JobKind::trial     ? trial_role
                                                                : student_role;
    training.seed = derive_seed(options.seed, role, job.index, job.seed);
    std::optional<Matrix> soft_targets;
    const Recipe recipe = state.recipe(input, soft_targets);
    const Objective objective = bench.objective_of(recipe);
    const auto source = teacher ? bench.teacher_source(job.index) : bench.source_of(recipe, std::move(soft_targets));
    const Architecture architecture = bench.architecture_of(job);
    if (checkpoint.empty()) {
      state.trainer.emplace(Mlp(architecture, training.seed), source, objective, training);
    } else {
      const auto file = unseal(run_magic, run_version, checkpoint, "job checkpoint");
      if (file.version < run_version) fail(ErrorCode::unsupported_version, "This job checkpoint is of a version before 0.1.");
      ByteReader in(file.payload, "job checkpoint");
      check_owner(in, bench.fingerprint(), id);
      state.result.loss = in.get_vector<double>();
      state.result.accuracy = in.get_vector<double>();
      state.best_epoch = in.get<std::uint32_t>();
      state.best_loss = in.get<double>();
      state.best_parameters = in.get_vector<float>();
      const auto trainer = in.get_vector<std::byte>();
      in.finish();
      const std::size_t kept = state.best_epoch > 0 ? architecture.parameter_count() : 0;
      if (state.best_epoch > state.result.loss.size() || state.best_parameters.size() != kept || state.out_of_patience())
        in.fail("its best epoch does not fit its history");
      state.trainer.emplace(Trainer::resume(trainer, source, objective, training));
      if (state.result.loss.size() != state.trainer->epochs_done() ||
          state.result.accuracy.size() != state.trainer->epochs_done() || state.trainer->finished())
        in.fail("its history does not fit its epoch");
    }
  });
}

JobRun::~JobRun() = default;
JobRun::JobRun(JobRun&&) noexcept = default;

bool JobRun::advance(std::uint32_t rows) {
  State& state = *state_;
  if (state.finished) return true;
  return guarded([&] {
    if (state.job.kind == JobKind::test) {
      const Workbench& bench = *state.workbench;
      if (!state.networks.empty()) {
        const bool teacher = state.job.index < bench.options().teachers.count;
        const Architecture architecture =
            teacher ? bench.teacher() : bench.student(state.job.index - bench.options().teachers.count);
        const Mlp network(architecture, std::move(state.networks.back()));
        state.networks.pop_back();
        const auto answer = [&](const Mlp& asked, std::vector<float>& all) {
          const auto logits = state.answers_of(asked, bench.rows().test);
          all.insert(all.end(), logits.begin(), logits.end());
        };
        answer(network, state.result.held_out_logits);
        if (!teacher && bench.options().students.int8) answer(quantised(network), state.result.quantised_logits);
      }
      state.finished = state.networks.empty();
      return state.finished;
    }
    try {
      if (const auto stats = state.trainer->advance(rows)) {
        state.finish_epoch(*stats);
        if (state.trainer->finished() || state.out_of_patience()) state.finish_training();
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::diverged) throw;
      state.result = {.diverged = true, .loss = std::move(state.result.loss), .accuracy = std::move(state.result.accuracy),
                      .parameters = {}, .train_logits = {}, .held_out_logits = {}, .quantised_logits = {}, .trial = {}};
      state.finished = true;
    }
    return state.finished;
  });
}

std::vector<float> JobRun::State::answers_of(const Mlp& network, std::span<const std::uint32_t> rows) const {
  Predictor predictor(network);
  return answers(predictor, workbench->data().features, rows);
}

void JobRun::State::finish_epoch(const EpochStats& stats) {
  double accuracy = stats.accuracy;
  const bool patience = workbench->patience_of(job.kind) > 0;
  const auto& labels = workbench->validation_labels_;
  if ((job.kind == JobKind::teacher || patience) && !labels.empty()) {
    const Mlp network = trainer->model();
    const auto answered = answers_of(network, workbench->rows().validation);
    const auto logits = as_matrix(answered, network.architecture().classes);
    if (job.kind == JobKind::teacher) accuracy = distillery::accuracy(logits, labels);
    const double loss = patience ? nll(logits, labels) : 0;
    if (patience && (best_epoch == 0 || loss < best_loss)) {
      best_epoch = stats.epoch;
      best_loss = loss;
      best_parameters.assign(network.parameters().begin(), network.parameters().end());
    }
  }
  result.loss.push_back(stats.loss);
  result.accuracy.push_back(accuracy);
}

void JobRun::State::finish_training() {
  const Mlp network = best_epoch > 0 ? Mlp(workbench->architecture_of(job), std::move(best_parameters)) : trainer->model();
  trainer.reset();
  const bool teaches = job.kind == JobKind::teacher || job.kind == JobKind::assistant;
  result.held_out_logits = answers_of(network, workbench->rows().validation);
  if (teaches) result.train_logits = answers_of(network, workbench->taught());
  else if (job.kind != JobKind::trial && workbench->options().students.int8)
    result.quantised_logits = answers_of(quantised(network), workbench->rows().validation);
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::ranges::all_of(result.held_out_logits, finite) || !std::ranges::all_of(result.train_logits, finite))
    fail(ErrorCode::diverged, "An answer of the trained network is not finite.");
  finished = true;
  if (job.kind != JobKind::trial) {
    result.parameters.assign(network.parameters().begin(), network.parameters().end());
    return;
  }
  const auto logits = as_matrix(result.held_out_logits, network.architecture().classes);
  result.trial = {correct(logits, workbench->validation_labels_), nll(logits, workbench->validation_labels_)};
  result.held_out_logits = {};
}

JobRun::Progress JobRun::progress() const noexcept {
  const State& state = *state_;
  Progress progress;
  if (state.job.kind == JobKind::test) return progress;
  progress.epochs = state.workbench->training_of(state.job.kind).epochs;
  progress.epoch = static_cast<std::uint32_t>(state.result.loss.size());
  if (progress.epoch > 0) {
    progress.loss = state.result.loss.back();
    progress.accuracy = state.result.accuracy.back();
  }
  return progress;
}

Bytes JobRun::checkpoint() const {
  const State& state = *state_;
  if (!state.trainer) return {};  // a test starts anew, and a finished training has its result
  return guarded([&] {
    ByteWriter out(run_magic, run_version);
    out.put(state.workbench->fingerprint());
    out.put(state.job.id);
    out.put(state.result.loss);
    out.put(state.result.accuracy);
    out.put(state.best_epoch);
    out.put(state.best_loss);
    out.put(state.best_parameters);
    out.put(state.trainer->checkpoint());
    return std::move(out).seal();
  });
}

Bytes JobRun::result() const {
  if (!state_->finished) fail(ErrorCode::wrong_state, "This job is not finished.");
  return guarded([&] { return encode(state_->workbench->fingerprint(), state_->job.id, state_->result); });
}

}  // namespace distillery
