// Running out of memory is a typed error that leaves everything usable. This file replaces the global operator new, so
// that any one allocation of the library can be made to fail.
#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <tuple>

#include "distillery/dataset.hpp"
#include "distillery/ensemble.hpp"
#include "distillery/generators.hpp"
#include "distillery/model_file.hpp"
#include "distillery/network.hpp"
#include "distillery/plan.hpp"
#include "distillery/trainer.hpp"
#include "support.hpp"

namespace {

thread_local long allocations_left = -1;  // −1: no limit
thread_local bool for_ever = false;       // whether all after the first that fails do
thread_local long failed = 0, live = 0;

void* allocate(std::size_t size, std::size_t alignment = 1) {
  if (allocations_left == 0) {
    if (!for_ever) allocations_left = -1;
    ++failed;
    throw std::bad_alloc();
  }
  ++live;
  if (allocations_left > 0) --allocations_left;
  const std::size_t wanted = size > 0 ? size : 1;
  const bool usual = alignment <= alignof(std::max_align_t);
  if (void* at =
          usual ? std::malloc(wanted) : std::aligned_alloc(alignment, (wanted + alignment - 1) / alignment * alignment))
    return at;
  throw std::bad_alloc();
}

void release(void* at) noexcept {
  if (at) --live;
  std::free(at);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* at) noexcept { release(at); }
void operator delete[](void* at) noexcept { release(at); }
void operator delete(void* at, std::size_t) noexcept { release(at); }
void operator delete[](void* at, std::size_t) noexcept { release(at); }
void operator delete(void* at, std::align_val_t) noexcept { release(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { release(at); }

using namespace distillery;
using support::make_toy;
using support::Toy;

namespace {

/// Lets the call's first allocation fail, then its second, and so on until it gets through; then all from the first on, from
/// the second, and so on. Returns how many failed at first, −1 if one was not reported as out_of_memory, or −2 if something
/// was left behind. `prepare` makes the call's arguments: what their copying allocates is the caller's.
template <class Prepare, class Call>
int failures(Prepare&& prepare, Call&& call) {
  int count = 0;
  for (const bool always : {false, true})
    for (int allowed = 0;; ++allowed) {
      const long before = live;
      bool typed = false, through = false;
      {
        auto arguments = prepare();
        failed = 0;
        for_ever = always;
        allocations_left = allowed;
        try {
          std::apply(call, std::move(arguments));
          through = failed == 0;
        } catch (const Error& error) {
          typed = error.code() == ErrorCode::out_of_memory;
        } catch (const std::bad_alloc&) {
        }
        allocations_left = -1;
      }
      count = allowed;
      if (through) break;
      if (!typed) return -1;
      if (live != before) return -2;
    }
  return count;
}
template <class Call>
int failures(Call&& call) {
  return failures([] { return std::tuple<>(); }, call);
}

}  // namespace

TEST_CASE("every failed allocation of a network, a table or a trainer is an out_of_memory error", "[allocations]") {
  const Toy toy = make_toy(20, 4, 3, 1);
  const Architecture shape{4, {8, 6}, 3, {0.2f}};
  CHECK(failures([&] { return std::tuple(shape); }, [](Architecture&& a) { Mlp(std::move(a), 1); }) > 0);
  const Mlp network(shape, 1);
  CHECK(failures([&] { Predictor{network}; }) > 0);
  CHECK(failures([&] { network.logits(toy.features); }) > 0);
  CHECK(failures([&] { return std::tuple(toy.features, toy.labels, std::optional(toy.soft_targets)); },
                 [](Matrix&& features, std::vector<std::int32_t>&& labels, std::optional<Matrix>&& soft) {
                   TableSource(std::move(features), std::move(labels), 3, std::move(soft));
                 }) > 0);
  const std::shared_ptr<const TableSource> source =
      std::make_shared<TableSource>(toy.features, toy.labels, 3, toy.soft_targets);
  const Objective objective{2, 0.5f, {}};
  CHECK(failures([&] { Trainer(network, source, objective, {}); }) > 0);
  CHECK(failures([&] { softmax(toy.features); }) > 0);
  EnsembleLogits ensemble(Combination::mean_probabilities, 20, 3);
  CHECK(failures([&] { ensemble.add(toy.soft_targets); }) > 0);
  CHECK(ensemble.teachers() == 2);  // got through twice: after failures once, and for ever
}

TEST_CASE("a trainer that ran out of memory goes on to the same bytes", "[allocations]") {
  const Toy toy = make_toy(20, 4, 3, 1);
  const Mlp network({4, {8, 6}, 3, {0.2f}}, 1);
  const std::shared_ptr<const TableSource> source = std::make_shared<TableSource>(toy.features, toy.labels, 3);
  const TrainOptions options{.epochs = 3, .batch_size = 8};
  Trainer undisturbed(network, source, {}, options), trainer(network, source, {}, options);
  while (!undisturbed.finished()) undisturbed.run_epoch();
  Bytes checkpoint;
  while (!trainer.finished()) {
    trainer.advance(1);
    CHECK(failures([&] { trainer.model(); }) > 0);
    CHECK(failures([&] { checkpoint = trainer.checkpoint(); }) > 0);
    CHECK(failures([&] { Trainer::resume(checkpoint, source, {}, options); }) > 0);
  }
  CHECK(trainer.checkpoint() == undisturbed.checkpoint());
}

TEST_CASE("every failed allocation of a file's reading or writing is an out_of_memory error", "[allocations]") {
  const Toy toy = make_toy(20, 4, 3, 1);
  const Model model{Mlp({4, {8, 6}, 3, {0.2f}}, 1), {std::vector<float>(4, 0), std::vector<float>(4, 1)}, {"one", "two", "a name that is longer than any small string"}};
  const Dataset data{toy.features, toy.labels, {"one", "two", "three"}, toy.features, Matrix::Constant(40, 3, 1.0f / 3)};
  const Bytes model_file = save_model(model), data_file = save_dataset(data);
  CHECK(failures([&] { save_model(model); }) > 0);
  CHECK(failures([&] { load_model(model_file); }) > 0);
  CHECK(failures([&] { save_dataset(data); }) > 0);
  CHECK(failures([&] { load_dataset(data_file); }) > 0);
  CHECK(failures([&] { split(data, {}); }) > 0);
  const std::vector<std::uint32_t> rows{0, 1, 2};
  CHECK(failures([&] { Standardisation::fit(data.features, rows); }) > 0);
  CHECK(failures([&] { generate(Shape2d::moons, 20, 0.2, 1); }) > 0);
}

namespace {

PlanOptions small_plan() {
  PlanOptions options;
  options.split = {.validation = 0.25, .test = 0.25};
  options.teachers = {.count = 2, .hidden = {3}, .dropout = {}, .training = {.epochs = 1}};
  options.students.sizes = {{2}};
  options.students.seeds = 2;
  options.students.trials = 1;
  options.students.recipes = {{1, 0.5f, false}, {1, 0.5f, true}};
  options.students.training.epochs = 1;
  return options;
}

}  // namespace

TEST_CASE("every failed allocation of a plan, from its data to its report, is an out_of_memory error, and it goes on", "[allocations]") {
  const Toy toy = make_toy(48, 4, 2, 1);
  const Dataset data{toy.features, toy.labels, {"one", "two"}};
  CHECK(failures([&] { return std::tuple(data, small_plan()); },
                 [](Dataset&& given, PlanOptions&& options) { Workbench(std::move(given), std::move(options)); }) > 0);
  const auto bench = std::make_shared<const Workbench>(data, small_plan());
  CHECK(failures([&] { Plan{bench}; }) > 0);
  Plan plan(bench), undisturbed(bench);
  while (!plan.finished()) {
    const JobId id = plan.ready_jobs().front().id;
    Bytes input, result, saved;
    // What a plan keeps for the next call, it may keep.
    CHECK(failures([&] { plan.ready_jobs(); }) > 0);
    CHECK(failures([&] { input = Plan::resume(bench, plan.save()).input(id); }) >= 0);
    CHECK(failures([&] { JobRun(bench, id, input); }) > 0);
    JobRun run(bench, id, input);
    while (!run.advance(1000)) {}
    CHECK(failures([&] { run.checkpoint(); }) >= 0);
    result = run.result();
    CHECK(failures([&] { run.result(); }) > 0);
    CHECK(failures([&] { saved = plan.save(); }) > 0);
    CHECK(failures([&] { Plan::resume(bench, saved).absorb(id, result); }) > 0);
    CHECK(failures([&] { Plan::resume(bench, saved).report(); }) > 0);
    undisturbed.absorb(id, result);
    // Refused as a whole at every allocation, then taken.
    for (long allowed = 0;; ++allowed) {
      allocations_left = allowed;
      for_ever = false;
      const auto code = support::code_of([&] { plan.absorb(id, result); });
      allocations_left = -1;
      if (!code) break;
      REQUIRE(code == ErrorCode::out_of_memory);
      REQUIRE_FALSE(plan.done(id));
    }
  }
  plan.report();
  CHECK(save_model(plan.chosen()) == save_model(undisturbed.chosen()));
  CHECK(plan.report().test.ensemble_accuracy.estimate == undisturbed.report().test.ensemble_accuracy.estimate);
  CHECK(failures([&] { plan.chosen(); }) > 0);
  CHECK(failures([&] { plan.model(JobKind::teacher, 0); }) > 0);
  CHECK(plan.save() == undisturbed.save());
}

TEST_CASE("a job that runs out of memory at any allocation of any slice is refused, and another run of it gives the same bytes", "[allocations]") {
  const Toy toy = make_toy(48, 4, 2, 1);
  const auto bench = std::make_shared<const Workbench>(Dataset{toy.features, toy.labels, {"one", "two"}}, small_plan());
  const auto result_of = [&](long allowed, bool& refused) {
    JobRun run(bench, 0, {});
    refused = false;
    for_ever = false;
    allocations_left = allowed;
    try {
      while (!run.advance(8)) {}
    } catch (const Error& error) {
      refused = error.code() == ErrorCode::out_of_memory;
      allocations_left = -1;
      return Bytes();
    }
    allocations_left = -1;
    return run.result();
  };
  bool refused = false;
  const Bytes whole = result_of(-1, refused);
  long allowed = 0;
  for (; result_of(allowed, refused) != whole; ++allowed) REQUIRE(refused);
  CHECK(allowed > 0);
}

TEST_CASE("a slice of training allocates nothing", "[allocations]") {
  const Toy toy = make_toy(20, 4, 3, 1);
  Trainer trainer(Mlp({4, {8, 6}, 3, {0.2f}}, 1), std::make_shared<TableSource>(toy.features, toy.labels, 3), {},
                  {.epochs = 3, .batch_size = 8});
  trainer.advance(1);
  allocations_left = 0;
  trainer.run_epoch();
  trainer.run_epoch();
  const bool none = allocations_left == 0;
  allocations_left = -1;
  CHECK(none);
}

TEST_CASE("rows beyond any memory are an out_of_memory error", "[allocations]") {
  const Eigen::Index rows = std::numeric_limits<Eigen::Index>::max() / 4;
  CHECK(support::code_of([&] { return EnsembleLogits(Combination::mean_logits, rows, 1000); }) ==
        ErrorCode::out_of_memory);
}
