#include "distillery/plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "distillery/error.hpp"
#include "distillery/metrics.hpp"
#include "distillery/non_inferiority.hpp"
#include "distillery/random.hpp"

namespace distillery {

namespace {

Architecture shape(int inputs, const std::vector<int>& hidden, int classes, const std::vector<float>& dropout = {}) {
  return {inputs, hidden, classes, dropout};
}

}  // namespace

void PlanOptions::validate(int inputs, int classes) const {
  require_between(1, 100, teachers.count, "The number of teachers");
  if (teachers.combination != Combination::mean_logits && teachers.combination != Combination::mean_probabilities)
    fail(ErrorCode::invalid_option, "This way to combine the teachers does not exist.");
  shape(inputs, teachers.hidden, classes, teachers.dropout).validate();
  teachers.training.validate();
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
  Objective{students.temperature, students.soft_weight, {}}.validate(classes);
  students.transfer.validate();
  students.training.validate();
  require_between(0, 0.5, margin, "The margin");
  require_between(0.5, 0.999, confidence, "The confidence");
}

// ---- Workbench ------------------------------------------------------------------------------------------------------

namespace {

// What seeds are derived for. The values are part of "same seed, same bytes".
constexpr std::uint32_t teacher_role = 1, student_role = 2, split_role = 3, transfer_role = 4;

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

/// Everything that a job's result depends on. Margin and confidence only read results, so they stay out.
std::uint32_t fingerprint_of(const Dataset& data, const PlanOptions& options) {
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
  for (const auto& hidden : options.students.sizes) out.put(hidden);
  out.put(options.students.seeds);
  out.put(options.students.temperature);
  out.put(options.students.soft_weight);
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
  return crc32c(std::as_bytes(std::span(data.labels)),
                crc32c(std::as_bytes(std::span(data.features.data(), features)), crc));
}

}  // namespace

Workbench::Workbench(Dataset data, PlanOptions options) : options_(std::move(options)) {
  guarded([&] {
    data.validate();
    options_.validate(data.columns(), data.classes());
    SplitOptions wanted = options_.split;
    wanted.seed = derive_seed(options_.seed, split_role, 0);
    split_ = split(data, wanted);
    fingerprint_ = fingerprint_of(data, options_);
    scaling_ = Standardisation::fit(data.features, rows().train);
    scaling_.apply(data.features);
    validation_labels_ = select(data.labels, rows().validation);
    if (options_.balance_classes) {
      std::vector<std::size_t> counts(static_cast<std::size_t>(data.classes()));
      for (const std::uint32_t row : rows().train) ++counts[static_cast<std::size_t>(data.labels[row])];
      for (const std::size_t count : counts)
        class_weights_.push_back(count == 0 ? 1.0f
                                            : static_cast<float>(static_cast<double>(rows().train.size()) /
                                                                 static_cast<double>(counts.size() * count)));
    }
    add_transfer_rows(data);
    data_ = std::move(data);
  });
}

void Workbench::add_transfer_rows(Dataset& data) {
  const TransferOptions& options = options_.students.transfer;
  const RowList& train = split_.train;
  const std::size_t made = transfer_count(options, train.size()), given = data.rows();
  if (made == 0) return;
  if (given + made > 0xFFFFFFFFu)
    fail(ErrorCode::invalid_option, "There would be more than 4,294,967,295 rows: ask for fewer transfer rows.");
  const auto columns = static_cast<std::size_t>(data.columns());
  Matrix grown(static_cast<Eigen::Index>(given + made), data.features.cols());
  std::copy_n(data.features.data(), given * columns, grown.data());
  auto origins = make_transfer_rows(data.features, train, options, derive_seed(options_.seed, transfer_role, 0),
                                    std::span(grown.data() + given * columns, made * columns));
  data.features = std::move(grown);
  taught_labels_ = data.labels;
  taught_labels_.resize(given + made, -1);
  taught_ = train;
  for (const TransferOrigin& origin : origins) {
    taught_.push_back(static_cast<std::uint32_t>(data.labels.size()));
    data.labels.push_back(data.labels[train[origin.first]]);
  }
  while (repeated_.size() < taught_.size()) repeated_.push_back(train[repeated_.size() % train.size()]);
  if (options.method == TransferMethod::mixup) origins_ = std::move(origins);
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

std::shared_ptr<const BatchSource> Workbench::source(const RowList& rows, const Labels& labels,
                                                     std::optional<Matrix> soft) const {
  const auto borrowed = [](const auto& part) {
    return std::shared_ptr<const std::remove_cvref_t<decltype(part)>>(std::shared_ptr<const void>(), &part);
  };
  return std::make_shared<const TableSource>(borrowed(data_.features), borrowed(labels), borrowed(rows), data_.classes(),
                                             std::move(soft));
}

std::shared_ptr<const BatchSource> Workbench::source_of(JobKind kind, ByteView input) const {
  if (kind == JobKind::teacher) return source(split_.train, data_.labels);
  if (kind == JobKind::baseline) return source(repeated(), data_.labels);
  if (kind == JobKind::matched)
    return origins_.empty() ? source(taught(), data_.labels) : source(taught(), taught_labels_, mixed_labels());
  ByteReader in(input, "student's input");
  Matrix targets(static_cast<Eigen::Index>(taught().size()), data_.classes());
  in.get_into(std::span(targets.data(), static_cast<std::size_t>(targets.size())));
  in.finish();
  return source(taught(), taught_labels_.empty() ? data_.labels : taught_labels_, std::move(targets));
}

Objective Workbench::objective_of(JobKind kind) const {
  const StudentOptions& students = options_.students;
  if (kind == JobKind::student) return {students.temperature, students.soft_weight, class_weights_};
  if (kind == JobKind::matched && !origins_.empty()) return {1, 1, class_weights_};  // cross-entropy with mixed labels
  return {1, 0, class_weights_};
}

TrainOptions Workbench::training_of(JobKind kind) const {
  TrainOptions training = kind == JobKind::teacher ? options_.teachers.training : options_.students.training;
  if (kind == JobKind::baseline) training.optimizer.schedule = Schedule::constant;
  return training;
}

Architecture Workbench::teacher() const {
  return shape(data_.columns(), options_.teachers.hidden, data_.classes(), options_.teachers.dropout);
}

Architecture Workbench::student(std::uint32_t size) const {
  return shape(data_.columns(), options_.students.sizes.at(size), data_.classes());
}

namespace {

/// Ids are laid out as teachers, baselines (size by size, seed by seed), students and matched baselines likewise, tests.
struct JobIds {
  std::uint32_t teachers, sizes, seeds;
  bool matched_apart;
  explicit JobIds(const PlanOptions& options)
      : teachers(options.teachers.count), sizes(static_cast<std::uint32_t>(options.students.sizes.size())),
        seeds(options.students.seeds), matched_apart(options.matched_apart()) {}
  /// Those of each size, in the order of their ids.
  std::span<const JobKind> kinds() const {
    static constexpr JobKind all[] = {JobKind::baseline, JobKind::student, JobKind::matched};
    return std::span(all).first(matched_apart ? 3 : 2);
  }
  /// Of a matched baseline that is not apart: the plain one's.
  JobId network(JobKind kind, std::uint32_t index, std::uint32_t seed) const {
    if (kind == JobKind::teacher) return index;
    const std::uint32_t block = kind == JobKind::student ? 1 : kind == JobKind::matched && matched_apart ? 2 : 0;
    return teachers + (block * sizes + index) * seeds + seed;
  }
  std::uint32_t networks() const { return teachers + static_cast<std::uint32_t>(kinds().size()) * sizes * seeds; }
  JobId test(std::uint32_t index) const { return networks() + index; }
  std::uint32_t count() const { return networks() + teachers + sizes; }
};

constexpr std::uint32_t no_input = 0, soft_targets_input = 1, first_test_input = 2;

}  // namespace

std::uint32_t Workbench::job_count() const noexcept { return JobIds(options_).count(); }

Job Workbench::job(JobId id) const {
  const JobIds ids(options_);
  if (id >= ids.count()) fail(ErrorCode::wrong_state, {"This plan has no job ", id, "."});
  const auto training_work = [](std::size_t rows, const Architecture& network, const TrainOptions& training) {
    // Forward, weight gradients and input gradients cost about three times a prediction.
    return 3.0 * static_cast<double>(rows) * static_cast<double>(network.parameter_count()) * training.epochs;
  };
  Job job{.id = id};
  if (id < ids.teachers) {
    job.index = id;
    job.work = training_work(split_.train.size(), teacher(), options_.teachers.training);
  } else if (id < ids.networks()) {
    const std::uint32_t at = id - ids.teachers, block = ids.sizes * ids.seeds;
    job.kind = ids.kinds()[at / block];
    job.index = at % block / ids.seeds;
    job.seed = at % ids.seeds;
    job.work = training_work(taught().size(), student(job.index), options_.students.training);
    job.input = job.kind == JobKind::student ? soft_targets_input : no_input;
  } else {
    job.kind = JobKind::test;
    job.index = id - ids.networks();
    const bool of_teacher = job.index < ids.teachers;
    const Architecture network = of_teacher ? teacher() : student(job.index - ids.teachers);
    job.work = static_cast<double>(split_.test.size()) * static_cast<double>(network.parameter_count()) *
               static_cast<double>(of_teacher ? 1 : ids.kinds().size() * ids.seeds);
    job.input = first_test_input + job.index;
  }
  return job;
}

// ---- JobRun ---------------------------------------------------------------------------------------------------------

namespace {

/// What a job gives: of a training, history, weights and answers; of a test, only answers (those of its networks in turn).
struct JobResult {
  bool diverged = false;
  std::vector<double> loss, accuracy;     // per epoch
  std::vector<float> parameters;          // empty for tests and diverged networks, as are the logits
  std::vector<float> train_logits;        // of teachers: on the taught rows, what the soft targets are made of
  std::vector<float> held_out_logits;     // on validation rows; of tests, on test rows

  static constexpr std::vector<double> JobResult::*histories[] = {&JobResult::loss, &JobResult::accuracy};
  static constexpr std::vector<float> JobResult::*blocks[] = {&JobResult::parameters, &JobResult::train_logits,
                                                              &JobResult::held_out_logits};
};

constexpr std::uint32_t version = 1;
constexpr std::string_view result_magic = "DSTJ", run_magic = "DSTR", plan_magic = "DSTP";

Bytes encode(std::uint32_t fingerprint, JobId id, const JobResult& result) {
  ByteWriter out(result_magic, version);
  std::size_t size = 64;
  for (const auto history : result.histories) size += (result.*history).size() * sizeof(double);
  for (const auto block : result.blocks) size += (result.*block).size() * sizeof(float);
  out.reserve(size);
  out.put(fingerprint);
  out.put(id);
  out.put(static_cast<std::uint8_t>(result.diverged));
  for (const auto history : result.histories) out.put(result.*history);
  for (const auto block : result.blocks) out.put(result.*block);
  return std::move(out).seal();
}

void check_owner(ByteReader& in, std::uint32_t fingerprint, JobId id) {
  if (in.get<std::uint32_t>() != fingerprint || in.get<JobId>() != id)
    fail(ErrorCode::shape_mismatch, "These bytes belong to another job, data set, plan or flavour.");
}

JobResult decode(std::uint32_t fingerprint, JobId id, ByteView bytes) {
  ByteReader in(unseal(result_magic, version, bytes, "job result").payload, "job result");
  check_owner(in, fingerprint, id);
  JobResult result;
  const auto diverged = in.get<std::uint8_t>();
  if (diverged > 1) in.fail("a flag in it is out of range");
  result.diverged = diverged == 1;
  const auto read = [&]<class T>(std::vector<T>& values) {
    values = in.get_vector<T>();
    for (const T value : values)
      if (!std::isfinite(value)) in.fail("a number in it is not finite");
  };
  for (const auto history : result.histories) read(result.*history);
  for (const auto block : result.blocks) read(result.*block);
  in.finish();
  return result;
}

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

Eigen::Map<const Matrix> as_matrix(const std::vector<float>& values, int columns, std::size_t offset = 0,
                                   std::size_t rows = SIZE_MAX) {
  if (rows == SIZE_MAX) rows = values.size() / static_cast<std::size_t>(columns);
  return {values.data() + offset, static_cast<Eigen::Index>(rows), columns};
}

}  // namespace

struct JobRun::State {
  std::shared_ptr<const Workbench> workbench;
  Job job;
  JobResult result;
  bool finished = false;
  std::optional<Trainer> trainer;
  std::vector<std::vector<float>> networks;  // of tests: the parameters of the networks still to be scored

  void finish_training();
  void finish_epoch(const EpochStats& stats);
};

JobRun::JobRun(std::shared_ptr<const Workbench> workbench, JobId id, ByteView input, ByteView checkpoint)
    : state_(std::make_unique<State>()) {
  guarded([&] {
    State& state = *state_;
    state.workbench = std::move(workbench);
    const Workbench& bench = *state.workbench;
    const PlanOptions& options = bench.options();
    state.job = bench.job(id);
    const Job& job = state.job;

    if (job.kind == JobKind::test) {
      ByteReader in(input, "test's input");
      const auto count = in.get<std::uint32_t>();
      for (std::uint32_t i = 0; i < count; ++i) state.networks.push_back(in.get_vector<float>());
      in.finish();
      std::ranges::reverse(state.networks);  // taken from the back
      return;
    }
    const bool teacher = job.kind == JobKind::teacher;
    TrainOptions training = bench.training_of(job.kind);
    training.seed = teacher ? derive_seed(options.seed, teacher_role, job.index)
                            : derive_seed(options.seed, student_role, job.index, job.seed);
    const Objective objective = bench.objective_of(job.kind);
    const auto source = bench.source_of(job.kind, input);
    if (checkpoint.empty()) {
      const Architecture architecture = teacher ? bench.teacher() : bench.student(job.index);
      state.trainer.emplace(Mlp(architecture, training.seed), source, objective, training);
    } else {
      ByteReader in(unseal(run_magic, version, checkpoint, "job checkpoint").payload, "job checkpoint");
      check_owner(in, bench.fingerprint(), id);
      state.result.loss = in.get_vector<double>();
      state.result.accuracy = in.get_vector<double>();
      const auto trainer = in.get_vector<std::byte>();
      in.finish();
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
        Predictor predictor(Mlp(architecture, std::move(state.networks.back())));
        state.networks.pop_back();
        const auto logits = answers(predictor, bench.data().features, bench.rows().test);
        state.result.held_out_logits.insert(state.result.held_out_logits.end(), logits.begin(), logits.end());
      }
      state.finished = state.networks.empty();
      return state.finished;
    }
    try {
      if (const auto stats = state.trainer->advance(rows)) state.finish_epoch(*stats);
      if (state.trainer->finished()) state.finish_training();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::diverged) throw;
      state.result = {.diverged = true, .loss = std::move(state.result.loss), .accuracy = std::move(state.result.accuracy),
                      .parameters = {}, .train_logits = {}, .held_out_logits = {}};
      state.finished = true;
    }
    return state.finished;
  });
}

void JobRun::State::finish_epoch(const EpochStats& stats) {
  double accuracy = stats.accuracy;
  if (job.kind == JobKind::teacher && !workbench->validation_labels_.empty()) {
    Predictor predictor(trainer->model());
    const auto logits = answers(predictor, workbench->data().features, workbench->rows().validation);
    accuracy = distillery::accuracy(as_matrix(logits, predictor.architecture().classes), workbench->validation_labels_);
  }
  result.loss.push_back(stats.loss);
  result.accuracy.push_back(accuracy);
}

void JobRun::State::finish_training() {
  const Mlp network = trainer->model();
  trainer.reset();
  Predictor predictor(network);
  const Matrix& features = workbench->data().features;
  result.held_out_logits = answers(predictor, features, workbench->rows().validation);
  if (job.kind == JobKind::teacher) result.train_logits = answers(predictor, features, workbench->taught());
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::ranges::all_of(result.held_out_logits, finite) || !std::ranges::all_of(result.train_logits, finite))
    fail(ErrorCode::diverged, "An answer of the trained network is not finite.");
  result.parameters.assign(network.parameters().begin(), network.parameters().end());
  finished = true;
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
    ByteWriter out(run_magic, version);
    out.put(state.workbench->fingerprint());
    out.put(state.job.id);
    out.put(state.result.loss);
    out.put(state.result.accuracy);
    out.put(state.trainer->checkpoint());
    return std::move(out).seal();
  });
}

Bytes JobRun::result() const {
  if (!state_->finished) fail(ErrorCode::wrong_state, "This job is not finished.");
  return guarded([&] { return encode(state_->workbench->fingerprint(), state_->job.id, state_->result); });
}

// ---- Plan -----------------------------------------------------------------------------------------------------------

namespace {

/// One network's figures on one set of rows.
struct NetworkScores {
  double accuracy = 0, nll = 0, agreement = 0, kl = 0;
  std::vector<std::uint8_t> correct;  // per row
};

NetworkScores score(ConstMatrixRef logits, ConstMatrixRef ensemble, std::span<const std::int32_t> labels) {
  return {accuracy(logits, labels), nll(logits, labels), agreement(logits, ensemble), kl_divergence(ensemble, logits),
          correct(logits, labels)};
}

/// Everything known about one set of rows: the validation rows while training, the test rows at the end.
struct Scoreboard {
  std::vector<std::int32_t> labels;
  Matrix ensemble;                                   // its logits; no rows: not known yet
  std::vector<std::uint8_t> ensemble_correct;
  std::vector<std::optional<NetworkScores>> networks;  // by job id
};

}  // namespace

struct Plan::State {
  std::shared_ptr<const Workbench> workbench;
  JobIds ids;
  std::size_t taught_rows;
  double margin;
  std::vector<std::optional<JobResult>> results;
  std::vector<Bytes> suspended;  // by job id; empty: nothing is known
  Bytes soft_targets;  // the input of students
  Scoreboard validation, test;
  mutable std::optional<Report> cached_report;  // empty: to be made anew

  explicit State(std::shared_ptr<const Workbench> bench)
      : workbench(std::move(bench)), ids(workbench->options()), taught_rows(workbench->taught().size()), margin(workbench->options().margin),
        results(workbench->job_count()), suspended(results.size()) {
    validation.labels = select(workbench->data().labels, workbench->rows().validation);
    test.labels = select(workbench->data().labels, workbench->rows().test);
    validation.networks.resize(ids.networks());
    test.networks.resize(ids.networks());
  }

  const PlanOptions& options() const { return workbench->options(); }
  int classes() const { return workbench->data().classes(); }
  bool done(JobId id) const { return results[id].has_value(); }
  bool good(JobId id) const { return done(id) && !results[id]->diverged; }
  bool all_done(JobId first, JobId last) const {
    return std::ranges::all_of(std::span(results).subspan(first, last - first), [](const auto& r) { return r.has_value(); });
  }
  bool teachers_done() const { return all_done(0, ids.teachers); }
  bool networks_done() const { return all_done(0, ids.networks()); }
  bool finished() const { return all_done(0, ids.count()); }
  bool ready(JobId id) const;
  void check(const Job& job, const JobResult& result) const;
  void combine_teachers();
  void score_network(JobId id);
  void score_test(const Job& job);
  std::vector<JobId> tested_networks(std::uint32_t test_index) const;
  EnsembleLogits ensemble_of(std::vector<float> JobResult::*logits, JobId first, std::size_t rows, float temperature) const;

  Report make_report() const;
  Curve make_curve(const Scoreboard& board) const;
  Interval against_ensemble(const Scoreboard& board, JobKind kind, std::uint32_t size, float sign) const;
  Choice make_choice(const Curve& validation_curve, const Curve& test_curve) const;
};

bool Plan::State::ready(JobId id) const {
  if (done(id)) return false;
  switch (workbench->job(id).kind) {
    case JobKind::teacher:
    case JobKind::baseline:
    case JobKind::matched: return true;
    case JobKind::student: return !soft_targets.empty();
    case JobKind::test: return networks_done() && !soft_targets.empty();
  }
  return false;
}

std::vector<JobId> Plan::State::tested_networks(std::uint32_t test_index) const {
  std::vector<JobId> networks;
  if (test_index < ids.teachers) {
    networks.push_back(test_index);
  } else {
    for (const JobKind kind : ids.kinds())
      for (std::uint32_t seed = 0; seed < ids.seeds; ++seed)
        networks.push_back(ids.network(kind, test_index - ids.teachers, seed));
  }
  std::erase_if(networks, [&](JobId id) { return !good(id); });
  return networks;
}

/// A result comes from outside: its shapes must be those of its job.
void Plan::State::check(const Job& job, const JobResult& result) const {
  const auto classes = static_cast<std::size_t>(this->classes());
  std::size_t parameters = 0, train = 0, held_out = 0, epochs = 0;
  if (job.kind == JobKind::test) {
    held_out = tested_networks(job.index).size() * test.labels.size() * classes;
  } else {
    const bool teacher = job.kind == JobKind::teacher;
    epochs = workbench->training_of(job.kind).epochs;
    if (!result.diverged) {
      parameters = (teacher ? workbench->teacher() : workbench->student(job.index)).parameter_count();
      held_out = validation.labels.size() * classes;
      if (teacher) train = taught_rows * classes;
    }
  }
  const bool history = result.loss.size() == result.accuracy.size() &&
                       (result.diverged ? result.loss.size() <= epochs : result.loss.size() == epochs);
  if (!history || result.parameters.size() != parameters || result.train_logits.size() != train ||
      result.held_out_logits.size() != held_out || (job.kind == JobKind::test && result.diverged))
    fail(ErrorCode::corrupt_file, "This job result has other lengths than its job. It was made by another program.");
}

/// Of the good teachers, in index order, by what the jobs from `first` on answered.
EnsembleLogits Plan::State::ensemble_of(std::vector<float> JobResult::*logits, JobId first, std::size_t rows,
                                        float temperature) const {
  EnsembleLogits ensemble(options().teachers.combination, static_cast<Eigen::Index>(rows), classes(), temperature);
  for (std::uint32_t i = 0; i < ids.teachers; ++i)
    if (good(i)) ensemble.add(as_matrix(*results[first + i].*logits, classes()));
  return ensemble;
}

void Plan::State::combine_teachers() {
  bool any = false;
  for (std::uint32_t i = 0; i < ids.teachers; ++i) any |= good(i);
  if (!any) return;
  validation.ensemble = ensemble_of(&JobResult::held_out_logits, 0, validation.labels.size(), 1).logits();
  validation.ensemble_correct = correct(validation.ensemble, validation.labels);
  if (!teachers_done()) return;
  const Matrix targets = ensemble_of(&JobResult::train_logits, 0, taught_rows,
                                     options().students.temperature).probabilities();
  ByteWriter out;
  out.put(std::span(targets.data(), static_cast<std::size_t>(targets.size())));
  soft_targets = std::move(out).take();
}

void Plan::State::score_network(JobId id) {
  if (!good(id)) return;
  validation.networks[id] =
      score(as_matrix(results[id]->held_out_logits, classes()), validation.ensemble, validation.labels);
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
      test.networks[id] = score(as_matrix(results[all.test(index)]->held_out_logits, classes(), at, rows), test.ensemble,
                                test.labels);
      at += size;
    }
  };
  if (test.ensemble.rows() == static_cast<Eigen::Index>(rows) && rows > 0 && job.index >= all.teachers)
    return score_one(job.index);
  test.ensemble = ensemble_of(&JobResult::held_out_logits, all.test(0), rows, 1).logits();
  test.ensemble_correct = correct(test.ensemble, test.labels);
  for (std::uint32_t index = 0; index < all.teachers + all.sizes; ++index) score_one(index);
}

Plan::Plan(std::shared_ptr<const Workbench> workbench) : state_(std::make_unique<State>(std::move(workbench))) {}
Plan::Plan(Dataset data, PlanOptions options)
    : Plan(std::make_shared<const Workbench>(std::move(data), std::move(options))) {}
Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;

std::vector<Job> Plan::ready_jobs() const {
  const State& state = *state_;
  const JobIds& ids = state.ids;
  std::vector<Job> jobs;
  const auto consider = [&](JobId id) {
    if (state.ready(id)) jobs.push_back(state.workbench->job(id));
  };
  // Teachers first, everything waits for them; then seed by seed over all sizes, so that a whole curve is there early.
  for (std::uint32_t i = 0; i < ids.teachers; ++i) consider(i);
  for (std::uint32_t seed = 0; seed < ids.seeds; ++seed)
    for (std::uint32_t size = 0; size < ids.sizes; ++size)
      for (const JobKind kind : {JobKind::student, JobKind::baseline, JobKind::matched})
        if (kind != JobKind::matched || ids.matched_apart) consider(ids.network(kind, size, seed));
  for (JobId id = ids.networks(); id < ids.count(); ++id) consider(id);
  return jobs;
}

Bytes Plan::input(JobId id) const {
  const State& state = *state_;
  const Job job = state.workbench->job(id);
  if (!state.ready(id)) fail(ErrorCode::wrong_state, {"Job ", id, " cannot start now."});
  return guarded([&]() -> Bytes {
    if (job.kind == JobKind::student) return state.soft_targets;
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
    state.suspended[id] = {};
    state.cached_report.reset();
    if (job.kind == JobKind::teacher) {
      state.combine_teachers();
      if (state.teachers_done())
        for (JobId network = 0; network < state.ids.networks(); ++network) state.score_network(network);
    } else if (job.kind == JobKind::test) {
      state.score_test(job);
    } else if (state.teachers_done()) {
      state.score_network(id);
    }
    if (job.kind == JobKind::teacher && state.teachers_done() && state.soft_targets.empty())
      fail(ErrorCode::diverged, "All teachers diverged. Use a lower learning rate for them.");
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
  const bool exists = kind == JobKind::teacher ? index < state.ids.teachers && seed == 0
                                               : kind != JobKind::test && index < state.ids.sizes && seed < state.ids.seeds;
  if (!exists) fail(ErrorCode::wrong_state, "This plan has no such network.");
  const JobId id = state.ids.network(kind, index, seed);
  if (!state.good(id)) fail(ErrorCode::wrong_state, "This network is not trained yet, or its training diverged.");
  return guarded([&] {
    const Workbench& bench = *state.workbench;
    const Architecture architecture = kind == JobKind::teacher ? bench.teacher() : bench.student(index);
    return Model{Mlp(architecture, state.results[id]->parameters), bench.scaling(), bench.data().class_names};
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
      if (state.done(id)) results[id] = encode(fingerprint, id, *state.results[id]);
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
    ByteReader in(unseal(plan_magic, version, saved, "saved run").payload, "saved run");
    if (in.get<std::uint32_t>() != workbench->fingerprint())
      fail(ErrorCode::shape_mismatch, "This saved run belongs to other data or options, or another flavour made it.");
    Plan plan(std::move(workbench));
    plan.set_margin(in.get<double>());
    for (auto count = in.get<std::uint32_t>(); count > 0; --count) {
      const auto id = in.get<JobId>();
      plan.absorb(id, in.get_vector<std::byte>());
    }
    for (auto count = in.get<std::uint32_t>(); count > 0; --count) {
      const auto id = in.get<JobId>();
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
  const double all = ratio(students, baselines, count);
  std::vector<double> pseudo;
  for (std::size_t i = 0; i < count && count > 1; ++i) {
    const double left_out = ratio(students - student[i], baselines - baseline[i], count - 1);
    pseudo.push_back(static_cast<double>(count) * all - static_cast<double>(count - 1) * left_out);
  }
  const Interval spread = t_interval(pseudo, confidence);
  Interval result{all, all, all, static_cast<std::uint32_t>(count)};
  if (std::isfinite(spread.lower) && std::isfinite(spread.upper) && count > 1) {
    result.lower = all - (spread.estimate - spread.lower);
    result.upper = all + (spread.upper - spread.estimate);
  }
  return result;
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
  report.teacher_parameters = static_cast<std::uint32_t>(workbench->teacher().parameter_count());
  std::uint32_t teachers_counted = 0;
  for (std::uint32_t i = 0; i < ids.teachers; ++i) {
    TeacherInfo info;
    teachers_counted += !done(i) || good(i);
    if (done(i)) {
      info.state = good(i) ? TeacherState::done : TeacherState::diverged;
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
  for (std::uint32_t size = 0; size < ids.sizes; ++size) {
    SizeInfo info;
    info.hidden = options().students.sizes[size];
    info.parameters = static_cast<std::uint32_t>(workbench->student(size).parameter_count());
    info.bytes = info.parameters * static_cast<std::uint32_t>(sizeof(float));
    for (std::uint32_t seed = 0; seed < ids.seeds; ++seed) {
      info.students_done += done(ids.network(JobKind::student, size, seed));
      info.baselines_done += done(ids.network(JobKind::baseline, size, seed));
      info.matched_done += done(ids.network(JobKind::matched, size, seed));
      for (const JobKind kind : ids.kinds()) {
        const JobId id = ids.network(kind, size, seed);
        info.diverged += done(id) && !good(id);
      }
    }
    report.sizes.push_back(std::move(info));
  }
  report.matched_apart = ids.matched_apart;
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
    curve.ensemble_nll = nll(board.ensemble, board.labels);
  }

  for (std::uint32_t size = 0; size < ids.sizes; ++size) {
    // A figure of each network of the size, seed by seed, where its twin of the kind `other` has it too.
    const auto over_seeds = [&](JobKind kind, double NetworkScores::*figure, JobKind other) {
      std::vector<double> values;
      for (std::uint32_t seed = 0; seed < ids.seeds; ++seed) {
        const JobId id = ids.network(kind, size, seed);
        const auto& network = board.networks[id];
        const auto& twin = board.networks[ids.network(other, size, seed)];
        if (network && twin) values.push_back(*network.*figure);
        // While the ensemble is not complete, only the labels can judge.
        else if (!network && kind == other && figure == &NetworkScores::accuracy && validation_rows && good(id))
          values.push_back(accuracy_of(id));
      }
      return values;
    };
    const auto scores_of = [&](JobKind kind) {
      const auto interval = [&](double NetworkScores::*figure, double most) {
        return within(t_interval(over_seeds(kind, figure, kind), confidence), 0, most);
      };
      return Scores{interval(&NetworkScores::accuracy, 1), interval(&NetworkScores::nll, infinity),
                    interval(&NetworkScores::agreement, 1), interval(&NetworkScores::kl, infinity)};
    };
    const auto compare = [&](JobKind other, double NetworkScores::*figure, Interval& gain, double& p) {
      const auto student = over_seeds(JobKind::student, figure, other);
      const auto baseline = over_seeds(other, figure, JobKind::student);
      gain = paired_t_interval(student, baseline, confidence);
      p = paired_t_p_value(student, baseline);
    };
    SizeScores scores;
    scores.student = scores_of(JobKind::student);
    scores.baseline = scores_of(JobKind::baseline);
    scores.matched = scores_of(JobKind::matched);
    compare(JobKind::baseline, &NetworkScores::accuracy, scores.gain, scores.gain_p);
    compare(JobKind::baseline, &NetworkScores::kl, scores.kl_gain, scores.kl_gain_p);
    compare(JobKind::matched, &NetworkScores::accuracy, scores.matched_gain, scores.matched_gain_p);
    scores.difference = against_ensemble(board, JobKind::student, size, 1);
    curve.sizes.push_back(scores);
  }
  return curve;
}

/// sign · (accuracy of the networks of this kind and size − the ensemble's), over seeds and rows.
Interval Plan::State::against_ensemble(const Scoreboard& board, JobKind kind, std::uint32_t size, float sign) const {
  const std::size_t rows = board.labels.size();
  std::vector<float> differences;
  for (std::uint32_t seed = 0; seed < ids.seeds; ++seed) {
    const auto& network = board.networks[ids.network(kind, size, seed)];
    for (std::size_t r = 0; network && r < rows; ++r)
      differences.push_back(sign * static_cast<float>(network->correct[r] - board.ensemble_correct[r]));
  }
  if (differences.empty()) return {};
  return crossed_interval(differences, differences.size() / rows, rows, options().confidence);
}

Choice Plan::State::make_choice(const Curve& on_validation, const Curve& on_test) const {
  Choice choice;
  if (!networks_done() || soft_targets.empty()) return choice;
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
    const auto& network = validation.networks[ids.network(JobKind::student, size, seed)];
    if (!network) continue;
    if (best && (network->accuracy < best->accuracy || (network->accuracy == best->accuracy && network->nll >= best->nll)))
      continue;
    best = &*network;
    choice.seed = seed;
  }
  if (!finished() || test.labels.empty()) return choice;

  const double confidence = options().confidence;
  const NetworkScores& taken = *test.networks[ids.network(JobKind::student, size, choice.seed)];
  std::size_t student_only = 0, ensemble_only = 0;
  for (std::size_t r = 0; r < test.labels.size(); ++r) {
    student_only += taken.correct[r] && !test.ensemble_correct[r];
    ensemble_only += !taken.correct[r] && test.ensemble_correct[r];
  }
  choice.test_difference = matched_pairs_score_interval(student_only, ensemble_only, test.labels.size(), confidence);
  choice.test_accuracy = taken.accuracy;
  choice.test_agreement = taken.agreement;
  choice.confirmed = choice.status == ChoiceStatus::chosen && choice.test_difference.lower >= -margin;

  // The edge, and what of it the students keep, over seeds where both twins are there.
  std::vector<double> student, baseline;
  for (std::uint32_t seed = 0; seed < ids.seeds; ++seed) {
    const auto& taught = test.networks[ids.network(JobKind::student, size, seed)];
    const auto& plain = test.networks[ids.network(JobKind::baseline, size, seed)];
    if (!taught || !plain) continue;
    student.push_back(taught->accuracy);
    baseline.push_back(plain->accuracy);
  }
  choice.edge = against_ensemble(test, JobKind::baseline, size, -1);
  constexpr double smallest_edge = 0.003;  // design: below 0.3 points a ratio says nothing
  if (student.empty() || choice.edge.lower <= smallest_edge) return choice;
  choice.retained_edge = jackknife_ratio(student, baseline, on_test.ensemble_accuracy.estimate, confidence);
  return choice;
}

}  // namespace distillery
