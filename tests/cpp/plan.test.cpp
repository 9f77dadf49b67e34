#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <cmath>
#include <deque>

#include "distillery/ensemble.hpp"
#include "distillery/generators.hpp"
#include "distillery/hypothesis.hpp"
#include "distillery/metrics.hpp"
#include "distillery/plan.hpp"
#include "distillery/random.hpp"
#include "support.hpp"

using namespace distillery;
using support::code_of;
using support::seal;

namespace {

Dataset moons(std::uint32_t rows = 400) { return generate(Shape2d::moons, rows, 0.25, 5); }

PlanOptions small_plan() {
  PlanOptions options;
  options.seed = 11;
  options.teachers.count = 3;
  options.teachers.hidden = {12, 6};
  options.teachers.training = {.epochs = 5, .batch_size = 16, .optimizer = {.learning_rate = 0.01f}};
  options.students.sizes = {{2}, {5, 3}};
  options.students.seeds = 2;
  options.students.training = {.epochs = 6, .batch_size = 16, .optimizer = {.learning_rate = 0.01f}};
  options.students.recipes = {{3, 0.7, false}};
  return options;
}

/// With transfer rows, taught by which the student and its matched baseline differ from the plain one.
PlanOptions transfer_plan(TransferOptions transfer) {
  PlanOptions options = small_plan();
  options.students.recipes = {{3, 0.7, true}};
  options.students.transfer = transfer;
  return options;
}

/// Four sizes, so two groups, and three candidates.
PlanOptions trial_plan() {
  PlanOptions options = small_plan();
  options.students.sizes = {{2}, {3}, {5, 3}, {8, 4}};
  options.students.recipes = {{3, 0.7, false}, {1, 0, false}, {1, 0.9, true}};
  options.students.transfer = {.method = TransferMethod::jitter, .copies = 2};
  return options;
}

Bytes run_job(const Plan& plan, const Job& job, std::uint32_t slice = UINT32_MAX) {
  JobRun run(plan.shared_workbench(), job.id, plan.input(job.id), plan.progress_of(job.id));
  while (!run.advance(slice)) {}
  return run.result();
}

/// Runs a plan to its end, always taking the ready job that `pick` names.
template <class Pick>
void finish(Plan& plan, Pick pick) {
  while (!plan.finished()) {
    const auto jobs = plan.ready_jobs();
    REQUIRE_FALSE(jobs.empty());
    const Job job = jobs[pick(jobs.size())];
    plan.absorb(job.id, run_job(plan, job));
  }
}

void finish(Plan& plan) {
  finish(plan, [](std::size_t) { return std::size_t{0}; });
}

}  // namespace

TEST_CASE("A plan gives the same student whatever the order of its jobs and the number of threads") {
  Plan first(moons(), small_plan());
  finish(first);
  Plan shuffled(moons(), small_plan());
  std::uint32_t draw = 0;
  const Random random(3, Stream::generator);
  finish(shuffled, [&](std::size_t count) { return random.block(draw++)[0] % count; });
  CHECK(first.save() == shuffled.save());
  CHECK(save_model(first.chosen()) == save_model(shuffled.chosen()));
  CHECK(save_model(distil(moons(), small_plan(), 1).chosen()) == save_model(first.chosen()));
}

TEST_CASE("Another seed gives another student") {
  PlanOptions other = small_plan();
  other.seed = 12;
  CHECK(save_model(distil(moons(), small_plan(), 1).chosen()) != save_model(distil(moons(), other, 1).chosen()));
}

TEST_CASE("A run stopped in the middle of a job, saved and resumed, ends with the same bytes") {
  Plan whole(moons(), small_plan());
  finish(whole);
  for (const std::size_t stop_after : {0u, 2u, 4u, 9u}) {
    Plan begun(moons(), small_plan());
    for (std::size_t i = 0; i < stop_after; ++i) {
      const Job job = begun.ready_jobs().front();
      begun.absorb(job.id, run_job(begun, job));
    }
    const Job job = begun.ready_jobs().front();
    JobRun run(begun.shared_workbench(), job.id, begun.input(job.id));
    for (int slice = 0; slice < 7; ++slice) REQUIRE_FALSE(run.advance(48));
    begun.suspend(job.id, run.checkpoint());

    Plan resumed = Plan::resume(begun.shared_workbench(), begun.save());
    CHECK_FALSE(resumed.progress_of(job.id).empty());
    finish(resumed);
    CHECK(resumed.save() == whole.save());
  }
}

TEST_CASE("A job in slices gives the bytes of the job in one go") {
  const Plan plan(moons(), small_plan());
  const Job job = plan.ready_jobs().front();
  CHECK(run_job(plan, job, 1) == run_job(plan, job));
  CHECK(run_job(plan, job, 100) == run_job(plan, job));
}

TEST_CASE("Test jobs become ready only when every network is trained and a size is chosen") {
  Plan plan(moons(), small_plan());
  while (!plan.finished()) {
    const auto jobs = plan.ready_jobs();
    const bool tests = std::ranges::any_of(jobs, [](const Job& job) { return job.kind == JobKind::test; });
    if (tests) {
      CHECK(std::ranges::all_of(jobs, [](const Job& job) { return job.kind == JobKind::test; }));
      CHECK(plan.report().choice.status != ChoiceStatus::pending);
    }
    CHECK(plan.report().test.rows == 0);
    plan.absorb(jobs.front().id, run_job(plan, jobs.front()));
  }
  CHECK(plan.report().finished);
  CHECK(plan.report().test.rows == plan.report().test_rows);
}

TEST_CASE("Poisoned test rows change no choice and no student") {
  PlanOptions options = small_plan();
  options.split.official_test_rows = 100;
  const Dataset clean = moons();
  Dataset poisoned = clean;
  for (std::size_t row = poisoned.rows() - 100; row < poisoned.rows(); ++row) {
    poisoned.labels[row] = 1 - poisoned.labels[row];
    poisoned.features.row(static_cast<Eigen::Index>(row)) *= -50;
  }
  const Plan a = distil(clean, options, 1), b = distil(poisoned, options, 1);
  CHECK(save_model(a.chosen()) == save_model(b.chosen()));
  CHECK(a.report().choice.size == b.report().choice.size);
  CHECK(a.report().test.ensemble_accuracy.estimate != b.report().test.ensemble_accuracy.estimate);
}

TEST_CASE("Missing values are filled by the training rows: poisoned test rows change no fill and no student") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Dataset data = moons();
  data.imputation = Imputation::mean;
  for (Eigen::Index row = 0; row < data.features.rows(); row += 7) data.features(row, row % 2) = nan;
  PlanOptions options = small_plan();
  const Plan plan = distil(data, options, 1);
  const Workbench& bench = *plan.shared_workbench();
  const std::vector<float> fills = bench.fills();
  REQUIRE(fills.size() == 2);
  CHECK(fills == fit_fills(data.features, bench.rows().train, Imputation::mean));
  CHECK(bench.data().features.allFinite());

  Dataset poisoned = data;
  for (const std::uint32_t row : bench.rows().test)
    for (Eigen::Index column = 0; column < 2; ++column)
      if (float& value = poisoned.features(static_cast<Eigen::Index>(row), column); !std::isnan(value)) value += 3.0f;
  const Plan other = distil(poisoned, options, 1);
  CHECK(other.shared_workbench()->rows().train == bench.rows().train);
  CHECK(other.shared_workbench()->fills() == fills);
  CHECK(save_model(other.chosen()) == save_model(plan.chosen()));

  data.imputation = Imputation::median;
  CHECK(Workbench(data, options).fills() != fills);
  data.imputation = Imputation::none;
  CHECK(code_of([&] { Workbench(data, options); }) == ErrorCode::invalid_data);
}

TEST_CASE("A saved run resumes with the same groups and gaps only") {
  Dataset data = moons();
  for (std::int32_t row = 0; row < 400; ++row) data.groups.push_back(row / 4);
  const Plan plan = distil(data, small_plan(), 1);
  const auto resumed = [&](const Dataset& with) {
    return code_of([&] { Plan::resume(std::make_shared<const Workbench>(with, small_plan()), plan.save()); });
  };
  CHECK(resumed(data) == std::nullopt);
  Dataset other = data;
  for (std::size_t row = 0; row < 400; ++row) other.groups[row] = static_cast<std::int32_t>(row) / 5;
  CHECK(resumed(other) != std::nullopt);
  other.groups.clear();
  CHECK(resumed(other) != std::nullopt);
}

TEST_CASE("A matched baseline has the recipe, and nothing of the ensemble") {
  for (const auto method : {TransferMethod::jitter, TransferMethod::mixup}) {
    const PlanOptions options = transfer_plan({.method = method});
    PlanOptions other = options;
    other.teachers.hidden = {9, 5};
    const Plan plan = distil(moons(), options, 1), taught_otherwise = distil(moons(), other, 1);
    const auto file = [](const Plan& of, JobKind kind) { return save_model(of.model(kind, 1, 1)); };
    CHECK(file(plan, JobKind::matched) == file(taught_otherwise, JobKind::matched));
    CHECK(file(plan, JobKind::baseline) == file(taught_otherwise, JobKind::baseline));
    CHECK(file(plan, JobKind::student) != file(taught_otherwise, JobKind::student));
    CHECK(file(plan, JobKind::matched) != file(plan, JobKind::baseline));
    CHECK(plan.report().sizes[1].matched_done == 2);
    // The plain baseline sees no transfer row.
    CHECK(file(distil(moons(), small_plan(), 1), JobKind::baseline) == file(plan, JobKind::baseline));
  }
}

TEST_CASE("Without transfer rows the plain baseline is the matched one too") {
  const Plan plan = distil(moons(), small_plan(), 1);
  std::vector<JobId> ready;
  for (const Job& job : Plan(moons(), small_plan()).ready_jobs()) ready.push_back(job.id);
  CHECK(ready == std::vector<JobId>{0, 1, 2, 3, 5, 4, 6});  // teachers; then seed by seed, size by size, each once
  CHECK(save_model(plan.model(JobKind::matched, 0, 1)) == save_model(plan.model(JobKind::baseline, 0, 1)));
  const SizeScores& scores = plan.report().test.sizes[0];
  CHECK(scores.matched.accuracy.estimate == scores.baseline.accuracy.estimate);
  CHECK(scores.matched_gain.estimate == scores.gain.estimate);
}

TEST_CASE("An epoch has as many rows with transfer rows as without, so all networks of a size take as many steps") {
  const Plan plan(moons(), transfer_plan({.method = TransferMethod::munge, .copies = 2}));
  const Workbench& bench = *plan.shared_workbench();
  const std::size_t train = bench.rows().train.size();
  REQUIRE(bench.data().rows() == 400 + 2 * train);
  const double student = 3.0 * static_cast<double>(train * bench.student(0).parameter_count() * 6);
  const double teacher = 3.0 * static_cast<double>(train * bench.teacher().parameter_count() * 5);
  for (JobId id = 0; id < bench.job_count(); ++id) {
    const Job job = bench.job(id);
    if (job.kind == JobKind::test || job.index != 0) continue;
    CHECK(job.work == (job.kind == JobKind::teacher ? teacher : student));
  }
  for (std::size_t i = 0; i < 2 * train; ++i)
    CHECK(bench.data().labels[400 + i] == bench.data().labels[bench.rows().train[i % train]]);
}

TEST_CASE("A student's accuracy while it trains is a share of the rows with labels") {
  Plan plan(moons(), transfer_plan({.method = TransferMethod::jitter, .copies = 4}));
  for (JobId id = 0; id < 3; ++id) plan.absorb(id, run_job(plan, plan.workbench().job(id)));
  const auto jobs = plan.ready_jobs();
  const auto student = std::ranges::find_if(jobs, [](const Job& job) { return job.kind == JobKind::student && job.index == 1; });
  JobRun run(plan.shared_workbench(), student->id, plan.input(student->id));
  while (!run.advance(UINT32_MAX)) {}
  CHECK(run.progress().accuracy > 0.8);  // a share of all rows could be 0.2 at most
}

TEST_CASE("With transfer rows too, order, slices and test rows change no student") {
  for (const auto method : {TransferMethod::jitter, TransferMethod::mixup, TransferMethod::munge}) {
    PlanOptions options = transfer_plan({.method = method, .copies = 2});
    options.split.official_test_rows = 100;
    Dataset poisoned = moons();
    for (std::size_t row = poisoned.rows() - 100; row < poisoned.rows(); ++row) {
      poisoned.labels[row] = 1 - poisoned.labels[row];
      poisoned.features.row(static_cast<Eigen::Index>(row)) *= -50;
    }
    const Bytes student = save_model(distil(moons(), options, 1).chosen());
    CHECK(save_model(distil(std::move(poisoned), options, 1).chosen()) == student);
    Plan sliced(moons(), options);
    while (!sliced.finished()) {
      const Job job = sliced.ready_jobs().back();
      sliced.absorb(job.id, run_job(sliced, job, 7));
    }
    CHECK(save_model(sliced.chosen()) == student);
  }
}

TEST_CASE("Trials choose a recipe for each group of sizes, before its students start") {
  Plan plan(moons(), trial_plan());
  std::size_t tried = 0;
  while (!plan.finished()) {
    const Job job = plan.ready_jobs().front();
    tried += job.kind == JobKind::trial;
    if (job.kind == JobKind::trial) CHECK((job.index == 1 || job.index == 3));  // the middle of 0 … 2, and 3 alone
    if (job.kind == JobKind::student) CHECK(plan.report().sizes[job.index].recipe >= 0);
    plan.absorb(job.id, run_job(plan, job));
  }
  CHECK(tried == 3 * (2 * 2 + 2));  // recipes × (twice as many trials in the group before the last)
  const Report& report = plan.report();
  REQUIRE(report.trials.size() == 2);
  CHECK(report.trials[0].last == 2);
  CHECK(report.trials[1].size == 3);
  CHECK(report.recipes == trial_plan().students.recipes);
  for (std::uint32_t size = 0; size < 4; ++size) {
    const RecipeChoice& choice = report.trials[size / 3].choice;
    CHECK(report.sizes[size].recipe == choice.chosen);
    REQUIRE(choice.candidates.size() == 3);
    for (const RecipeScore& candidate : choice.candidates) {
      CHECK(candidate.trials == (size < 3 ? 4 : 2));
      CHECK((candidate.accuracy > 0.4 && candidate.accuracy <= 1));
      CHECK(candidate.nll > 0);
    }
  }
}

TEST_CASE("A student taught by the chosen recipe is the one that a plan of that recipe alone gives") {
  const Plan plan = distil(moons(), trial_plan(), 1);
  PlanOptions alone = trial_plan();
  alone.students.recipes = {plan.report().recipes[static_cast<std::size_t>(plan.report().sizes[3].recipe)]};
  const Plan single = distil(moons(), alone, 1);
  CHECK(single.report().trials.empty());
  CHECK(single.report().sizes[3].recipe == 0);
  for (const JobKind kind : {JobKind::student, JobKind::baseline, JobKind::matched})
    CHECK(save_model(plan.model(kind, 3, 1)) == save_model(single.model(kind, 3, 1)));
}

TEST_CASE("Where labels alone are the recipe, a baseline stands for the student") {
  for (const bool transfer : {false, true}) {
    PlanOptions options = transfer_plan({.method = TransferMethod::mixup});
    options.students.recipes = {{1, 0, transfer}};
    Plan plan(moons(), options);
    std::size_t networks = 0;
    while (!plan.finished()) {
      const Job job = plan.ready_jobs().front();
      CHECK(job.kind != JobKind::student);
      networks += job.kind != JobKind::test;
      plan.absorb(job.id, run_job(plan, job));
    }
    CHECK(networks == 3u + (transfer ? 8 : 4));  // teachers; baselines of both kinds
    CHECK(save_model(plan.model(JobKind::student, 1, 1)) == save_model(plan.model(JobKind::matched, 1, 1)));
    const SizeScores& scores = plan.report().test.sizes[1];
    CHECK(scores.matched_gain.count == 2);
    CHECK(scores.matched_gain.estimate == 0);
    CHECK(scores.matched_gain_p == 1);
    CHECK(plan.report().sizes[1].students_done == 2);
    CHECK(plan.report().choice.size >= 0);
  }
}

TEST_CASE("With trials too, order, slices, a stop and test rows change no student") {
  PlanOptions options = trial_plan();
  options.split.official_test_rows = 100;
  Dataset poisoned = moons();
  for (std::size_t row = poisoned.rows() - 100; row < poisoned.rows(); ++row) {
    poisoned.labels[row] = 1 - poisoned.labels[row];
    poisoned.features.row(static_cast<Eigen::Index>(row)) *= -50;
  }
  Plan whole(moons(), options);
  finish(whole);
  const Bytes student = save_model(whole.chosen());
  CHECK(save_model(distil(std::move(poisoned), options, 1).chosen()) == student);
  for (const std::size_t stop_after : {5u, 14u, 24u, 31u}) {
    Plan begun(moons(), options);
    for (std::size_t i = 0; i < stop_after; ++i) {
      const Job job = begun.ready_jobs().back();
      begun.absorb(job.id, run_job(begun, job, 7));
    }
    Plan resumed = Plan::resume(begun.shared_workbench(), begun.save());
    CHECK(resumed.save() == begun.save());
    finish(resumed);
    CHECK(resumed.save() == whole.save());
  }
}

namespace {

/// Order, slices, a stop and test rows change no student of this plan. (One thread: in WebAssembly there is no other.)
void check_laws(const PlanOptions& options, Dataset data = moons()) {
  Plan whole(data, options);
  finish(whole);
  Plan shuffled(data, options);
  std::uint32_t draw = 0;
  const Random random(4, Stream::generator);
  finish(shuffled, [&](std::size_t count) { return random.block(draw++)[0] % count; });
  CHECK(shuffled.save() == whole.save());
  CHECK(save_model(distil(data, options, 1).chosen()) == save_model(whole.chosen()));

  for (const double share : {0.2, 0.5, 0.9}) {
    Plan begun(data, options);
    const auto stop_after = static_cast<std::size_t>(share * static_cast<double>(begun.jobs().size()));
    for (std::size_t i = 0; i < stop_after && !begun.finished(); ++i) {
      const Job job = begun.ready_jobs().back();
      begun.absorb(job.id, run_job(begun, job, 40));
    }
    if (begun.finished()) continue;
    const Job job = begun.ready_jobs().front();
    JobRun run(begun.shared_workbench(), job.id, begun.input(job.id));
    for (int slice = 0; slice < 7 && !run.advance(48); ++slice) begun.suspend(job.id, run.checkpoint());
    Plan resumed = Plan::resume(begun.shared_workbench(), begun.save());
    finish(resumed);
    CHECK(resumed.save() == whole.save());
  }

  for (const std::uint32_t row : whole.workbench().rows().test) {
    data.features(static_cast<Eigen::Index>(row), 0) = 1000;
    data.labels[row] = 1 - data.labels[row];
  }
  // Drawn by seed and stratified, so labels decide which rows are the test rows: official ones stay the same.
  if (options.split.official_test_rows == 0) return;
  Plan poisoned(data, options);
  finish(poisoned);
  CHECK(save_model(poisoned.chosen()) == save_model(whole.chosen()));
}

PlanOptions official(PlanOptions options) {
  options.split.official_test_rows = 80;
  return options;
}

}  // namespace

TEST_CASE("Sizes beyond the next one after the smallest that passes keep to their first seeds") {
  PlanOptions options = official(small_plan());
  options.students.sizes = {{1}, {3}, {6}, {5, 3}, {8, 4}};
  options.students.seeds = 4;
  options.students.first_seeds = 2;
  options.margin = 0.2;  // wide, so that a small one passes
  Plan plan(moons(), options);
  finish(plan);
  const Report& report = plan.report();
  REQUIRE(report.choice.status == ChoiceStatus::chosen);
  // With their first seeds another size may have been the smallest that passes: more seeds can move the choice by one.
  std::size_t widest = 0;
  while (widest + 1 < report.sizes.size() && report.sizes[widest + 1].students_done == 4) ++widest;
  CHECK(static_cast<std::size_t>(report.choice.size) <= widest);
  REQUIRE(widest + 1 < report.sizes.size());
  for (std::size_t size = 0; size < report.sizes.size(); ++size) {
    CAPTURE(size);
    CHECK(report.sizes[size].students_done == (size <= widest ? 4u : 2u));
    CHECK(report.sizes[size].baselines_done == report.sizes[size].students_done);
    CHECK(report.test.sizes[size].student.accuracy.count == report.sizes[size].students_done);
  }
  CHECK(plan.jobs().size() < Plan(moons(), options).jobs().size());
  check_laws(options);

  // Where none passes all are refined, and where as many come first as there are, nothing is left out.
  options.margin = 0;
  options.students.sizes = {{1}, {2}};
  const auto all_have_four = [&] {
    const Plan whole = distil(moons(), options, 1);
    return std::ranges::all_of(whole.report().sizes, [](const SizeInfo& size) { return size.students_done == 4; });
  };
  CHECK(all_have_four());
  options.students.first_seeds = 9;
  CHECK(all_have_four());
}

TEST_CASE("A margin that changes on the way changes no student, for the options' decides who is trained") {
  PlanOptions options = small_plan();
  options.students.sizes = {{1}, {3}, {6}, {8, 4}};
  options.students.seeds = 3;
  options.students.first_seeds = 2;
  options.margin = 0.2;
  Plan plan(moons(), options), changed(moons(), options);
  finish(plan);
  changed.set_margin(0);
  finish(changed);
  changed.set_margin(0.2);
  CHECK(changed.save() == plan.save());
  PlanOptions other = options;
  other.margin = 0;
  CHECK(code_of([&] { Plan::resume(std::make_shared<const Workbench>(moons(), other), plan.save()); }) == ErrorCode::shape_mismatch);
}

TEST_CASE("The other losses on soft targets teach other students, and keep the laws") {
  PlanOptions options = official(small_plan());
  const Bytes usual = save_model(distil(moons(), options, 1).chosen());
  options.students.recipes = {{.temperature = 3, .soft_weight = 0.7, .loss = SoftLoss::logits}};
  CHECK(save_model(distil(moons(), options, 1).chosen()) != usual);
  check_laws(options);
  Dataset data = moons();
  for (std::size_t row = 0; row < data.rows(); row += 3) data.labels[row] = 2;
  data.class_names.push_back("third");
  PlanOptions three = small_plan();
  const auto chosen = [&](Recipe recipe) {
    three.students.recipes = {recipe};
    return save_model(distil(data, three, 1).chosen());
  };
  const Recipe decoupled{.temperature = 3, .soft_weight = 0.7, .loss = SoftLoss::decoupled, .other_weight = 2};
  Recipe heavier = decoupled;
  heavier.other_weight = 8;
  CHECK(chosen(decoupled) != chosen({3, 0.7}));
  CHECK(chosen(decoupled) != chosen(heavier));
}

TEST_CASE("Weights and calibration of the ensemble are fitted on validation rows, and never worsen its likelihood there") {
  PlanOptions options = official(small_plan());
  const auto nll_of = [&](bool weighted, bool calibrated) {
    options.teachers.fitted_weights = weighted;
    options.teachers.calibrated = calibrated;
    const Plan plan = distil(moons(), options, 1);
    const Report& report = plan.report();
    double sum = 0;
    for (const TeacherInfo& teacher : report.teachers) sum += teacher.weight;
    CHECK(std::fabs(sum - 1) < 1e-6);
    CHECK((report.calibration != 1) == calibrated);
    return report.validation.ensemble.nll;
  };
  const double plain = nll_of(false, false), weighted = nll_of(true, false), calibrated = nll_of(false, true);
  CHECK(weighted < plain);
  CHECK(calibrated < plain);
  CHECK(nll_of(true, true) <= weighted);
  check_laws(options);
}

TEST_CASE("Out of fold, what teaches a row has not learned from it") {
  PlanOptions options = official(transfer_plan({.method = TransferMethod::munge, .copies = 2}));
  options.teachers.count = 4;
  options.teachers.folds = 2;
  check_laws(options);

  // The same folds and trainings by hand. The roles of seeds, 1 and 6, are part of "same seed, same bytes".
  Plan plan(moons(), options);
  const Workbench& bench = plan.workbench();
  const auto train = bench.rows().train;
  const auto folds = deal_folds(moons(), train, 2, derive_seed(options.seed, 6, 0));
  while (plan.ready_jobs().front().kind == JobKind::teacher) {
    const Job job = plan.ready_jobs().front();
    plan.absorb(job.id, run_job(plan, job));
  }
  for (const std::uint32_t teacher : {0u, 3u}) {
    std::vector<std::uint32_t> seen;
    for (std::size_t i = 0; i < train.size(); ++i)
      if (folds[i] != teacher % 2) seen.push_back(train[i]);
    TrainOptions training = options.teachers.training;
    training.seed = derive_seed(options.seed, 1, teacher);
    Trainer trainer(Mlp(bench.teacher(), training.seed),
                    std::make_shared<const TableSource>(std::make_shared<const Matrix>(bench.data().features),
                                                        std::make_shared<const std::vector<std::int32_t>>(bench.data().labels),
                                                        std::make_shared<const std::vector<std::uint32_t>>(seen), 2),
                    {}, training);
    while (!trainer.finished()) trainer.run_epoch();
    CHECK(support::first_difference(trainer.model().parameters(), plan.model(JobKind::teacher, teacher).network.parameters()) == "");
  }

  const auto jobs = plan.ready_jobs();
  const auto student = std::ranges::find(jobs, JobKind::student, &Job::kind);
  const Bytes input = plan.input(student->id);
  ByteReader in(input, "input");
  in.get<std::uint32_t>();
  const auto targets = in.get_vector<float>();
  REQUIRE(targets.size() == train.size() * 3 * 2);  // the training rows and two made of each
  for (std::uint32_t fold = 0; fold < 2; ++fold) {
    // Mean logits of the two teachers that left this fold out, at T = 3.
    EnsembleLogits ensemble(Combination::mean_logits, static_cast<Eigen::Index>(train.size()), 2, 3);
    Matrix features(static_cast<Eigen::Index>(train.size()), bench.data().columns());
    for (std::size_t i = 0; i < train.size(); ++i)
      features.row(static_cast<Eigen::Index>(i)) = bench.data().features.row(static_cast<Eigen::Index>(train[i]));
    for (const std::uint32_t teacher : {fold, fold + 2}) ensemble.add(plan.model(JobKind::teacher, teacher).network.logits(features));
    const Matrix expected = ensemble.probabilities();
    std::size_t checked = 0;
    for (std::size_t i = 0; i < train.size(); ++i) {
      if (folds[i] != fold) continue;
      ++checked;
      CHECK(targets[2 * i] == expected(static_cast<Eigen::Index>(i), 0));
    }
    CHECK(checked > 0);
  }
}

TEST_CASE("With patience a training ends early, with the network of its best epoch") {
  PlanOptions options = official(small_plan());
  options.teachers.patience = options.students.patience = 2;
  options.teachers.training.epochs = options.students.training.epochs = 60;
  const Plan plan = distil(moons(), options, 1);
  const Report& report = plan.report();
  std::size_t shortest = 60;
  for (const TeacherInfo& teacher : report.teachers) {
    REQUIRE(teacher.loss.size() <= 60);
    shortest = std::min(shortest, teacher.loss.size());
    // Two epochs after the best one it is over, unless all epochs were run.
    if (teacher.loss.size() < 60) CHECK(teacher.accuracy[teacher.accuracy.size() - 3] == teacher.validation_accuracy);
  }
  CHECK(shortest < 60);
  check_laws(options);
}

TEST_CASE("Assistants learn in turn, the first from the ensemble, and the last one teaches the students") {
  PlanOptions options = official(small_plan());
  options.students.recipes = {{.temperature = 3, .soft_weight = 0.7, .assistant = true}};
  options.students.assistants = {{8, 4}, {6}};
  Plan plan(moons(), options);
  std::vector<JobKind> order;
  while (!plan.finished()) {
    const auto jobs = plan.ready_jobs();
    const Job job = jobs.back().kind == JobKind::baseline ? jobs.front() : jobs.back();
    order.push_back(job.kind);
    plan.absorb(job.id, run_job(plan, job));
  }
  const auto first_student = std::ranges::find(order, JobKind::student);
  CHECK(std::count(order.begin(), first_student, JobKind::assistant) == 2);
  REQUIRE(plan.report().assistants.size() == 2);
  CHECK(plan.report().assistants[1].hidden == std::vector<int>{6});
  CHECK(plan.report().assistants[1].done);
  CHECK(plan.model(JobKind::assistant, 1).network.architecture().hidden == std::vector<int>{6});
  check_laws(options);

  // The student's input is what the assistant says, softened.
  PlanOptions direct = options;
  direct.students.recipes[0].assistant = false;
  const Plan without = distil(moons(), direct, 1);
  CHECK(without.report().assistants.empty());
  CHECK(save_model(without.chosen()) != save_model(plan.chosen()));
}

TEST_CASE("Trials can weigh an assistant against the ensemble") {
  PlanOptions options = official(trial_plan());
  options.students.recipes = {{3, 0.7}, {.temperature = 3, .soft_weight = 0.7, .assistant = true}, {1, 0}};
  options.students.assistants = {{6}};
  check_laws(options);
}

TEST_CASE("Int8 twins are scored as the quantised networks answer") {
  PlanOptions options = official(small_plan());
  options.students.int8 = true;
  const Dataset data = moons();
  const Plan plan = distil(data, options, 1);
  const Report& report = plan.report();
  const auto rows = plan.workbench().rows().test;
  Matrix features(static_cast<Eigen::Index>(rows.size()), data.columns());
  for (std::size_t i = 0; i < rows.size(); ++i) features.row(static_cast<Eigen::Index>(i)) = data.features.row(static_cast<Eigen::Index>(rows[i]));
  for (std::uint32_t size = 0; size < 2; ++size) {
    double sum = 0;
    for (std::uint32_t seed = 0; seed < 2; ++seed) {
      const Model model = plan.model(JobKind::student, size, seed);
      Matrix scaled = features;
      model.scaling.apply(scaled);
      sum += nll(quantised(model.network).logits(scaled), select(data.labels, rows));
    }
    CHECK(report.test.sizes[size].quantised.nll.count == 2);
    CHECK(std::fabs(report.test.sizes[size].quantised.nll.estimate - sum / 2) < 1e-9);
    CHECK(report.test.sizes[size].quantised.nll.estimate != report.test.sizes[size].student.nll.estimate);
  }
  CHECK(distil(data, small_plan(), 1).report().test.sizes[0].quantised.nll.count == 0);
  check_laws(options);
}

TEST_CASE("The report says how many teachers are enough") {
  const Plan plan = distil(moons(), small_plan(), 1);
  const Curve& curve = plan.report().test;
  REQUIRE(curve.ensembles.size() == 3);
  // One teacher: the mean of the three; all three: the ensemble, wherever one begins.
  CHECK(std::fabs(curve.ensembles[0].estimate - curve.teacher_accuracy.estimate) < 1e-12);
  CHECK(std::fabs(curve.ensembles[2].estimate - curve.ensemble_accuracy.estimate) < 1e-12);
  CHECK(curve.ensembles[0].count == curve.rows);
}

TEST_CASE("Recipes that this data cannot have are left out, and without validation rows nothing is tried") {
  PlanOptions options = trial_plan();
  options.students.transfer.method = TransferMethod::none;
  CHECK(Plan(moons(), options).report().recipes == std::vector<Recipe>{{3, 0.7, false}, {1, 0, false}});
  options.students.recipes = {{1, 0.9, true}};
  CHECK(Plan(moons(), options).report().recipes == std::vector<Recipe>{{1, 0.9, false}});
  options = trial_plan();
  options.split.validation = 0;
  const Plan plan = distil(moons(), options, 1);
  CHECK(plan.report().recipes.size() == 1);
  CHECK(plan.report().trials.empty());
}

TEST_CASE("The report's figures are those of the networks that the plan hands out") {
  const Plan plan = distil(moons(), small_plan(), 1);
  const Report& report = plan.report();
  const Workbench& bench = *plan.shared_workbench();
  const Matrix test = bench.data().features(bench.rows().test, Eigen::all);
  const auto labels = select(bench.data().labels, bench.rows().test);

  EnsembleLogits ensemble(Combination::mean_logits, test.rows(), 2);
  double teachers = 0;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Matrix logits = plan.model(JobKind::teacher, i).network.logits(test);
    CHECK(report.teachers[i].test_accuracy == accuracy(logits, labels));
    teachers += accuracy(logits, labels) / 3;
    ensemble.add(logits);
  }
  // A mean of three shares in another order of operations: equal to a few units in the last place.
  CHECK(std::abs(report.test.teacher_accuracy.estimate - teachers) < 1e-14);
  CHECK(report.test.ensemble_accuracy.estimate == accuracy(ensemble.logits(), labels));
  CHECK(report.test.ensemble.nll == nll(ensemble.logits(), labels));
  for (std::uint32_t size = 0; size < 2; ++size) {
    double student = 0, baseline = 0, kl = 0, agree = 0;
    for (std::uint32_t seed = 0; seed < 2; ++seed) {
      const Matrix logits = plan.model(JobKind::student, size, seed).network.logits(test);
      student += accuracy(logits, labels) / 2;
      kl += kl_divergence(ensemble.logits(), logits) / 2;
      agree += agreement(logits, ensemble.logits()) / 2;
      baseline += accuracy(plan.model(JobKind::baseline, size, seed).network.logits(test), labels) / 2;
    }
    const SizeScores& scores = report.test.sizes[size];
    CHECK(std::abs(scores.student.accuracy.estimate - student) < 1e-14);
    CHECK(std::abs(scores.student.kl.estimate - kl) < 1e-12);
    CHECK(std::abs(scores.student.agreement.estimate - agree) < 1e-14);
    CHECK(std::abs(scores.baseline.accuracy.estimate - baseline) < 1e-14);
    CHECK(std::abs(scores.gain.estimate - (student - baseline)) < 1e-14);
    CHECK(report.sizes[size].parameters == bench.student(size).parameter_count());
    const auto mean = [&](auto figure) {
      double sum = 0;
      for (std::uint32_t seed = 0; seed < 2; ++seed)
        sum += figure(plan.model(JobKind::student, size, seed).network.logits(test));
      return sum / 2;
    };
    const Matrix reference = ensemble.logits();
    CHECK(scores.student.macro_f1.estimate == mean([&](const Matrix& z) { return macro_f1(z, labels); }));
    CHECK(scores.student.roc_auc.estimate == mean([&](const Matrix& z) { return roc_auc(z, labels); }));
    CHECK(scores.student.brier.estimate == mean([&](const Matrix& z) { return brier_score(z, labels); }));
    CHECK(scores.student.ece.estimate == mean([&](const Matrix& z) { return expected_calibration_error(z, labels); }));
    CHECK(scores.student.agreement_on_errors.estimate ==
          mean([&](const Matrix& z) { return agreement_on_errors(reference, z, labels).value(); }));
    CHECK(scores.student.agreement_near_boundary.estimate ==
          mean([&](const Matrix& z) { return agreement_near_boundary(reference, z).value(); }));
    CHECK(scores.student.brier.count == 2);
  }
  const auto holm = holm_adjusted(std::vector{report.test.sizes[0].gain_p, report.test.sizes[1].gain_p});
  CHECK(report.test.sizes[0].gain_holm == holm[0]);
  CHECK(report.test.sizes[1].gain_holm == holm[1]);
  CHECK(report.test.ensemble.agreement == 1);
  CHECK(report.test.ensemble.kl == 0);
}

TEST_CASE("With as many test rows as are needed, the margin asked for is the one supported") {
  const Plan plan = distil(moons(), small_plan(), 1);
  const Choice& choice = plan.report().choice;
  const double rows = plan.report().test_rows;
  CHECK(choice.supported_margin > 0);
  CHECK((choice.rows_needed > rows) == (choice.supported_margin > small_plan().margin));
}

TEST_CASE("With more than two classes there is no ROC curve") {
  Dataset data = moons();
  for (std::size_t row = 0; row < data.rows(); row += 3) data.labels[row] = 2;
  data.class_names.push_back("third");
  const Plan plan = distil(std::move(data), small_plan(), 1);
  const Scores& scores = plan.report().test.sizes[0].student;
  CHECK(scores.roc_auc.count == 0);
  CHECK(scores.macro_f1.count == 2);
}

TEST_CASE("Parameters are counted as in the reference experiment") {
  Dataset data;
  data.features = Matrix::Random(100, 20);
  for (int i = 0; i < 100; ++i) data.labels.push_back(i % 2);
  data.class_names = {"0", "1"};
  const Plan plan(std::move(data), {});
  const Report& report = plan.report();
  CHECK(report.teacher_parameters == 46'658);
  CHECK(report.ensemble_parameters == 559'896);
  CHECK(std::ranges::any_of(report.sizes, [](const SizeInfo& size) {
    return size.hidden == std::vector<int>{64, 32} && size.parameters == 3'490;
  }));
}

TEST_CASE("A diverged teacher leaves the ensemble and the others go on") {
  // One teacher's result is replaced by that of a diverging training of another plan with the same fingerprint: the
  // flag is what counts, so the bytes are forged here.
  Plan plan(moons(), small_plan());
  const Job job = plan.ready_jobs().front();
  ByteWriter forged;
  forged.put(plan.workbench().fingerprint());
  forged.put(job.id);
  forged.put(std::uint8_t{1});
  for (int block = 0; block < 2; ++block) forged.put(std::vector<double>{});
  for (int block = 0; block < 4; ++block) forged.put(std::vector<float>{});
  forged.put(std::vector<std::uint8_t>{});
  forged.put(0.0);
  plan.absorb(job.id, seal("DSTJ", 3, forged.bytes()));
  finish(plan);
  const Report& report = plan.report();
  CHECK(report.teachers[0].state == NetworkState::diverged);
  CHECK(report.ensemble_parameters == 2 * report.teacher_parameters);
  CHECK(report.test.teacher_accuracy.count == 2);
  CHECK(code_of([&] { plan.model(JobKind::teacher, 0); }) == ErrorCode::wrong_state);
}

TEST_CASE("When all teachers diverge the plan says so") {
  PlanOptions options = small_plan();
  // Steps of 10 in each weight of 17 layers: the answers overflow within a few batches.
  options.teachers.training.optimizer.learning_rate = 10;
  options.teachers.hidden.assign(16, 64);
  Plan plan(moons(), options);
  std::optional<ErrorCode> code;
  for (int i = 0; i < 3 && !code; ++i) {
    const Job job = plan.ready_jobs().front();
    const Bytes result = run_job(plan, job);
    code = code_of([&] { plan.absorb(job.id, result); });
  }
  CHECK(code == ErrorCode::diverged);
  CHECK_FALSE(plan.report().finished);
}

TEST_CASE("A plan refuses what is not its own") {
  Plan plan(moons(), small_plan());
  const Job teacher = plan.ready_jobs().front();
  const Bytes result = run_job(plan, teacher);

  SECTION("bytes of another plan") {
    PlanOptions other = small_plan();
    other.students.recipes[0].temperature = 4;
    Plan stranger(moons(), other);
    CHECK(code_of([&] { stranger.absorb(teacher.id, result); }) == ErrorCode::shape_mismatch);
    CHECK(code_of([&] { Plan::resume(stranger.shared_workbench(), plan.save()); }) == ErrorCode::shape_mismatch);
  }
  SECTION("bytes of another job") {
    CHECK(code_of([&] { plan.absorb(teacher.id + 1, result); }) == ErrorCode::shape_mismatch);
  }
  SECTION("an unknown job, or one that is not ready") {
    CHECK(code_of([&] { plan.absorb(1'000'000, result); }) == ErrorCode::wrong_state);
    const JobId student = 3 + 4;  // after 3 teachers and 2 × 2 baselines
    CHECK(code_of([&] { plan.input(student); }) == ErrorCode::wrong_state);
    CHECK(code_of([&] { plan.absorb(student, result); }) == ErrorCode::wrong_state);
  }
  SECTION("a saved run with a margin out of range, or results and checkpoints of no job that could have them") {
    const auto saved = [&](double margin, std::vector<std::pair<JobId, Bytes>> results, std::vector<std::pair<JobId, Bytes>> checkpoints) {
      ByteWriter out("DSTP", 3);
      out.put(plan.workbench().fingerprint());
      out.put(margin);
      for (const auto& list : {results, checkpoints}) {
        out.put(static_cast<std::uint32_t>(list.size()));
        for (const auto& [id, bytes] : list) {
          out.put(id);
          out.put(bytes);
        }
      }
      const Bytes file = std::move(out).seal();
      return code_of([&] { Plan::resume(plan.shared_workbench(), file); });
    };
    const JobId student = 3 + 4, none = 1'000'000;
    const Bytes some(5);
    CHECK_FALSE(saved(0.01, {{teacher.id, result}}, {{teacher.id + 1, some}}));
    for (const double margin : {-0.1, 0.6, std::numeric_limits<double>::quiet_NaN()})
      CHECK(saved(margin, {}, {}) == ErrorCode::corrupt_file);
    CHECK(saved(0.01, {{none, result}}, {}) == ErrorCode::corrupt_file);
    CHECK(saved(0.01, {{student, result}}, {}) == ErrorCode::corrupt_file);
    CHECK(saved(0.01, {{teacher.id, result}, {teacher.id, result}}, {}) == ErrorCode::corrupt_file);
    CHECK(saved(0.01, {}, {{none, some}}) == ErrorCode::corrupt_file);
    CHECK(saved(0.01, {{teacher.id, result}}, {{teacher.id, some}}) == ErrorCode::corrupt_file);
    CHECK(saved(0.01, {}, {{teacher.id, some}, {teacher.id, some}}) == ErrorCode::corrupt_file);
  }
  SECTION("altered bytes, and stays as it was") {
    const Bytes before = plan.save();
    for (std::size_t at = 0; at < result.size(); at += 37) {
      Bytes altered = result;
      altered[at] ^= std::byte{16};
      CHECK(code_of([&] { plan.absorb(teacher.id, altered); }) == ErrorCode::corrupt_file);
    }
    CHECK(code_of([&] { plan.absorb(teacher.id, ByteView(result).first(result.size() / 2)); }) == ErrorCode::corrupt_file);
    CHECK(plan.save() == before);
  }
  SECTION("a result of the wrong lengths, though its checksum fits") {
    ByteWriter forged;
    forged.put(plan.workbench().fingerprint());
    forged.put(teacher.id);
    forged.put(std::uint8_t{0});
    for (int block = 0; block < 2; ++block) forged.put(std::vector<double>(5));
    for (int block = 0; block < 3; ++block) forged.put(std::vector<float>(7));
    forged.put(std::vector<std::uint8_t>{});
    forged.put(0.0);
    CHECK(code_of([&] { plan.absorb(teacher.id, seal("DSTJ", 3, forged.bytes())); }) == ErrorCode::corrupt_file);
    CHECK(code_of([&] { plan.absorb(teacher.id, seal("DSTJ", 1, forged.bytes())); }) == ErrorCode::unsupported_version);
  }
  SECTION("the same result twice is no error") {
    plan.absorb(teacher.id, result);
    const Bytes once = plan.save();
    plan.absorb(teacher.id, result);
    CHECK(plan.save() == once);
  }
}

TEST_CASE("Without validation rows nothing is recommended, and the test figures are there") {
  PlanOptions options = small_plan();
  options.split.validation = 0;
  const Plan plan = distil(moons(), options, 1);
  CHECK(plan.report().choice.status == ChoiceStatus::no_rows);
  CHECK(plan.report().test.sizes[0].student.accuracy.count == 2);
  CHECK(code_of([&] { plan.chosen(); }) == ErrorCode::wrong_state);
}

TEST_CASE("The margin moves the choice without training") {
  Plan plan = distil(moons(), small_plan(), 1);
  plan.set_margin(0.5);
  CHECK(plan.report().choice.status == ChoiceStatus::chosen);
  CHECK(plan.report().choice.size == 0);
  plan.set_margin(0);
  const Choice strict = plan.report().choice;
  CHECK((strict.status == ChoiceStatus::none || strict.size > 0));
  CHECK(code_of([&] { plan.set_margin(-0.1); }) == ErrorCode::invalid_option);
  CHECK(code_of([&] { plan.set_margin(std::nan("")); }) == ErrorCode::invalid_option);
}

namespace {

/// A set with what a plan's own ensemble says of every row of it.
Dataset with_ensemble_of(const Plan& plan, Dataset data, const Matrix& unlabelled = {}) {
  data.unlabelled = unlabelled;
  const auto rows = data.features.rows(), more = unlabelled.rows();
  Matrix all(rows + more, data.features.cols());
  all.topRows(rows) = data.features;
  if (more > 0) all.bottomRows(more) = unlabelled;
  plan.workbench().scaling().apply(all);
  EnsembleLogits ensemble(Combination::mean_logits, rows + more, data.classes());
  for (std::uint32_t teacher = 0; teacher < plan.workbench().options().teachers.count; ++teacher)
    ensemble.add(plan.model(JobKind::teacher, teacher).network.logits(all));
  data.ensemble = ensemble.probabilities();
  return data;
}

}  // namespace

TEST_CASE("An ensemble given as probabilities teaches as well as if its teachers had been trained here") {
  const Plan trained = distil(moons(), small_plan(), 1);
  Plan given(with_ensemble_of(trained, moons()), small_plan());
  for (const Job& job : given.jobs()) CHECK(job.kind != JobKind::teacher);
  CHECK(given.report().validation.ensemble_accuracy.estimate == trained.report().validation.ensemble_accuracy.estimate);
  finish(given);
  const Report &ours = trained.report(), &theirs = given.report();
  CHECK(theirs.teachers.empty());
  CHECK(theirs.ensemble_parameters == 0);
  CHECK(theirs.test.ensemble_accuracy.estimate == ours.test.ensemble_accuracy.estimate);
  // Baselines know no ensemble. Soft targets differ by the rounding of a logarithm, so students hardly do.
  CHECK(save_model(given.model(JobKind::baseline, 1, 0)) == save_model(trained.model(JobKind::baseline, 1, 0)));
  for (std::size_t size = 0; size < 2; ++size)
    CHECK(std::fabs(theirs.test.sizes[size].student.kl.estimate - ours.test.sizes[size].student.kl.estimate) < 1e-3);
  CHECK_THROWS(given.model(JobKind::teacher, 0));

  Plan stopped(given.shared_workbench());
  stopped.absorb(stopped.ready_jobs().front().id, run_job(stopped, stopped.ready_jobs().front()));
  Plan resumed = Plan::resume(given.shared_workbench(), stopped.save());
  finish(resumed);
  CHECK(resumed.save() == given.save());
}

TEST_CASE("Of a given ensemble, what it says of test rows changes no choice and no student") {
  PlanOptions options = small_plan();
  options.split.official_test_rows = 100;
  const Dataset clean = with_ensemble_of(distil(moons(), options, 1), moons());
  Dataset poisoned = clean;
  poisoned.ensemble.bottomRows(100) = 1 - poisoned.ensemble.bottomRows(100).array();
  const Plan a = distil(clean, options, 1), b = distil(poisoned, options, 1);
  CHECK(save_model(a.chosen()) == save_model(b.chosen()));
  CHECK(a.report().test.ensemble_accuracy.estimate != b.report().test.ensemble_accuracy.estimate);
}

TEST_CASE("A given ensemble cannot label rows that are made, so no recipe has any") {
  const PlanOptions options = trial_plan();
  const Dataset data = with_ensemble_of(distil(moons(), small_plan(), 1), moons());
  const Plan plan(data, options);
  CHECK(plan.report().recipes.size() == 2);
  CHECK(plan.workbench().data().rows() == 400);
}

TEST_CASE("Unlabelled rows teach students what the ensemble says of them, and nobody else") {
  for (const std::uint32_t more : {50u, 700u}) {  // fewer and more than training rows
    const Matrix unlabelled = generate(Shape2d::moons, more, 0.25, 6).features;
    Dataset data = moons();
    data.unlabelled = unlabelled;
    const PlanOptions options = transfer_plan({.method = TransferMethod::none});
    const Plan plan = distil(data, options, 1), without = distil(moons(), small_plan(), 1);
    const auto file = [](const Plan& of, JobKind kind) { return save_model(of.model(kind, 1, 0)); };
    CHECK(file(plan, JobKind::teacher) == file(without, JobKind::teacher));
    CHECK(file(plan, JobKind::baseline) == file(without, JobKind::baseline));
    CHECK(file(plan, JobKind::matched) == file(plan, JobKind::baseline));  // they have no label to learn from
    CHECK(file(plan, JobKind::student) != file(without, JobKind::student));
    // A given ensemble may have labelled them too.
    const Plan given = distil(with_ensemble_of(plan, moons(), unlabelled), options, 1);
    CHECK(file(given, JobKind::student) != file(without, JobKind::student));
    CHECK(std::fabs(given.report().test.sizes[1].student.kl.estimate - plan.report().test.sizes[1].student.kl.estimate) < 1e-3);
    // Other rows, another student, and its own state.
    data.unlabelled.array() += 1;
    const Plan other(data, options);
    CHECK(code_of([&] { Plan::resume(other.shared_workbench(), plan.save()); }) == ErrorCode::shape_mismatch);
  }
}

TEST_CASE("Labels alone cannot teach unlabelled rows: such recipes are left out") {
  Dataset data = moons();
  data.unlabelled = generate(Shape2d::moons, 90, 0.25, 6).features;
  PlanOptions options = small_plan();
  options.students.recipes = {{1, 0, true}, {1, 0.9, true}};
  CHECK(Plan(data, options).report().recipes.size() == 1);
  options.students.recipes = {{1, 0, true}};
  const Plan plan(data, options);
  REQUIRE(plan.report().recipes.size() == 1);
  CHECK_FALSE(plan.report().recipes[0].transfer);
}

TEST_CASE("Every option out of its range is an invalid_option") {
  const auto code_with = [](const auto& change) {
    PlanOptions options = small_plan();
    change(options);
    return code_of([&] { Plan(moons(50), options); });
  };
  CHECK(code_with([](PlanOptions& o) { o.teachers.count = 0; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.teachers.count = 101; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.teachers.hidden = {0}; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.teachers.dropout = {1.5f}; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.sizes = {}; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.sizes = {{5}, {3}}; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.seeds = 0; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.first_seeds = 0; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.assistants.assign(9, {2}); }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.assistants = {{0}}; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.recipes[0].assistant = true; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.recipes[0].other_weight = -1; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.teachers.folds = 1; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.teachers.folds = o.teachers.count + 1; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.teachers.patience = 2'000'000; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.recipes[0].temperature = 0; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.recipes[0].soft_weight = 1.1; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.recipes = {}; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.recipes.resize(33); }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.trials = 0; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.students.training.epochs = 0; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.split.validation = 1; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.split.test = -0.1; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.margin = 0.6; }) == ErrorCode::invalid_option);
  CHECK(code_with([](PlanOptions& o) { o.confidence = 1; }) == ErrorCode::invalid_option);
}

TEST_CASE("Mean probabilities, class weights and a cosine schedule run to the end and change the student") {
  const auto student = [](const auto& change) {
    PlanOptions options = small_plan();
    change(options);
    return save_model(distil(moons(), options, 1).model(JobKind::student, 0, 0));
  };
  const Bytes plain = student([](PlanOptions&) {});
  CHECK(student([](PlanOptions& o) { o.teachers.combination = Combination::mean_probabilities; }) != plain);
  CHECK(student([](PlanOptions& o) { o.students.training.optimizer.schedule = Schedule::cosine; }) != plain);
  CHECK(student([](PlanOptions& o) { o.students.recipes[0].soft_weight = 0.5; }) != plain);
}
