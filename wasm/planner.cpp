/// Plans as JavaScript has them: workbenches, jobs, the report.

#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "distillery/comparison.hpp"
#include "distillery/decomposition.hpp"
#include "distillery/ensemble.hpp"
#include "distillery/hypothesis.hpp"
#include "distillery/metrics.hpp"
#include "distillery/model_file.hpp"
#include "distillery/plan.hpp"
#include "distillery/statistics.hpp"

namespace distillery::bindings {
namespace {

// ---- values coming in -----------------------------------------------------------------------------------------------

constexpr const char* combinations[] = {"mean_logits", "mean_probabilities"};
constexpr const char* transfer_methods[] = {"none", "jitter", "mixup", "munge"};
constexpr const char* job_kinds[] = {"teacher", "baseline", "student", "test", "matched", "trial", "assistant"};
constexpr const char* auto_recipe[] = {"auto"};
constexpr const char* teacher_states[] = {"pending", "done", "diverged"};
constexpr const char* choice_statuses[] = {"pending", "chosen", "none", "no_rows"};

std::vector<double> doubles_in(const val& list) {
  return list_in<double>(list, [](const val& value) { return value.as<double>(); });
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
std::vector<Recipe> recipes_in(const val& from, bool assistants) {
  if (from.isString()) return choose(from, "recipe", auto_recipe), standard_recipes(assistants);
  return list_in<Recipe>(from, [](const val& recipe) {
    return Recipe{.temperature = number_at(recipe, "temperature"),
                  .soft_weight = number_at(recipe, "softWeight"),
                  .transfer = recipe["transfer"].as<bool>(),
                  .loss = static_cast<SoftLoss>(choose(recipe["loss"], "loss", soft_losses)),
                  .other_weight = number_at(recipe, "otherWeight"),
                  .assistant = recipe["assistant"].as<bool>()};
  });
}
PlanOptions plan_in(const val& from) {
  const val split = from["split"], teachers = from["teachers"], students = from["students"];
  auto assistants = list_in<std::vector<int>>(students["assistants"], widths_in);
  auto recipes = recipes_in(students["recipe"], !assistants.empty());
  return {.seed = seed_number(from["seed"]),
          .split = {.validation = number_at(split, "validation"),
                    .test = number_at(split, "test"),
                    .official_test_rows = count_at(split, "officialTestRows")},
          .teachers = {.count = count_at(teachers, "count"),
                       .hidden = widths_in(teachers["hidden"]),
                       .dropout = reals_at(teachers, "dropout"),
                       .combination =
                           static_cast<Combination>(choose(teachers["combination"], "combination", combinations)),
                       .fitted_weights = teachers["fittedWeights"].as<bool>(),
                       .calibrated = teachers["calibrated"].as<bool>(),
                       .folds = count_at(teachers, "folds"),
                       .patience = count_at(teachers, "patience"),
                       .training = training_in(teachers["training"])},
          .students = {.sizes = list_in<std::vector<int>>(students["sizes"], widths_in),
                       .seeds = count_at(students, "seeds"),
                       .first_seeds = count_at(students, "firstSeeds"),
                       .assistants = std::move(assistants),
                       .recipes = std::move(recipes),
                       .trials = count_at(students, "trials"),
                       .transfer = transfer_in(students["transfer"]),
                       .patience = count_at(students, "patience"),
                       .int8 = students["int8"].as<bool>(),
                       .training = training_in(students["training"])},
          .balance_classes = from["balanceClasses"].as<bool>(),
          .margin = number_at(from, "margin"),
          .confidence = number_at(from, "confidence")};
}

// ---- values going out -----------------------------------------------------------------------------------------------

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
  fields.put("quantised", scores_out(scores.quantised));
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
  fields.put("ensembles", list_out(curve.ensembles, interval_out));
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
  fields.put("weight", teacher.weight);
  return fields.done();
}
val assistant_out(const AssistantInfo& assistant) {
  Fields fields;
  fields.put("hidden", numbers_out(assistant.hidden));
  fields.put("parameters", assistant.parameters);
  fields.put("done", val(assistant.done));
  fields.put("validationAccuracy", assistant.validation_accuracy);
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
  fields.put("loss", val(soft_losses[static_cast<std::size_t>(recipe.loss)]));
  fields.put("otherWeight", recipe.other_weight);
  fields.put("assistant", val(recipe.assistant));
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
  fields.put("calibration", report.calibration);
  fields.put("teachers", list_out(report.teachers, teacher_out));
  fields.put("assistants", list_out(report.assistants, assistant_out));
  fields.put("sizes", list_out(report.sizes, size_out));
  fields.put("recipes", list_out(report.recipes, recipe_out));
  fields.put("trials", list_out(report.trials, trials_out));
  fields.put("validation", curve_out(report.validation));
  fields.put("test", curve_out(report.test));
  fields.put("choice", choice_out(report.choice));
  return fields.done();
}

// ---- handles ------------------------------------------------------------------------------------------------------

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

val create_table(const val* a) {
  auto table = std::make_unique<TableHandle>();
  Dataset& data = table->data;
  const auto number = [](const val& value, const char* name) { return static_cast<Eigen::Index>(count(value, name)); };
  const Eigen::Index rows = number(a[0], "rows"), columns = number(a[1], "columns"), unlabelled = number(a[3], "unlabelled");
  data.class_names = names_in(a[2]);
  data.features.resize(rows, columns);
  data.labels.resize(static_cast<std::size_t>(rows));
  if (unlabelled > 0) data.unlabelled.resize(unlabelled, columns);
  if (a[4].as<bool>()) data.ensemble.resize(rows + unlabelled, data.classes());
  if (a[5].as<bool>()) data.groups.resize(data.labels.size());
  data.imputation = static_cast<Imputation>(choose(a[6], "imputation", imputations));
  return give(table.release());
}
/// Rows from `first` on, all of one kind: those without labels follow after the others. ensemble, groups: null where there
/// are none.
val fill_table(const val* a) {
  Dataset& data = the<TableHandle>(a[0]).data;
  const val &features = a[2], &labels = a[3], &ensemble = a[4], &groups = a[5];
  const std::size_t first = count(a[1], "first"), columns = static_cast<std::size_t>(data.features.cols());
  const std::size_t values = length_of(features), rows = columns > 0 ? values / columns : 0;
  const bool labelled = first < data.rows();
  const std::size_t at = labelled ? first : first - data.rows();
  Matrix& target = labelled ? data.features : data.unlabelled;
  const auto room = static_cast<std::size_t>(target.rows());
  if (rows * columns != values || length_of(labels) != (labelled ? rows : 0) || at > room || rows > room - at)
    fail(ErrorCode::shape_mismatch, {"The features have ", values, " numbers for ", length_of(labels), " labels and ", columns,
         " columns, from row ", first + 1, " on."});
  const std::size_t answers = ensemble.isNull() ? 0 : length_of(ensemble), classes = data.class_names.size();
  if (answers != (data.ensemble.rows() > 0 ? rows * classes : 0))
    fail(ErrorCode::shape_mismatch, {"The ensemble's answers are ", answers, " numbers for ", rows, " rows and ", classes, " classes."});
  const std::size_t grouped = groups.isNull() ? 0 : length_of(groups);
  if (grouped != (labelled && !data.groups.empty() ? rows : 0))
    fail(ErrorCode::shape_mismatch, {"There are ", grouped, " groups for ", rows, " rows; each row needs one."});
  copy_in(features, target.data() + at * columns, values);
  copy_in(labels, data.labels.data() + first, labelled ? rows : 0);
  copy_in(groups, data.groups.data() + first, grouped);
  copy_in(ensemble, data.ensemble.data() + first * classes, answers);
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
  fields.put("wilcoxonP", wilcoxon_p_value(left, right));
  return fields.done();
}

/// Rows, seed.
val bootstrap_rows_of(const val* a) {
  const auto rows = bootstrap_rows(count(a[0], "rows"), seed_number(a[1]));
  return copy_out(rows.data(), rows.size());
}

std::vector<std::int32_t> labels_in(const val& array) {
  std::vector<std::int32_t> labels(length_of(array));
  copy_in(array, labels.data(), labels.size());
  return labels;
}
/// Labels, predictions of a and of b, confidence.
val compare_predictions(const val* a) {
  const PredictionComparison found =
      distillery::compare_predictions(labels_in(a[1]), labels_in(a[2]), labels_in(a[0]), a[3].as<double>());
  Fields fields;
  fields.put("rows", found.rows);
  fields.put("aRight", found.a_right);
  fields.put("bRight", found.b_right);
  fields.put("aOnly", found.a_only);
  fields.put("bOnly", found.b_only);
  fields.put("difference", interval_out(found.difference));
  fields.put("p", found.p);
  return fields.done();
}

/// Logits that come as one array.
Matrix logits_in(const val& array, std::size_t rows, std::size_t classes) {
  if (length_of(array) != rows * classes)
    fail(ErrorCode::shape_mismatch, {length_of(array), " logits are not those of ", rows, " rows and ", classes, " classes."});
  Matrix logits(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(classes));
  copy_in(array, logits.data(), rows * classes);
  return logits;
}
val softmax_of(const val* a) {
  const std::size_t classes = count(a[1], "classes");
  const Matrix probabilities = softmax(logits_in(a[0], classes ? length_of(a[0]) / classes : 0, classes));
  return copy_out(probabilities.data(), static_cast<std::size_t>(probabilities.size()));
}
/// Of logits, labels, classes, the least rows of a bin, the confidence of the intervals.
val reliability(const val* a) {
  const auto labels = labels_in(a[1]);
  const Matrix logits = logits_in(a[0], labels.size(), count(a[2], "classes"));
  const auto confidence = a[4].as<double>();
  Fields fields;
  fields.put("ece", expected_calibration_error(logits, labels));
  fields.put("bins", list_out(join_small_bins(reliability_bins(logits, labels), count(a[3], "least")),
                              [confidence](const ReliabilityBin& bin) {
                                Fields of_bin;
                                of_bin.put("confidence", bin.confidence);
                                of_bin.put("accuracy", interval_out(wilson_interval(bin.right, bin.rows, confidence)));
                                of_bin.put("rows", static_cast<double>(bin.rows));
                                return of_bin.done();
                              }));
  return fields.done();
}
val fills(const val* a) {
  const auto& values = the<WorkbenchHandle>(a[0]).workbench->fills();
  return copy_out(values.data(), values.size());
}
/// Indices into the table.
/// Logits by teacher, their weights, combination, calibration, classes.
val combine(const val* a) {
  const std::size_t classes = count(a[4], "classes"), teachers = length_of(a[0]);
  const auto weights = doubles_in(a[1]);
  if (teachers == 0 || weights.size() != teachers)
    fail(ErrorCode::shape_mismatch, {"There are ", weights.size(), " weights for ", teachers, " teachers."});
  const std::size_t rows = classes > 0 ? length_of(a[0][0]) / classes : 0;
  EnsembleLogits ensemble(static_cast<Combination>(choose(a[2], "combination", combinations)), static_cast<Eigen::Index>(rows),
                          static_cast<Eigen::Index>(classes), 1, real(a[3].as<double>(), "calibration"));
  for (std::size_t i = 0; i < teachers; ++i) ensemble.add(logits_in(a[0][i], rows, classes), static_cast<float>(weights[i]));
  const Matrix logits = ensemble.logits();
  return copy_out(logits.data(), static_cast<std::size_t>(logits.size()));
}
/// Logits, the ensemble's, labels, classes.
val figures(const val* a) {
  const auto labels = labels_in(a[2]);
  const std::size_t classes = count(a[3], "classes");
  return figures_out<double>(figures_of(logits_in(a[0], labels.size(), classes), logits_in(a[1], labels.size(), classes), labels),
                             [](double figure) { return val(figure); });
}
val parts_out(const BiasVariance& parts) {
  Fields fields;
  fields.put("bias", parts.bias);
  fields.put("variance", parts.variance);
  return fields.done();
}
/// Lists of logits by kind of network, teachers, ensembles and students first; labels, classes, confidence.
val decompose(const val* a) {
  const auto labels = labels_in(a[1]);
  const std::size_t classes = count(a[2], "classes");
  const auto kinds = list_in<std::vector<Matrix>>(a[0], [&](const val& networks) {
    return list_in<Matrix>(networks, [&](const val& logits) { return logits_in(logits, labels.size(), classes); });
  });
  if (kinds.size() < 3) refuse("networks", "teachers, ensembles and students at least");
  Fields fields;
  fields.put("parts", list_out(kinds, [&](const std::vector<Matrix>& networks) {
    Fields both;
    both.put("nll", parts_out(log_loss_decomposition(networks, labels)));
    both.put("error", parts_out(zero_one_decomposition(networks, labels)));
    return both.done();
  }));
  fields.put("kept", interval_out(kept_variance_reduction(kinds[0], kinds[1], kinds[2], labels, a[3].as<double>())));
  return fields.done();
}
val test_rows(const val* a) {
  const auto& rows = the<WorkbenchHandle>(a[0]).workbench->rows().test;
  return copy_out(rows.data(), rows.size());
}

using Flag = TYPED("boolean");
using Numbers = TYPED("number[]");
using Floats = TYPED("Float32Array");
using MaybeFloats = TYPED("Float32Array | null");
using Ints = TYPED("Int32Array");
using MaybeInts = TYPED("Int32Array | null");
using RowNumbers = TYPED("Uint32Array");
using Bins = TYPED("import('./types.js').Reliability | null");
using Done = TYPED("true | null");
using Comparison = TYPED("import('./native.js').Comparison | null");
using MaybeFigures = TYPED("import('./types.js').Figures | null");
using Logits = TYPED("Float32Array[]");
using Networks = TYPED("Float32Array[][]");
using MaybeRows = TYPED("Uint32Array | null");
using Parts = TYPED("import('./native.js').Decomposition | null");
using Predictions = TYPED("import('./native.js').PredictionComparison | null");
using Jobs = TYPED("import('./native.js').Job[] | null");
using PlanFields = TYPED("import('./types.js').Plan");

}  // namespace

EMSCRIPTEN_BINDINGS(plans) {
  define<compare_paired, Comparison(Numbers, Numbers, Number)>("comparePaired");
  define<figures, MaybeFigures(Floats, Floats, Ints, Number)>("figures");
  define<combine, MaybeFloats(Logits, Numbers, String, Number, Number)>("combine");
  define<decompose, Parts(Networks, Ints, Number, Number)>("decompose");
  define<bootstrap_rows_of, MaybeRows(Number, Number)>("bootstrapRows");
  define<compare_predictions, Predictions(Ints, Ints, Ints, Number)>("comparePredictions");
  define<softmax_of, MaybeFloats(Floats, Number)>("softmax");
  define<reliability, Bins(Floats, Ints, Number, Number, Number)>("reliability");

  define<create_table, MaybeHandle(Number, Number, Strings, Number, Flag, Flag, String)>("createTable");
  define<fill_table, Done(HandleNumber, Number, Floats, Ints, MaybeFloats, MaybeInts)>("fillTable");
  define<create_workbench, MaybeHandle(HandleNumber, PlanFields)>("createWorkbench");
  define<fills, Floats(HandleNumber)>("fills");
  define<test_rows, RowNumbers(HandleNumber)>("testRows");
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

}  // namespace distillery::bindings
