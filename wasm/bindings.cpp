/// The networks as JavaScript has them: tables, trainers, models. With this alone nothing of a plan is downloaded.

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <malloc.h>

#include "bindings.hpp"
#include "distillery/dataset.hpp"
#include "distillery/generators.hpp"
#include "distillery/kernels/kernels.hpp"
#include "distillery/model_file.hpp"
#include "distillery/network.hpp"

namespace distillery::bindings {

int live_handles = 0;

namespace {
std::optional<ErrorCode> failed;
char failed_because[512];
}  // namespace

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

val attempt(Body body, const val* arguments) {
  try {
    return body(arguments);
  } catch (...) {
    remember_failure();
    return val::null();
  }
}

namespace {

// ---- values ---------------------------------------------------------------------------------------------------------

constexpr const char* shapes[] = {"moons", "circles", "spirals"};

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
  if (!table["unlabelled"].isNull()) data.unlabelled = matrix_at(table, "unlabelled", count_at(table, "columns"));
  if (!table["ensemble"].isNull()) data.ensemble = matrix_at(table, "ensemble", data.class_names.size());
  data.imputation = static_cast<Imputation>(choose(table["imputation"], "imputation", imputations));
  if (const val groups = table["groups"]; !groups.isNull()) {
    data.groups.resize(length_of(groups));
    copy_in(groups, data.groups.data(), data.groups.size());
  }
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
val table_out(const Dataset& data) {
  Fields table;
  const auto put = [&](const char* name, const Matrix& values) {
    table.put(name, copy_out(values.data(), static_cast<std::size_t>(values.size())));
  };
  put("features", data.features);
  if (data.unlabelled.rows() > 0) put("unlabelled", data.unlabelled);
  if (data.ensemble.rows() > 0) put("ensemble", data.ensemble);
  if (!data.groups.empty()) table.put("groups", copy_out(data.groups.data(), data.groups.size()));
  if (data.imputation != Imputation::none)
    table.put("imputation", val(imputations[static_cast<std::size_t>(data.imputation)]));
  table.put("columns", data.columns());
  table.put("labels", copy_out(data.labels.data(), data.labels.size()));
  table.put("classNames", names_out(data.class_names));
  return table.done();
}

// ---- handles ------------------------------------------------------------------------------------------------------

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
  Objective objective{real_at(from, "temperature"), real_at(from, "softWeight"), reals_at(from, "classWeights"),
                      static_cast<SoftLoss>(choose(from["softLoss"], "softLoss", soft_losses)), real_at(from, "otherWeight")};
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

using None = TYPED("void");
using Flag = TYPED("boolean");
using MaybeFlag = TYPED("boolean | null");
using Unknown = TYPED("unknown");
using Failure = TYPED("import('./native.js').Failure | null");
using StateFields = TYPED("import('./native.js').State");
using Room = TYPED("import('./native.js').Room | null");
using Samples = TYPED("import('./native.js').Samples");
using Options = TYPED("import('./distillery.js').TrainerOptions");
using Shape = TYPED("Required<import('./types.js').Architecture> | null");
using Table = TYPED("import('./native.js').WholeTable");
using MaybeTable = TYPED("import('./types.js').Table | null");

}  // namespace

EMSCRIPTEN_BINDINGS(networks) {
  define<take_error, Failure()>("takeError");
  define<state, StateFields()>("state");
  define<release, None(HandleNumber)>("release");
  define<advance, MaybeFlag(HandleNumber, Number)>("advance");
  define<info, Unknown(HandleNumber)>("info");
  define<save, MaybeFile(HandleNumber)>("save");

  define<generate_table, MaybeTable(String, Number, Number, Number)>("generateTable");
  define<load_table, MaybeTable(File)>("loadTable");
  define<save_table, MaybeFile(Table)>("saveTable");

  define<load_model_file, MaybeHandle(File)>("loadModel");
  define<reserve, Room(HandleNumber, Number)>("reserve");

  define<create_trainer, MaybeHandle(Samples, Options, Shape, MaybeFile)>("createTrainer");
  define<trained_model, MaybeHandle(HandleNumber)>("trainedModel");
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
