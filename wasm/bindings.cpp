/// The library as JavaScript sees it. Converts and delegates, decides nothing.
///
/// No C++ exception crosses: a call that fails gives null, and `takeError` says why. What comes back is a copy, never
/// a view of the heap. Numbers are checked here, for a JavaScript number can be anything.
///
/// Options, reports and tables cross as plain objects, and objects of ours as numbers that JavaScript must `release`.
/// So all functions look alike to Embind, which would otherwise generate code for each signature, class and structure:
/// more than all of this file. What they take and give is said below, as TypeScript's types.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <emscripten/bind.h>
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

std::optional<ErrorCode> failed;
char failed_because[512];

/// Within a catch block. Allocates nothing, for memory may be what has run out.
void remember_failure() noexcept {
  const auto remember = [](ErrorCode code, const char* message) {
    failed = code;
    failed_because[std::string_view(message).copy(failed_because, sizeof failed_because - 1)] = 0;
  };
  try {
    rethrow_as_error();
  } catch (const Error& error) {
    remember(error.code(), error.what());
  } catch (const std::exception& error) {
    remember(ErrorCode::internal, error.what());
  }
}

/// What JavaScript calls: takes its arguments in a row.
using Body = val (*)(const val* arguments);

val attempt(Body body, const val* arguments) {
  try {
    return body(arguments);
  } catch (...) {
    remember_failure();
    return val::null();
  }
}

template <Body body, class Result, class... Arguments>
Result call(Arguments... arguments) {
  const std::array<val, sizeof...(arguments)> row{std::move(arguments)...};
  return Result(attempt(body, row.data()));
}

// ---- values coming in -----------------------------------------------------------------------------------------------

[[noreturn]] void refuse(const char* name, Piece wanted) {
  fail(ErrorCode::invalid_option, {"'", name, "' must be ", wanted, "."});
}

double whole(double value, const char* name, double most) {
  if (!(value >= 0 && value <= most && value == std::floor(value)))
    refuse(name, joined({"a whole number from 0 to ", most}));
  return value;
}
/// Whole numbers; ranges that are narrower are the library's to check.
std::uint32_t count(const val& value, const char* name) {
  return static_cast<std::uint32_t>(whole(value.as<double>(), name, 4294967295.0));
}
std::uint64_t seed_number(const val& value) {
  return static_cast<std::uint64_t>(whole(value.as<double>(), "seed", 9007199254740991.0));
}
int width(double value, const char* name) { return static_cast<int>(whole(value, name, 2147483647.0)); }
float real(double value, const char* name) {
  if (!std::isfinite(static_cast<float>(value))) refuse(name, "a finite number");
  return static_cast<float>(value);
}
/// The same, of a field of an object.
double number_at(const val& object, const char* name) { return object[name].as<double>(); }
std::uint32_t count_at(const val& object, const char* name) { return count(object[name], name); }
float real_at(const val& object, const char* name) { return real(number_at(object, name), name); }

/// Which of `names` it is; enumerators stand in the same order.
using Names = std::span<const char* const>;
std::uint8_t choose(const val& value, const char* name, Names names) {
  const auto given = value.as<std::string>();
  std::string wanted = "one of";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (given == names[i]) return static_cast<std::uint8_t>(i);
    wanted += joined({i ? ", '" : " '", names[i], "'"});
  }
  refuse(name, wanted);
}
constexpr const char* schedules[] = {"constant", "cosine"};
constexpr const char* combinations[] = {"mean_logits", "mean_probabilities"};
constexpr const char* shapes[] = {"moons", "circles", "spirals"};
constexpr const char* transfer_methods[] = {"none", "jitter", "mixup", "munge"};
constexpr const char* job_kinds[] = {"teacher", "baseline", "student", "test", "matched", "trial"};
constexpr const char* auto_recipe[] = {"auto"};
constexpr const char* teacher_states[] = {"pending", "done", "diverged"};
constexpr const char* choice_statuses[] = {"pending", "chosen", "none", "no_rows"};

constexpr const char* flavour =
#if defined(__wasm_relaxed_simd__)
    "fast";
#elif defined(__wasm_simd128__)
    "simd";
#else
    "scalar";
#endif

std::size_t length_of(const val& list) { return static_cast<std::size_t>(number_at(list, "length")); }

/// Copies a typed array into memory of ours.
template <class T>
void copy_in(const val& array, T* target, std::size_t size) {
  if (size > 0) val(emscripten::typed_memory_view(size, target)).call<void>("set", array);
}
Bytes bytes_in(const val& array) {
  Bytes bytes(length_of(array));
  copy_in(array, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size());
  return bytes;
}
/// A list of whatever `convert` makes of its values.
template <class T, class Convert>
std::vector<T> list_in(const val& list, Convert convert) {
  std::vector<T> values;
  const std::size_t size = length_of(list);
  for (std::size_t i = 0; i < size; ++i) values.push_back(convert(list[i]));
  return values;
}
std::vector<int> widths_in(const val& list) {
  return list_in<int>(list, [](const val& value) { return width(value.as<double>(), "hidden"); });
}
std::vector<double> doubles_in(const val& list) {
  return list_in<double>(list, [](const val& value) { return value.as<double>(); });
}
std::vector<std::string> names_in(const val& list) {
  return list_in<std::string>(list, [](const val& name) { return name.as<std::string>(); });
}
std::vector<float> reals_at(const val& object, const char* name) {
  return list_in<float>(object[name], [name](const val& value) { return real(value.as<double>(), name); });
}
Matrix matrix_at(const val& object, const char* name, std::size_t columns) {
  const val array = object[name];
  const std::size_t size = length_of(array);
  if (columns == 0 || size % columns != 0)
    fail(ErrorCode::shape_mismatch,
         {"'", name, "' has ", size, " numbers, which is no multiple of ", columns, " columns."});
  Matrix matrix(static_cast<Eigen::Index>(size / columns), static_cast<Eigen::Index>(columns));
  copy_in(array, matrix.data(), size);
  return matrix;
}

Dataset table_in(const val& table) {
  Dataset data;
  data.class_names = names_in(table["classNames"]);
  data.features = matrix_at(table, "features", count_at(table, "columns"));
  const val labels = table["labels"];
  data.labels.resize(length_of(labels));
  copy_in(labels, data.labels.data(), data.labels.size());
  data.validate();
  return data;
}
Architecture shape_in(const val& from) {
  return {width(number_at(from, "inputs"), "inputs"), widths_in(from["hidden"]),
          width(number_at(from, "classes"), "classes"), reals_at(from, "dropout")};
}
TrainOptions training_in(const val& from) {
  TrainOptions options;
  options.epochs = count_at(from, "epochs");
  options.batch_size = count_at(from, "batchSize");
  options.optimizer.learning_rate = real_at(from, "learningRate");
  options.optimizer.weight_decay = real_at(from, "weightDecay");
  options.optimizer.schedule = static_cast<Schedule>(choose(from["schedule"], "schedule", schedules));
  return options;
}
TransferOptions transfer_in(const val& from) {
  return {.method = static_cast<TransferMethod>(choose(from["method"], "method", transfer_methods)),
          .copies = count_at(from, "copies"),
          .deviation = real_at(from, "deviation"),
          .alpha = real_at(from, "alpha"),
          .swap = real_at(from, "swap"),
          .locality = real_at(from, "locality")};
}
/// 'auto', or a list.
std::vector<Recipe> recipes_in(const val& from) {
  if (from.isString()) return choose(from, "recipe", auto_recipe), standard_recipes();
  return list_in<Recipe>(from, [](const val& recipe) {
    return Recipe{number_at(recipe, "temperature"), number_at(recipe, "softWeight"), recipe["transfer"].as<bool>()};
  });
}
PlanOptions plan_in(const val& from) {
  const val split = from["split"], teachers = from["teachers"], students = from["students"];
  return {.seed = seed_number(from["seed"]),
          .split = {.validation = number_at(split, "validation"),
                    .test = number_at(split, "test"),
                    .official_test_rows = count_at(split, "officialTestRows")},
          .teachers = {.count = count_at(teachers, "count"),
                       .hidden = widths_in(teachers["hidden"]),
                       .dropout = reals_at(teachers, "dropout"),
                       .combination =
                           static_cast<Combination>(choose(teachers["combination"], "combination", combinations)),
                       .training = training_in(teachers["training"])},
          .students = {.sizes = list_in<std::vector<int>>(students["sizes"], widths_in),
                       .seeds = count_at(students, "seeds"),
                       .recipes = recipes_in(students["recipe"]),
                       .trials = count_at(students, "trials"),
                       .transfer = transfer_in(students["transfer"]),
                       .training = training_in(students["training"])},
          .balance_classes = from["balanceClasses"].as<bool>(),
          .margin = number_at(from, "margin"),
          .confidence = number_at(from, "confidence")};
}

// ---- values going out -----------------------------------------------------------------------------------------------

/// A typed array of its own, copied from memory of ours.
template <class T>
val copy_out(const T* data, std::size_t size) {
  return val(emscripten::typed_memory_view(size, data)).template call<val>("slice");
}
val bytes_out(ByteView bytes) {
  return copy_out(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// An object, field by field.
class Fields {
 public:
  void put(const char* name, double value) { put(name, val(value)); }
  void put(const char* name, const val& value) { object_.set(name, value); }
  const val& done() const { return object_; }

 private:
  val object_ = val::object();
};
/// A list of whatever `convert` makes of the values.
template <class List, class Convert>
val list_out(const List& values, Convert convert) {
  val list = val::array();
  for (const auto& value : values) list.call<void>("push", convert(value));
  return list;
}
val numbers_out(const auto& values) {
  return list_out(values, [](auto value) { return val(static_cast<double>(value)); });
}
val names_out(const std::vector<std::string>& names) {
  return list_out(names, [](const std::string& name) { return val(name); });
}

val table_out(const Dataset& data) {
  Fields table;
  table.put("features", copy_out(data.features.data(), static_cast<std::size_t>(data.features.size())));
  table.put("columns", data.columns());
  table.put("labels", copy_out(data.labels.data(), data.labels.size()));
  table.put("classNames", names_out(data.class_names));
  return table.done();
}
val job_out(const Job& job) {
  Fields fields;
  fields.put("id", job.id);
  fields.put("kind", val(job_kinds[static_cast<std::size_t>(job.kind)]));
  fields.put("index", job.index);
  fields.put("seed", job.seed);
  fields.put("recipe", job.recipe);
  fields.put("work", job.work);
  fields.put("input", job.input);
  return fields.done();
}
/// Figures of the last finished epoch, and one more.
val progress_out(const auto& last, const char* name, auto value) {
  Fields fields;
  fields.put("epoch", last.epoch);
  fields.put("loss", last.loss);
  fields.put("accuracy", last.accuracy);
  fields.put(name, val(value));
  return fields.done();
}
val interval_out(const Interval& interval) {
  Fields fields;
  fields.put("estimate", interval.estimate);
  fields.put("lower", interval.lower);
  fields.put("upper", interval.upper);
  fields.put("count", interval.count);
  return fields.done();
}
/// Named as `FiguresOf` orders them.
template <class T>
val figures_out(const FiguresOf<T>& figures, val (*convert)(T)) {
  constexpr const char* names[] = {"accuracy", "macroF1", "rocAuc",    "nll", "brier",
                                   "ece",      "agreement", "kl", "agreementOnErrors", "agreementNearBoundary"};
  Fields fields;
  for (std::size_t i = 0; i < std::size(names); ++i) fields.put(names[i], convert(figures.*FiguresOf<T>::members[i]));
  return fields.done();
}
val scores_out(const Scores& scores) { return figures_out<Interval>(scores, [](Interval interval) { return interval_out(interval); }); }
val size_scores_out(const SizeScores& scores) {
  Fields fields;
  fields.put("student", scores_out(scores.student));
  fields.put("baseline", scores_out(scores.baseline));
  fields.put("matched", scores_out(scores.matched));
  fields.put("gain", interval_out(scores.gain));
  fields.put("gainP", scores.gain_p);
  fields.put("gainHolm", scores.gain_holm);
  fields.put("klGain", interval_out(scores.kl_gain));
  fields.put("klGainP", scores.kl_gain_p);
  fields.put("matchedGain", interval_out(scores.matched_gain));
  fields.put("matchedGainP", scores.matched_gain_p);
  fields.put("matchedGainHolm", scores.matched_gain_holm);
  fields.put("difference", interval_out(scores.difference));
  return fields.done();
}
val curve_out(const Curve& curve) {
  Fields fields;
  fields.put("rows", curve.rows);
  fields.put("teacherAccuracy", interval_out(curve.teacher_accuracy));
  fields.put("ensembleAccuracy", interval_out(curve.ensemble_accuracy));
  fields.put("ensemble", figures_out<double>(curve.ensemble, [](double figure) { return val(figure); }));
  fields.put("sizes", list_out(curve.sizes, size_scores_out));
  return fields.done();
}
val teacher_out(const TeacherInfo& teacher) {
  Fields fields;
  fields.put("state", val(teacher_states[static_cast<std::size_t>(teacher.state)]));
  fields.put("loss", numbers_out(teacher.loss));
  fields.put("accuracy", numbers_out(teacher.accuracy));
  fields.put("validationAccuracy", teacher.validation_accuracy);
  fields.put("testAccuracy", teacher.test_accuracy);
  return fields.done();
}
val size_out(const SizeInfo& size) {
  Fields fields;
  fields.put("hidden", numbers_out(size.hidden));
  fields.put("recipe", size.recipe);
  fields.put("parameters", size.parameters);
  fields.put("bytes", size.bytes);
  fields.put("studentsDone", size.students_done);
  fields.put("baselinesDone", size.baselines_done);
  fields.put("matchedDone", size.matched_done);
  fields.put("diverged", size.diverged);
  return fields.done();
}
val recipe_out(const Recipe& recipe) {
  Fields fields;
  fields.put("temperature", recipe.temperature);
  fields.put("softWeight", recipe.soft_weight);
  fields.put("transfer", val(recipe.transfer));
  return fields.done();
}
val recipe_score_out(const RecipeScore& score) {
  Fields fields;
  fields.put("trials", score.trials);
  fields.put("accuracy", score.accuracy);
  fields.put("nll", score.nll);
  fields.put("behind", interval_out(score.behind));
  return fields.done();
}
val trials_out(const RecipeTrials& trials) {
  Fields fields;
  fields.put("first", trials.first);
  fields.put("last", trials.last);
  fields.put("size", trials.size);
  fields.put("candidates", list_out(trials.choice.candidates, recipe_score_out));
  fields.put("chosen", trials.choice.chosen);
  return fields.done();
}
val choice_out(const Choice& choice) {
  Fields fields;
  fields.put("status", val(choice_statuses[static_cast<std::size_t>(choice.status)]));
  fields.put("size", choice.size);
  fields.put("seed", choice.seed);
  fields.put("testDifference", interval_out(choice.test_difference));
  fields.put("testAccuracy", choice.test_accuracy);
  fields.put("testAgreement", choice.test_agreement);
  fields.put("confirmed", val(choice.confirmed));
  fields.put("supportedMargin", choice.supported_margin);
  fields.put("rowsNeeded", choice.rows_needed);
  fields.put("edge", interval_out(choice.edge));
  fields.put("retainedEdge", interval_out(choice.retained_edge));
  return fields.done();
}
val report_out(const Report& report) {
  Fields rows, fields;
  rows.put("train", report.train_rows);
  rows.put("validation", report.validation_rows);
  rows.put("test", report.test_rows);
  fields.put("flavour", val(flavour));
  fields.put("finished", val(report.finished));
  fields.put("rows", rows.done());
  fields.put("columns", report.columns);
  fields.put("classes", report.classes);
  fields.put("teacherParameters", report.teacher_parameters);
  fields.put("ensembleParameters", report.ensemble_parameters);
  fields.put("ensembleBytes", report.ensemble_bytes);
  fields.put("teachers", list_out(report.teachers, teacher_out));
  fields.put("sizes", list_out(report.sizes, size_out));
  fields.put("recipes", list_out(report.recipes, recipe_out));
  fields.put("trials", list_out(report.trials, trials_out));
  fields.put("validation", curve_out(report.validation));
  fields.put("test", curve_out(report.test));
  fields.put("choice", choice_out(report.choice));
  return fields.done();
}

// ---- handles ------------------------------------------------------------------------------------------------------

int live_handles = 0;

/// What JavaScript holds, as the number of its address. Counted, so that tests can see that nobody forgets to release.
struct Handle {
  Handle() noexcept { ++live_handles; }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  virtual ~Handle() { --live_handles; }

  /// A slice of work: whether it ended something, an epoch or a job.
  virtual bool advance(std::uint32_t) { return false; }
  virtual val info() const { return val::null(); }
  /// A file: of a model its own, else all that is needed to go on.
  virtual Bytes save() const { return {}; }
};

template <class T>
T& the(const val& handle) {
  return *reinterpret_cast<T*>(static_cast<std::uintptr_t>(handle.as<double>()));
}
/// Hands it over to JavaScript.
val give(Handle* handle) { return val(static_cast<double>(reinterpret_cast<std::uintptr_t>(handle))); }

/// A network that answers on raw rows, with memory for `reserve`d rows, so that answering allocates nothing.
struct ModelHandle final : Handle {
  explicit ModelHandle(Model&& loaded) : model(std::move(loaded)), predictor(model.network) { reserve(1); }
  Model model;
  Predictor predictor;
  std::size_t room = 0;  // in rows
  std::vector<float> input, output;

  std::size_t inputs() const { return model.scaling.mean.size(); }
  std::size_t classes() const { return model.class_names.size(); }
  val info() const override {
    const Architecture& shape = model.network.architecture();
    Fields fields;
    fields.put("inputs", shape.inputs);
    fields.put("classes", shape.classes);
    fields.put("hidden", numbers_out(shape.hidden));
    fields.put("classNames", names_out(model.class_names));
    fields.put("parameters", static_cast<double>(shape.parameter_count()));
    return fields.done();
  }
  Bytes save() const override { return save_model(model); }

  /// Where there is no memory for it, the old room stays.
  void reserve(std::size_t rows) {
    std::vector<float> more_input(rows * inputs());
    std::vector<float> more_output(rows * classes() + kernels::lane_multiple);  // see `normalise`
    input.swap(more_input);
    output.swap(more_output);
    room = rows;
  }

  /// Rows from the input buffer, scaled as `Standardisation::apply` does, to logits in the output buffer.
  void answer(std::size_t rows, bool as_probabilities) {
    if (rows > room) fail(ErrorCode::wrong_state, "There is no room for so many rows: reserve it first.");
    float* x = input.data();
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t i = 0; i < inputs(); ++i, ++x) {
        *x = (*x - model.scaling.mean[i]) / model.scaling.scale[i];
        if (!std::isfinite(*x))
          fail(ErrorCode::invalid_data, {"The value in row ", r + 1, ", column ", i + 1,
               " is not finite, or much too far from the training rows."});
      }
    predictor.logits(input.data(), rows, inputs(), output.data());
    for (std::size_t r = 0; as_probabilities && r < rows; ++r) normalise(output.data() + r * classes());
  }

 private:
  /// One row's logits to probabilities, in place. The kernel writes padding behind them, which is the next row.
  void normalise(float* row) const {
    float next[kernels::lane_multiple], max, sum;
    const int count = static_cast<int>(classes());
    const auto stride = static_cast<std::size_t>(kernels::padded(count));
    std::copy_n(row + count, kernels::lane_multiple, next);
    kernels::softmax({row, 1, count, stride, nullptr}, 1.0f, {row, 1, count, stride, nullptr}, &max, &sum);
    std::copy_n(next, kernels::lane_multiple, row + count);
  }
};

/// Trains one network on a whole table, scaled to mean 0 and deviation 1.
struct TrainerHandle final : Handle {
  TrainerHandle(std::vector<std::string> names, Standardisation fitted, Trainer&& made)
      : class_names(std::move(names)), scaling(std::move(fitted)), trainer(std::move(made)) {}
  std::vector<std::string> class_names;
  Standardisation scaling;
  Trainer trainer;
  EpochStats last{};

  bool advance(std::uint32_t rows) override {
    const auto done = trainer.advance(rows);
    if (done) last = *done;
    return done.has_value();
  }
  val info() const override { return progress_out(last, "finished", trainer.finished()); }
  Bytes save() const override { return trainer.checkpoint(); }
};

/// A table that arrives in pieces, so that nobody has to hold it twice. A workbench takes the rows out of it.
struct TableHandle final : Handle {
  Dataset data;
};

struct WorkbenchHandle final : Handle {
  explicit WorkbenchHandle(std::shared_ptr<const Workbench> made) : workbench(std::move(made)) {}
  std::shared_ptr<const Workbench> workbench;
};

struct JobRunHandle final : Handle {
  explicit JobRunHandle(JobRun&& made) : run(std::move(made)) {}
  JobRun run;

  bool advance(std::uint32_t rows) override { return run.advance(rows); }
  val info() const override {
    const JobRun::Progress progress = run.progress();
    return progress_out(progress, "epochs", progress.epochs);
  }
  Bytes save() const override { return run.checkpoint(); }
};

struct PlanHandle final : Handle {
  explicit PlanHandle(Plan&& made) : plan(std::move(made)) {}
  Plan plan;

  val info() const override { return report_out(plan.report()); }
  Bytes save() const override { return plan.save(); }
};

// ---- the functions --------------------------------------------------------------------------------------------------

/// What went wrong in the last call that failed, once.
val take_error(const val*) {
  if (!failed) return val::null();
  Fields error;
  error.put("code", val(std::string(error_name(*std::exchange(failed, std::nullopt)))));
  error.put("message", val(std::string(failed_because)));
  return error.done();
}

val state(const val*) {
  Fields fields;
  fields.put("version", val(DISTILLERY_VERSION));
  fields.put("flavour", val(flavour));
  fields.put("liveHandles", live_handles);
  fields.put("heapInUse", static_cast<double>(mallinfo().uordblks));
  return fields.done();
}

val release(const val* a) { return delete &the<Handle>(a[0]), val::null(); }
val advance(const val* a) { return val(the<Handle>(a[0]).advance(count(a[1], "rows"))); }
val info(const val* a) { return the<Handle>(a[0]).info(); }
val save(const val* a) { return bytes_out(the<Handle>(a[0]).save()); }

val generate_table(const val* a) {
  return table_out(generate(static_cast<Shape2d>(choose(a[0], "shape", shapes)), count(a[1], "rows"), a[2].as<double>(),
                            seed_number(a[3])));
}
val load_table(const val* a) { return table_out(load_dataset(bytes_in(a[0]))); }
val save_table(const val* a) { return bytes_out(save_dataset(table_in(a[0]))); }

val load_model_file(const val* a) { return give(new ModelHandle(load_model(bytes_in(a[0])))); }
/// Where the rows go, and where the answers will be.
val reserve(const val* a) {
  auto& model = the<ModelHandle>(a[0]);
  model.reserve(count(a[1], "rows"));
  Fields fields;
  fields.put("input", static_cast<double>(reinterpret_cast<std::uintptr_t>(model.input.data())));
  fields.put("output", static_cast<double>(reinterpret_cast<std::uintptr_t>(model.output.data())));
  return fields.done();
}

/// samples, options, architecture: of a new network, or null; checkpoint: where to go on, or null.
val create_trainer(const val* a) {
  const val &samples = a[0], &from = a[1], &shape = a[2], &checkpoint = a[3];
  Dataset data = table_in(samples);
  std::vector<std::uint32_t> rows(data.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  auto scaling = Standardisation::fit(data.features, rows);
  scaling.apply(data.features);
  std::optional<Matrix> soft;
  if (!samples["softTargets"].isNull()) soft = matrix_at(samples, "softTargets", data.class_names.size());
  auto source = std::make_shared<const TableSource>(std::move(data.features), std::move(data.labels), data.classes(),
                                                    std::move(soft));
  TrainOptions options = training_in(from["training"]);
  options.seed = seed_number(from["seed"]);
  Objective objective{real_at(from, "temperature"), real_at(from, "softWeight"), reals_at(from, "classWeights")};
  Trainer trainer =
      checkpoint.isNull()
          ? Trainer(Mlp(shape_in(shape), options.seed), std::move(source), std::move(objective), options)
          : Trainer::resume(bytes_in(checkpoint), std::move(source), std::move(objective), options);
  return give(new TrainerHandle(std::move(data.class_names), std::move(scaling), std::move(trainer)));
}
val trained_model(const val* a) {
  auto& handle = the<TrainerHandle>(a[0]);
  return give(new ModelHandle(Model{handle.trainer.model(), handle.scaling, handle.class_names}));
}

val create_table(const val* a) {
  auto table = std::make_unique<TableHandle>();
  const std::uint32_t rows = count(a[0], "rows");
  table->data.features.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(count(a[1], "columns")));
  table->data.labels.resize(rows);
  table->data.class_names = names_in(a[2]);
  return give(table.release());
}
/// Rows from `first` on.
val fill_table(const val* a) {
  Dataset& data = the<TableHandle>(a[0]).data;
  const std::size_t first = count(a[1], "first"), columns = static_cast<std::size_t>(data.features.cols());
  const std::size_t values = length_of(a[2]), labels = length_of(a[3]);
  if (values != labels * columns || first > data.rows() || labels > data.rows() - first)
    fail(ErrorCode::shape_mismatch, {"The features have ", values, " numbers for ", labels, " labels and ", columns, " columns."});
  copy_in(a[2], data.features.data() + first * columns, values);
  copy_in(a[3], data.labels.data() + first, labels);
  return val(true);
}
/// Empties the table.
val create_workbench(const val* a) {
  return give(new WorkbenchHandle(std::make_shared<const Workbench>(std::move(the<TableHandle>(a[0]).data), plan_in(a[1]))));
}
val create_job_run(const val* a) {
  return give(new JobRunHandle(
      JobRun(the<WorkbenchHandle>(a[0]).workbench, count(a[1], "job"), bytes_in(a[2]), bytes_in(a[3]))));
}
val job_result(const val* a) { return bytes_out(the<JobRunHandle>(a[0]).run.result()); }

/// saved: where to go on, or null.
val create_plan(const val* a) {
  const auto& workbench = the<WorkbenchHandle>(a[0]).workbench;
  return give(new PlanHandle(a[1].isNull() ? Plan(workbench) : Plan::resume(workbench, bytes_in(a[1]))));
}
Plan& plan(const val* a) { return the<PlanHandle>(a[0]).plan; }
JobId job(const val* a) { return count(a[1], "job"); }
val finished(const val* a) { return val(plan(a).finished()); }
val done(const val* a) { return val(plan(a).done(job(a))); }
val jobs(const val* a) { return list_out(plan(a).jobs(), job_out); }
val ready_jobs(const val* a) { return list_out(plan(a).ready_jobs(), job_out); }
val job_input(const val* a) { return bytes_out(plan(a).input(job(a))); }
val absorb(const val* a) { return plan(a).absorb(job(a), bytes_in(a[2])), val(true); }
val suspend(const val* a) { return plan(a).suspend(job(a), bytes_in(a[2])), val(true); }
val progress_of(const val* a) { return bytes_out(plan(a).progress_of(job(a))); }
val set_margin(const val* a) { return plan(a).set_margin(a[1].as<double>()), val(true); }
val network(const val* a) {
  return bytes_out(save_model(plan(a).model(static_cast<JobKind>(choose(a[1], "kind", job_kinds)), count(a[2], "index"),
                                            count(a[3], "seed"))));
}
val chosen(const val* a) { return bytes_out(save_model(plan(a).chosen())); }

val compare_paired(const val* a) {
  const auto left = doubles_in(a[0]), right = doubles_in(a[1]);
  Fields fields;
  fields.put("difference", interval_out(paired_t_interval(left, right, a[2].as<double>())));
  fields.put("p", paired_t_p_value(left, right));
  return fields.done();
}

// ---- their types in TypeScript --------------------------------------------------------------------------------------

/// A value with the text that stands for its type in the declarations that Emscripten writes. Only one build writes them
/// (cmake/wasm-package.cmake); to the others all are the same `val`, and cost nothing.
#ifdef DISTILLERY_DECLARATIONS
template <std::size_t length>
struct Text {
  char characters[length];
  constexpr Text(const char (&text)[length]) { std::copy_n(text, length, characters); }  // NOLINT: implicit on purpose
};
template <Text text>
struct Typed : val {
  explicit Typed(val value) : val(std::move(value)) {}
  /// Once for each type.
  static void declare() {
    static const bool declared = (emscripten::register_type<Typed>(text.characters), true);
    static_cast<void>(declared);
  }
};
#define TYPED(text) Typed<text>
template <class... Types>
void declare() {
  (Types::declare(), ...);
}
#else
#define TYPED(text) val
template <class... Types>
void declare() {}
#endif

using None = TYPED("void");
using Flag = TYPED("boolean");
using Number = TYPED("number");
using Numbers = TYPED("number[]");
using String = TYPED("string");
using Strings = TYPED("string[]");
using Floats = TYPED("Float32Array");
using Ints = TYPED("Int32Array");
using File = TYPED("Uint8Array");
using MaybeFile = TYPED("Uint8Array | null");
using MaybeFlag = TYPED("boolean | null");
using Done = TYPED("true | null");
using HandleNumber = TYPED("import('./native.js').Handle");
using MaybeHandle = TYPED("import('./native.js').Handle | null");
using Unknown = TYPED("unknown");
using Failure = TYPED("import('./native.js').Failure | null");
using StateFields = TYPED("import('./native.js').State");
using Room = TYPED("import('./native.js').Room | null");
using Comparison = TYPED("import('./native.js').Comparison | null");
using Jobs = TYPED("import('./native.js').Job[] | null");
using Samples = TYPED("import('./native.js').Samples");
using Options = TYPED("import('./distillery.js').TrainerOptions");
using Shape = TYPED("Required<import('./types.js').Architecture> | null");
using Table = TYPED("import('./types.js').Table");
using MaybeTable = TYPED("import('./types.js').Table | null");
using PlanFields = TYPED("import('./types.js').Plan");

template <Body body, class Signature>
struct Function;
template <Body body, class Result, class... Arguments>
struct Function<body, Result(Arguments...)> {
  static void define(const char* name) {
    declare<Result, Arguments...>();
    emscripten::function(name, &call<body, Result, Arguments...>);
  }
};
/// Makes a function known to JavaScript.
template <Body body, class Signature>
void define(const char* name) {
  Function<body, Signature>::define(name);
}

}  // namespace

EMSCRIPTEN_BINDINGS(distillery) {
  define<take_error, Failure()>("takeError");
  define<state, StateFields()>("state");
  define<release, None(HandleNumber)>("release");
  define<advance, MaybeFlag(HandleNumber, Number)>("advance");
  define<info, Unknown(HandleNumber)>("info");
  define<save, MaybeFile(HandleNumber)>("save");

  define<generate_table, MaybeTable(String, Number, Number, Number)>("generateTable");
  define<load_table, MaybeTable(File)>("loadTable");
  define<save_table, MaybeFile(Table)>("saveTable");
  define<compare_paired, Comparison(Numbers, Numbers, Number)>("comparePaired");

  define<load_model_file, MaybeHandle(File)>("loadModel");
  define<reserve, Room(HandleNumber, Number)>("reserve");

  define<create_trainer, MaybeHandle(Samples, Options, Shape, MaybeFile)>("createTrainer");
  define<trained_model, MaybeHandle(HandleNumber)>("trainedModel");

  define<create_table, MaybeHandle(Number, Number, Strings)>("createTable");
  define<fill_table, Done(HandleNumber, Number, Floats, Ints)>("fillTable");
  define<create_workbench, MaybeHandle(HandleNumber, PlanFields)>("createWorkbench");
  define<create_job_run, MaybeHandle(HandleNumber, Number, File, File)>("createJobRun");
  define<job_result, MaybeFile(HandleNumber)>("jobResult");

  define<create_plan, MaybeHandle(HandleNumber, MaybeFile)>("createPlan");
  define<finished, Flag(HandleNumber)>("finished");
  define<done, Flag(HandleNumber, Number)>("done");
  define<jobs, Jobs(HandleNumber)>("jobs");
  define<ready_jobs, Jobs(HandleNumber)>("readyJobs");
  define<job_input, MaybeFile(HandleNumber, Number)>("jobInput");
  define<absorb, Done(HandleNumber, Number, File)>("absorb");
  define<suspend, Done(HandleNumber, Number, File)>("suspend");
  define<progress_of, MaybeFile(HandleNumber, Number)>("progressOf");
  define<set_margin, Done(HandleNumber, Number)>("setMargin");
  define<network, MaybeFile(HandleNumber, String, Number, Number)>("network");
  define<chosen, MaybeFile(HandleNumber)>("chosen");
}

/// Whether a model has answered. Called for single rows, which take less time than a call through Embind: so it is a plain
/// export of the WebAssembly.
extern "C" EMSCRIPTEN_KEEPALIVE bool answer(ModelHandle* model, std::size_t rows, bool as_probabilities) {
  try {
    model->answer(rows, as_probabilities);
    return true;
  } catch (...) {
    remember_failure();
    return false;
  }
}

}  // namespace distillery::bindings
