/// The library as JavaScript sees it. Converts and delegates, decides nothing.
///
/// No C++ exception crosses: a call that fails gives null, undefined or −1, and `takeError` says why. What comes back is a
/// copy, never a view of the heap. Numbers come as doubles and are checked here, for a JavaScript number can be anything.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <emscripten/bind.h>
#include <emscripten/heap.h>
#include <malloc.h>

#include "distillery/dataset.hpp"
#include "distillery/generators.hpp"
#include "distillery/kernels/kernels.hpp"
#include "distillery/model_file.hpp"
#include "distillery/network.hpp"
#include "distillery/plan.hpp"
#include "distillery/statistics.hpp"
#include "distillery/trainer.hpp"

namespace distillery::bindings {
namespace {

using emscripten::val;

// ---- errors -------------------------------------------------------------------------------------------------------

struct Failure {
  std::string code, message;
};

std::optional<ErrorCode> failed;
char failed_because[512];

/// Without allocating, for memory may be what has run out.
void remember(ErrorCode code, std::string_view message) noexcept {
  failed = code;
  const std::size_t size = std::min(message.size(), sizeof failed_because - 1);
  std::copy_n(message.data(), size, failed_because);
  failed_because[size] = 0;
}

/// What went wrong in the last call that failed, once.
std::optional<Failure> take_error() {
  if (!failed) return std::nullopt;
  const ErrorCode code = *std::exchange(failed, std::nullopt);
  return Failure{std::string(error_name(code)), failed_because};
}

/// Runs the body of a call; what it gives where it fails is `otherwise`.
template <class Call, class Result = std::invoke_result_t<Call>>
Result attempt(Call&& call, Result otherwise = Result()) {
  try {
    return guarded(std::forward<Call>(call));
  } catch (const Error& error) {
    remember(error.code(), error.what());
  } catch (const std::exception& error) {
    remember(ErrorCode::internal, error.what());
  }
  return otherwise;
}

// ---- values -------------------------------------------------------------------------------------------------------

/// A JavaScript value with a TypeScript type of its own, which `register_type` names.
template <class Tag>
struct Typed : val {
  Typed() : val(val::null()) {}
  explicit Typed(const val& value) : val(value) {}
};
using ByteArray = Typed<struct ByteArrayTag>;
using ByteArrayOrNull = Typed<struct ByteArrayOrNullTag>;
using FloatArray = Typed<struct FloatArrayTag>;
using FloatArrayOrNull = Typed<struct FloatArrayOrNullTag>;
using IntArray = Typed<struct IntArrayTag>;
using IntArrayOrNull = Typed<struct IntArrayOrNullTag>;
using NumberList = Typed<struct NumberListTag>;
using WidthsList = Typed<struct WidthsListTag>;
using NameList = Typed<struct NameListTag>;
using JobList = Typed<struct JobListTag>;
using TeacherInfoList = Typed<struct TeacherInfoListTag>;
using SizeInfoList = Typed<struct SizeInfoListTag>;
using SizeScoresList = Typed<struct SizeScoresListTag>;
using JobKindName = Typed<struct JobKindNameTag>;
using TeacherStateName = Typed<struct TeacherStateNameTag>;
using ChoiceStatusName = Typed<struct ChoiceStatusNameTag>;

[[noreturn]] void refuse(const char* what, const std::string& wanted) {
  throw Error(ErrorCode::invalid_option, std::string(what) + " must be " + wanted + ".");
}

/// A whole number up to `most`; ranges that are narrower are the library's to check.
std::uint64_t whole(double value, const char* what, double most = 4294967295.0) {
  if (!(value >= 0 && value <= most && value == std::floor(value)))
    refuse(what, "a whole number from 0 to " + std::to_string(static_cast<std::uint64_t>(most)));
  return static_cast<std::uint64_t>(value);
}
std::uint32_t count(double value, const char* what) { return static_cast<std::uint32_t>(whole(value, what)); }
int width(double value, const char* what) { return static_cast<int>(whole(value, what, 2147483647.0)); }
std::uint64_t seed_number(double value) { return whole(value, "The seed", 9007199254740991.0); }
float number(double value, const char* what) {
  if (!std::isfinite(static_cast<float>(value))) refuse(what, "a finite number");
  return static_cast<float>(value);
}

/// Which of `names` it is, as the enumerator of that place.
template <class Enum, std::size_t size>
Enum choose(const std::string& name, const char* const (&names)[size], const char* what) {
  std::string wanted = "one of";
  for (std::size_t i = 0; i < size; ++i) {
    if (name == names[i]) return static_cast<Enum>(i);
    wanted += (i ? ", '" : " '") + std::string(names[i]) + "'";
  }
  refuse(what, wanted);
}
constexpr const char* schedules[] = {"constant", "cosine"};
constexpr const char* combinations[] = {"mean_logits", "mean_probabilities"};
constexpr const char* shapes[] = {"moons", "circles", "spirals"};
constexpr const char* job_kinds[] = {"teacher", "baseline", "student", "test"};
constexpr const char* teacher_states[] = {"pending", "done", "diverged"};
constexpr const char* choice_statuses[] = {"pending", "chosen", "none", "no_rows"};

template <class Name, class Enum, std::size_t size>
Name name_of(Enum value, const char* const (&names)[size]) {
  return Name(val(names[static_cast<std::size_t>(value)]));
}

/// Copies a typed array into memory of ours.
template <class T>
void copy_in(const val& array, std::span<T> target) {
  if (!target.empty()) val(emscripten::typed_memory_view(target.size(), target.data())).call<void>("set", array);
}
std::size_t length_of(const val& array) { return array["length"].as<std::size_t>(); }

Bytes bytes_in(const val& array) {
  std::vector<std::uint8_t> staged(length_of(array));
  copy_in(array, std::span(staged));
  const auto* data = reinterpret_cast<const std::byte*>(staged.data());
  return {data, data + staged.size()};
}
std::vector<int> widths_in(const val& list) {
  std::vector<int> widths;
  for (const double value : emscripten::vecFromJSArray<double>(list)) widths.push_back(width(value, "A layer's width"));
  return widths;
}
std::vector<float> floats_in(const val& list, const char* what) {
  std::vector<float> floats;
  for (const double value : emscripten::vecFromJSArray<double>(list)) floats.push_back(number(value, what));
  return floats;
}
Matrix matrix_in(const val& array, double columns, const char* what) {
  const std::size_t size = length_of(array);
  const auto wide = static_cast<std::size_t>(count(columns, "The number of columns"));
  if (wide == 0 || size % wide != 0)
    throw Error(ErrorCode::shape_mismatch, std::string(what) + " have " + std::to_string(size) +
                                               " numbers, which is no multiple of " + std::to_string(wide) + " columns.");
  Matrix matrix(static_cast<Eigen::Index>(size / wide), static_cast<Eigen::Index>(wide));
  copy_in(array, std::span(matrix.data(), size));
  return matrix;
}

/// A typed array of its own, copied from memory of ours.
template <class T>
val copy_out(std::span<const T> values) {
  return val(emscripten::typed_memory_view(values.size(), values.data())).template call<val>("slice");
}
ByteArrayOrNull bytes_out(ByteView bytes) {
  return ByteArrayOrNull(copy_out(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size())));
}

// ---- options, as JavaScript gives them --------------------------------------------------------------------------------

struct ShapeOptions {
  double inputs = 0;
  NumberList hidden;
  double classes = 0;
  NumberList dropout;

  Architecture convert() const {
    return {width(inputs, "The number of inputs"), widths_in(hidden), width(classes, "The number of classes"),
            floats_in(dropout, "A dropout probability")};
  }
};

struct TrainingOptions {
  double epochs = 0, batchSize = 0, learningRate = 0, weightDecay = 0;
  std::string schedule;

  TrainOptions convert() const {
    TrainOptions options;
    options.epochs = count(epochs, "The number of epochs");
    options.batch_size = count(batchSize, "The batch size");
    options.optimizer.learning_rate = number(learningRate, "The learning rate");
    options.optimizer.weight_decay = number(weightDecay, "The weight decay");
    options.optimizer.schedule = choose<Schedule>(schedule, schedules, "The schedule");
    return options;
  }
};

struct TargetOptions {
  double temperature = 1, softWeight = 0;
  NumberList classWeights;

  Objective convert() const {
    return {number(temperature, "The temperature"), number(softWeight, "The soft weight"),
            floats_in(classWeights, "A class weight")};
  }
};

struct RowShares {
  double validation = 0, test = 0, officialTestRows = 0;
};
struct TeachersOptions {
  double count = 0;
  NumberList hidden, dropout;
  std::string combination;
  TrainingOptions training;
};
struct StudentsOptions {
  WidthsList sizes;
  double seeds = 0, temperature = 0, softWeight = 0;
  TrainingOptions training;
};
struct JobOptions {
  double seed = 0;
  RowShares split;
  TeachersOptions teachers;
  StudentsOptions students;
  bool balanceClasses = false;
  double margin = 0, confidence = 0;

  PlanOptions convert() const {
    PlanOptions options;
    options.seed = seed_number(seed);
    options.split = {split.validation, split.test, count(split.officialTestRows, "The number of test rows"), 0};
    options.teachers = {count(teachers.count, "The number of teachers"), widths_in(teachers.hidden),
                        floats_in(teachers.dropout, "A dropout probability"),
                        choose<Combination>(teachers.combination, combinations, "The combination"),
                        teachers.training.convert()};
    options.students.sizes.clear();
    for (const val& size : emscripten::vecFromJSArray<val>(students.sizes)) options.students.sizes.push_back(widths_in(size));
    options.students.seeds = count(students.seeds, "The number of student seeds");
    options.students.temperature = number(students.temperature, "The temperature");
    options.students.soft_weight = number(students.softWeight, "The soft weight");
    options.students.training = students.training.convert();
    options.balance_classes = balanceClasses;
    options.margin = margin;
    options.confidence = confidence;
    return options;
  }

 private:
  static std::uint32_t count(double value, const char* what) { return bindings::count(value, what); }
};

// ---- handles ------------------------------------------------------------------------------------------------------

int live_handles = 0;

/// What JavaScript holds and must delete. Counted, so that tests can see that nobody forgets to.
struct Handle {
  Handle() noexcept { ++live_handles; }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { --live_handles; }
};

struct DatasetHandle : Handle {
  explicit DatasetHandle(Dataset&& set) : data(std::make_shared<const Dataset>(std::move(set))) {}
  SharedDataset data;

  int columns() const { return data->columns(); }
  FloatArrayOrNull features() const {
    return FloatArrayOrNull(copy_out(std::span(data->features.data(), static_cast<std::size_t>(data->features.size()))));
  }
  IntArrayOrNull labels() const { return IntArrayOrNull(copy_out(std::span(data->labels))); }
  NameList class_names() const { return NameList(val::array(data->class_names)); }
  ByteArrayOrNull save() const {
    return attempt([&] { return bytes_out(save_dataset(*data)); });
  }
};

std::unique_ptr<DatasetHandle> create_dataset(const FloatArray& features, double columns, const IntArray& labels,
                                              const NameList& class_names) {
  return attempt([&] {
    Dataset data;
    data.class_names = emscripten::vecFromJSArray<std::string>(class_names);
    data.features = matrix_in(features, columns, "The features");
    data.labels.resize(length_of(labels));
    copy_in(labels, std::span(data.labels));
    data.validate();
    return std::make_unique<DatasetHandle>(std::move(data));
  });
}
std::unique_ptr<DatasetHandle> generate_dataset(const std::string& shape, double rows, double noise, double seed) {
  return attempt([&] {
    return std::make_unique<DatasetHandle>(generate(choose<Shape2d>(shape, shapes, "The shape"),
                                                    count(rows, "The number of rows"), noise, seed_number(seed)));
  });
}
std::unique_ptr<DatasetHandle> load_dataset_file(const ByteArray& file) {
  return attempt([&] { return std::make_unique<DatasetHandle>(load_dataset(bytes_in(file))); });
}

/// A network that answers on raw rows, with memory for `reserve`d rows, so that answering allocates nothing.
struct ModelHandle : Handle {
  explicit ModelHandle(Model&& loaded) : model(std::move(loaded)), predictor(model.network) { make_room(1); }
  Model model;
  Predictor predictor;
  std::size_t room = 0;  // in rows
  std::vector<float> input, output;

  const Architecture& shape() const { return model.network.architecture(); }
  int inputs() const { return shape().inputs; }
  int classes() const { return shape().classes; }
  std::uint32_t parameters() const { return static_cast<std::uint32_t>(shape().parameter_count()); }
  NumberList hidden() const { return NumberList(val::array(shape().hidden)); }
  NameList class_names() const { return NameList(val::array(model.class_names)); }
  ByteArrayOrNull save() const {
    return attempt([&] { return bytes_out(save_model(model)); });
  }

  bool reserve(double rows) {
    return attempt([&] { return make_room(count(rows, "The number of rows")), true; });
  }
  std::uintptr_t input_pointer() { return reinterpret_cast<std::uintptr_t>(input.data()); }
  std::uintptr_t output_pointer() { return reinterpret_cast<std::uintptr_t>(output.data()); }
  bool logits(std::uint32_t rows) {
    return attempt([&] { return answer(rows), true; });
  }
  bool probabilities(std::uint32_t rows) {
    return attempt([&] {
      answer(rows);
      for (std::size_t r = 0; r < rows; ++r) normalise(output.data() + r * static_cast<std::size_t>(classes()));
      return true;
    });
  }

 private:
  /// Where there is no memory for it, the old room stays.
  void make_room(std::size_t rows) {
    std::vector<float> more_input(rows * static_cast<std::size_t>(inputs()));
    std::vector<float> more_output(rows * static_cast<std::size_t>(classes()) + kernels::lane_multiple);  // see `normalise`
    input.swap(more_input);
    output.swap(more_output);
    room = rows;
  }

  /// Rows from the input buffer, scaled as `Standardisation::apply` does, to logits in the output buffer.
  void answer(std::uint32_t rows) {
    if (rows > room) throw Error(ErrorCode::wrong_state, "There is no room for so many rows: reserve it first.");
    const auto columns = static_cast<std::size_t>(inputs());
    for (std::size_t r = 0; r < rows; ++r) {
      float* x = input.data() + r * columns;
      for (std::size_t i = 0; i < columns; ++i) {
        x[i] = (x[i] - model.scaling.mean[i]) / model.scaling.scale[i];
        if (!std::isfinite(x[i]))
          throw Error(ErrorCode::invalid_data, "The value in row " + std::to_string(r + 1) + ", column " +
                                                   std::to_string(i + 1) +
                                                   " is not finite, or much too far from the training rows.");
      }
    }
    predictor.logits(input.data(), rows, columns, output.data());
  }

  /// One row's logits to probabilities, in place. The kernel writes padding behind them, which is the next row.
  void normalise(float* row) const {
    float next[kernels::lane_multiple], max, sum;
    std::copy_n(row + classes(), kernels::lane_multiple, next);
    const auto stride = static_cast<std::size_t>(kernels::padded(classes()));
    kernels::softmax({row, 1, classes(), stride, nullptr}, 1.0f, {row, 1, classes(), stride, nullptr}, &max, &sum);
    std::copy_n(next, kernels::lane_multiple, row + classes());
  }
};

std::unique_ptr<ModelHandle> load_model_file(const ByteArray& file) {
  return attempt([&] { return std::make_unique<ModelHandle>(load_model(bytes_in(file))); });
}

/// Trains one network on a whole table, scaled to mean 0 and deviation 1.
struct TrainerHandle : Handle {
  TrainerHandle(SharedDataset table, Standardisation fitted, Trainer&& made)
      : data(std::move(table)), scaling(std::move(fitted)), trainer(std::move(made)) {}
  SharedDataset data;
  Standardisation scaling;
  Trainer trainer;
  EpochStats last{};

  bool finished() const { return trainer.finished(); }
  EpochStats stats() const { return last; }
  /// 1 when an epoch has ended, 0 when not yet, −1 when it failed.
  int advance(double rows) {
    return attempt([&] {
      const auto done = trainer.advance(count(rows, "The number of rows"));
      if (done) last = *done;
      return done ? 1 : 0;
    }, -1);
  }
  int run_epoch() {
    return attempt([&] { return last = trainer.run_epoch(), 1; }, -1);
  }
  ByteArrayOrNull checkpoint() const {
    return attempt([&] { return bytes_out(trainer.checkpoint()); });
  }
  std::unique_ptr<ModelHandle> model() const {
    return attempt([&] { return std::make_unique<ModelHandle>(Model{trainer.model(), scaling, data->class_names}); });
  }
};

template <class Make>
std::unique_ptr<TrainerHandle> trainer_on(const DatasetHandle& table, const FloatArrayOrNull& soft_targets, Make&& make) {
  return attempt([&] {
    const Dataset& data = *table.data;
    std::vector<std::uint32_t> rows(data.rows());
    for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<std::uint32_t>(r);
    auto scaling = Standardisation::fit(data.features, rows);
    std::optional<Matrix> soft;
    if (!soft_targets.isNull()) soft = matrix_in(soft_targets, data.classes(), "The soft targets");
    auto source = std::make_shared<const TableSource>(scaling.apply(data.features, rows), data.labels, data.classes(),
                                                      std::move(soft));
    return std::make_unique<TrainerHandle>(table.data, std::move(scaling), make(std::move(source)));
  });
}
std::unique_ptr<TrainerHandle> create_trainer(const DatasetHandle& table, const FloatArrayOrNull& soft_targets,
                                              const ShapeOptions& shape, const TargetOptions& target,
                                              const TrainingOptions& training, double seed) {
  return trainer_on(table, soft_targets, [&](std::shared_ptr<const BatchSource> source) {
    TrainOptions options = training.convert();
    options.seed = seed_number(seed);
    return Trainer(Mlp(shape.convert(), options.seed), std::move(source), target.convert(), options);
  });
}
std::unique_ptr<TrainerHandle> resume_trainer(const ByteArray& checkpoint, const DatasetHandle& table,
                                              const FloatArrayOrNull& soft_targets, const TargetOptions& target,
                                              const TrainingOptions& training, double seed) {
  return trainer_on(table, soft_targets, [&](std::shared_ptr<const BatchSource> source) {
    TrainOptions options = training.convert();
    options.seed = seed_number(seed);
    return Trainer::resume(bytes_in(checkpoint), std::move(source), target.convert(), options);
  });
}

struct WorkbenchHandle : Handle {
  explicit WorkbenchHandle(std::shared_ptr<const Workbench> made) : workbench(std::move(made)) {}
  std::shared_ptr<const Workbench> workbench;

  std::uint32_t job_count() const { return workbench->job_count(); }
  std::optional<Job> job(std::uint32_t id) const {
    return attempt([&] { return std::optional(workbench->job(id)); });
  }
};
std::unique_ptr<WorkbenchHandle> create_workbench(const DatasetHandle& table, const JobOptions& options) {
  return attempt([&] {
    return std::make_unique<WorkbenchHandle>(std::make_shared<const Workbench>(table.data, options.convert()));
  });
}

struct JobRunHandle : Handle {
  explicit JobRunHandle(JobRun&& made) : run(std::move(made)) {}
  JobRun run;

  JobRun::Progress progress() const { return run.progress(); }
  /// 1 when the job is done, 0 when not yet, −1 when it failed.
  int advance(double rows) {
    return attempt([&] { return run.advance(count(rows, "The number of rows")) ? 1 : 0; }, -1);
  }
  ByteArrayOrNull checkpoint() const {
    return attempt([&] { return bytes_out(run.checkpoint()); });
  }
  ByteArrayOrNull result() const {
    return attempt([&] { return bytes_out(run.result()); });
  }
};
std::unique_ptr<JobRunHandle> create_job_run(const WorkbenchHandle& bench, std::uint32_t id, const ByteArray& input,
                                             const ByteArray& checkpoint) {
  return attempt([&] {
    return std::make_unique<JobRunHandle>(JobRun(bench.workbench, id, bytes_in(input), bytes_in(checkpoint)));
  });
}

struct PlanHandle : Handle {
  explicit PlanHandle(Plan&& made) : plan(std::move(made)) {}
  Plan plan;

  bool finished() const { return plan.finished(); }
  bool done(std::uint32_t id) const { return plan.done(id); }
  JobList ready_jobs() const {
    return attempt([&] { return JobList(val::array(plan.ready_jobs())); });
  }
  ByteArrayOrNull input(std::uint32_t id) const {
    return attempt([&] { return bytes_out(plan.input(id)); });
  }
  bool absorb(std::uint32_t id, const ByteArray& result) {
    return attempt([&] { return plan.absorb(id, bytes_in(result)), true; });
  }
  bool suspend(std::uint32_t id, const ByteArray& checkpoint) {
    return attempt([&] { return plan.suspend(id, bytes_in(checkpoint)), true; });
  }
  ByteArrayOrNull progress_of(std::uint32_t id) const {
    return attempt([&] { return bytes_out(plan.progress_of(id)); });
  }
  std::optional<Report> report() const {
    return attempt([&] { return std::optional(plan.report()); });
  }
  bool set_margin(double margin) {
    return attempt([&] { return plan.set_margin(margin), true; });
  }
  ByteArrayOrNull model(const std::string& kind, double index, double seed) const {
    return attempt([&] {
      return bytes_out(save_model(plan.model(choose<JobKind>(kind, job_kinds, "The kind of network"),
                                             count(index, "The index"), count(seed, "The number of the seed"))));
    });
  }
  ByteArrayOrNull chosen() const {
    return attempt([&] { return bytes_out(save_model(plan.chosen())); });
  }
  ByteArrayOrNull save() const {
    return attempt([&] { return bytes_out(plan.save()); });
  }
};
std::unique_ptr<PlanHandle> create_plan(const WorkbenchHandle& bench) {
  return attempt([&] { return std::make_unique<PlanHandle>(Plan(bench.workbench)); });
}
std::unique_ptr<PlanHandle> resume_plan(const WorkbenchHandle& bench, const ByteArray& saved) {
  return attempt([&] { return std::make_unique<PlanHandle>(Plan::resume(bench.workbench, bytes_in(saved))); });
}

// ---- statistics -----------------------------------------------------------------------------------------------------

struct Comparison {
  Interval difference;
  double p = 1;
};
std::optional<Comparison> compare_paired(const NumberList& a, const NumberList& b, double confidence) {
  return attempt([&] {
    const auto left = emscripten::vecFromJSArray<double>(a), right = emscripten::vecFromJSArray<double>(b);
    if (left.size() != right.size())
      throw Error(ErrorCode::shape_mismatch, "There must be as many values on either side, for they are pairs.");
    if (!(confidence > 0 && confidence < 1)) refuse("The confidence", "between 0 and 1");
    return std::optional(Comparison{paired_t_interval(left, right, confidence), paired_t_p_value(left, right)});
  });
}

// ---- about the module ------------------------------------------------------------------------------------------------

std::string version() { return DISTILLERY_VERSION; }
std::string flavour() {
#ifdef __wasm_simd128__
  return "simd";
#else
  return "scalar";
#endif
}
int live() { return live_handles; }
std::size_t heap_in_use() { return static_cast<std::size_t>(mallinfo().uordblks); }

// ---- fields that are not simply members: what they read; nothing is ever written through them ----------------------------

template <class Struct, class Value>
void unwritten(Struct&, Value) {}

template <auto member, class List, class Struct>
List list(const Struct& from) {
  return List(val::array(from.*member));
}
struct RowCounts {
  std::uint32_t train = 0, validation = 0, test = 0;
};
RowCounts row_counts(const Report& report) { return {report.train_rows, report.validation_rows, report.test_rows}; }
JobKindName kind(const Job& job) { return name_of<JobKindName>(job.kind, job_kinds); }
TeacherStateName state(const TeacherInfo& teacher) { return name_of<TeacherStateName>(teacher.state, teacher_states); }
ChoiceStatusName status(const Choice& choice) { return name_of<ChoiceStatusName>(choice.status, choice_statuses); }

}  // namespace

// ---- what JavaScript sees ----------------------------------------------------------------------------------------------

EMSCRIPTEN_BINDINGS(distillery) {
  using namespace emscripten;

  register_type<ByteArray>("Uint8Array");
  register_type<ByteArrayOrNull>("Uint8Array | null");
  register_type<FloatArray>("Float32Array");
  register_type<FloatArrayOrNull>("Float32Array | null");
  register_type<IntArray>("Int32Array");
  register_type<IntArrayOrNull>("Int32Array | null");
  register_type<NumberList>("number[]");
  register_type<WidthsList>("number[][]");
  register_type<NameList>("string[]");
  register_type<JobList>("Job[] | null");
  register_type<TeacherInfoList>("TeacherInfo[]");
  register_type<SizeInfoList>("SizeInfo[]");
  register_type<SizeScoresList>("SizeScores[]");
  register_type<JobKindName>("'teacher' | 'baseline' | 'student' | 'test'");
  register_type<TeacherStateName>("'pending' | 'done' | 'diverged'");
  register_type<ChoiceStatusName>("'pending' | 'chosen' | 'none' | 'no_rows'");

  value_object<Failure>("Failure").field("code", &Failure::code).field("message", &Failure::message);
  register_optional<Failure>();
  function("takeError", &take_error);
  function("version", &version);
  function("flavour", &flavour);
  function("liveHandles", &live);
  function("heapInUse", &heap_in_use);

  value_object<ShapeOptions>("ShapeOptions")
      .field("inputs", &ShapeOptions::inputs)
      .field("hidden", &ShapeOptions::hidden)
      .field("classes", &ShapeOptions::classes)
      .field("dropout", &ShapeOptions::dropout);
  value_object<TrainingOptions>("TrainingOptions")
      .field("epochs", &TrainingOptions::epochs)
      .field("batchSize", &TrainingOptions::batchSize)
      .field("learningRate", &TrainingOptions::learningRate)
      .field("weightDecay", &TrainingOptions::weightDecay)
      .field("schedule", &TrainingOptions::schedule);
  value_object<TargetOptions>("TargetOptions")
      .field("temperature", &TargetOptions::temperature)
      .field("softWeight", &TargetOptions::softWeight)
      .field("classWeights", &TargetOptions::classWeights);
  value_object<RowShares>("RowShares")
      .field("validation", &RowShares::validation)
      .field("test", &RowShares::test)
      .field("officialTestRows", &RowShares::officialTestRows);
  value_object<TeachersOptions>("TeachersOptions")
      .field("count", &TeachersOptions::count)
      .field("hidden", &TeachersOptions::hidden)
      .field("dropout", &TeachersOptions::dropout)
      .field("combination", &TeachersOptions::combination)
      .field("training", &TeachersOptions::training);
  value_object<StudentsOptions>("StudentsOptions")
      .field("sizes", &StudentsOptions::sizes)
      .field("seeds", &StudentsOptions::seeds)
      .field("temperature", &StudentsOptions::temperature)
      .field("softWeight", &StudentsOptions::softWeight)
      .field("training", &StudentsOptions::training);
  value_object<JobOptions>("JobOptions")
      .field("seed", &JobOptions::seed)
      .field("split", &JobOptions::split)
      .field("teachers", &JobOptions::teachers)
      .field("students", &JobOptions::students)
      .field("balanceClasses", &JobOptions::balanceClasses)
      .field("margin", &JobOptions::margin)
      .field("confidence", &JobOptions::confidence);

  class_<DatasetHandle>("Dataset")
      .function("columns", &DatasetHandle::columns)
      .function("features", &DatasetHandle::features)
      .function("labels", &DatasetHandle::labels)
      .function("classNames", &DatasetHandle::class_names)
      .function("save", &DatasetHandle::save);
  function("createDataset", &create_dataset);
  function("generateDataset", &generate_dataset);
  function("loadDataset", &load_dataset_file);

  class_<ModelHandle>("Model")
      .function("inputs", &ModelHandle::inputs)
      .function("classes", &ModelHandle::classes)
      .function("parameters", &ModelHandle::parameters)
      .function("hidden", &ModelHandle::hidden)
      .function("classNames", &ModelHandle::class_names)
      .function("reserve", &ModelHandle::reserve)
      .function("inputPointer", &ModelHandle::input_pointer)
      .function("outputPointer", &ModelHandle::output_pointer)
      .function("logits", &ModelHandle::logits)
      .function("probabilities", &ModelHandle::probabilities)
      .function("save", &ModelHandle::save);
  function("loadModel", &load_model_file);

  value_object<EpochStats>("EpochStats")
      .field("epoch", &EpochStats::epoch)
      .field("loss", &EpochStats::loss)
      .field("accuracy", &EpochStats::accuracy);
  class_<TrainerHandle>("Trainer")
      .function("finished", &TrainerHandle::finished)
      .function("stats", &TrainerHandle::stats)
      .function("advance", &TrainerHandle::advance)
      .function("runEpoch", &TrainerHandle::run_epoch)
      .function("checkpoint", &TrainerHandle::checkpoint)
      .function("model", &TrainerHandle::model);
  function("createTrainer", &create_trainer);
  function("resumeTrainer", &resume_trainer);

  value_object<Job>("Job")
      .field("id", &Job::id)
      .field("kind", &kind, &unwritten<Job, JobKindName>)
      .field("index", &Job::index)
      .field("seed", &Job::seed)
      .field("work", &Job::work)
      .field("input", &Job::input);
  register_optional<Job>();
  class_<WorkbenchHandle>("Workbench")
      .function("jobCount", &WorkbenchHandle::job_count)
      .function("job", &WorkbenchHandle::job);
  function("createWorkbench", &create_workbench);

  value_object<JobRun::Progress>("JobProgress")
      .field("epoch", &JobRun::Progress::epoch)
      .field("epochs", &JobRun::Progress::epochs)
      .field("loss", &JobRun::Progress::loss)
      .field("accuracy", &JobRun::Progress::accuracy);
  class_<JobRunHandle>("JobRun")
      .function("advance", &JobRunHandle::advance)
      .function("progress", &JobRunHandle::progress)
      .function("checkpoint", &JobRunHandle::checkpoint)
      .function("result", &JobRunHandle::result);
  function("createJobRun", &create_job_run);

  value_object<Interval>("Interval")
      .field("estimate", &Interval::estimate)
      .field("lower", &Interval::lower)
      .field("upper", &Interval::upper)
      .field("count", &Interval::count);
  value_object<Scores>("Scores")
      .field("accuracy", &Scores::accuracy)
      .field("nll", &Scores::nll)
      .field("agreement", &Scores::agreement)
      .field("kl", &Scores::kl);
  value_object<SizeScores>("SizeScores")
      .field("student", &SizeScores::student)
      .field("baseline", &SizeScores::baseline)
      .field("gain", &SizeScores::gain)
      .field("gainP", &SizeScores::gain_p)
      .field("klGain", &SizeScores::kl_gain)
      .field("klGainP", &SizeScores::kl_gain_p)
      .field("difference", &SizeScores::difference);
  value_object<Curve>("Curve")
      .field("rows", &Curve::rows)
      .field("teacherAccuracy", &Curve::teacher_accuracy)
      .field("ensembleAccuracy", &Curve::ensemble_accuracy)
      .field("ensembleNll", &Curve::ensemble_nll)
      .field("sizes", &list<&Curve::sizes, SizeScoresList, Curve>, &unwritten<Curve, SizeScoresList>);
  value_object<SizeInfo>("SizeInfo")
      .field("hidden", &list<&SizeInfo::hidden, NumberList, SizeInfo>, &unwritten<SizeInfo, NumberList>)
      .field("parameters", &SizeInfo::parameters)
      .field("bytes", &SizeInfo::bytes)
      .field("studentsDone", &SizeInfo::students_done)
      .field("baselinesDone", &SizeInfo::baselines_done)
      .field("diverged", &SizeInfo::diverged);
  value_object<TeacherInfo>("TeacherInfo")
      .field("state", &state, &unwritten<TeacherInfo, TeacherStateName>)
      .field("loss", &list<&TeacherInfo::loss, NumberList, TeacherInfo>, &unwritten<TeacherInfo, NumberList>)
      .field("accuracy", &list<&TeacherInfo::accuracy, NumberList, TeacherInfo>, &unwritten<TeacherInfo, NumberList>)
      .field("validationAccuracy", &TeacherInfo::validation_accuracy)
      .field("testAccuracy", &TeacherInfo::test_accuracy);
  value_object<Choice>("Choice")
      .field("status", &status, &unwritten<Choice, ChoiceStatusName>)
      .field("size", &Choice::size)
      .field("seed", &Choice::seed)
      .field("testDifference", &Choice::test_difference)
      .field("testAccuracy", &Choice::test_accuracy)
      .field("testAgreement", &Choice::test_agreement)
      .field("confirmed", &Choice::confirmed)
      .field("edge", &Choice::edge)
      .field("retainedEdge", &Choice::retained_edge);
  value_object<RowCounts>("RowCounts")
      .field("train", &RowCounts::train)
      .field("validation", &RowCounts::validation)
      .field("test", &RowCounts::test);
  value_object<Report>("Report")
      .field("finished", &Report::finished)
      .field("rows", &row_counts, &unwritten<Report, RowCounts>)
      .field("columns", &Report::columns)
      .field("classes", &Report::classes)
      .field("teacherParameters", &Report::teacher_parameters)
      .field("ensembleParameters", &Report::ensemble_parameters)
      .field("ensembleBytes", &Report::ensemble_bytes)
      .field("teachers", &list<&Report::teachers, TeacherInfoList, Report>, &unwritten<Report, TeacherInfoList>)
      .field("sizes", &list<&Report::sizes, SizeInfoList, Report>, &unwritten<Report, SizeInfoList>)
      .field("validation", &Report::validation)
      .field("test", &Report::test)
      .field("choice", &Report::choice);
  register_optional<Report>();
  value_object<Comparison>("Comparison").field("difference", &Comparison::difference).field("p", &Comparison::p);
  register_optional<Comparison>();
  function("comparePaired", &compare_paired);
  class_<PlanHandle>("Plan")
      .function("finished", &PlanHandle::finished)
      .function("done", &PlanHandle::done)
      .function("readyJobs", &PlanHandle::ready_jobs)
      .function("input", &PlanHandle::input)
      .function("absorb", &PlanHandle::absorb)
      .function("suspend", &PlanHandle::suspend)
      .function("progressOf", &PlanHandle::progress_of)
      .function("report", &PlanHandle::report)
      .function("setMargin", &PlanHandle::set_margin)
      .function("model", &PlanHandle::model)
      .function("chosen", &PlanHandle::chosen)
      .function("save", &PlanHandle::save);
  function("createPlan", &create_plan);
  function("resumePlan", &resume_plan);
}

}  // namespace distillery::bindings
