// Running out of memory is a typed error that leaves everything usable. This file replaces the global operator new, so
// that any one allocation of the library can be made to fail.
#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <tuple>

#include "distillery/ensemble.hpp"
#include "distillery/network.hpp"
#include "distillery/trainer.hpp"
#include "support.hpp"

namespace {

thread_local long allocations_left = -1;  // −1: no limit

void* allocate(std::size_t size, std::size_t alignment = 1) {
  if (allocations_left == 0) {
    allocations_left = -1;  // once: the message about it may allocate
    throw std::bad_alloc();
  }
  if (allocations_left > 0) --allocations_left;
  const std::size_t wanted = size > 0 ? size : 1;
  const bool usual = alignment <= alignof(std::max_align_t);
  if (void* at =
          usual ? std::malloc(wanted) : std::aligned_alloc(alignment, (wanted + alignment - 1) / alignment * alignment))
    return at;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete[](void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
void operator delete[](void* at, std::size_t) noexcept { std::free(at); }
void operator delete(void* at, std::align_val_t) noexcept { std::free(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }

using namespace distillery;
using support::make_toy;
using support::Toy;

namespace {

/// Lets the call's first allocation fail, then its second, and so on until it gets through. Returns how many failed, or
/// −1 if one of them was not reported as out_of_memory. `prepare` makes the call's arguments: what their copying
/// allocates is the caller's.
template <class Prepare, class Call>
int failures(Prepare&& prepare, Call&& call) {
  for (int allowed = 0;; ++allowed) {
    auto arguments = prepare();
    bool typed = false;
    allocations_left = allowed;
    try {
      std::apply(call, std::move(arguments));
      const bool failed = allocations_left < 0;
      allocations_left = -1;
      return failed ? -1 : allowed;
    } catch (const Error& error) {
      typed = error.code() == ErrorCode::out_of_memory;
    } catch (const std::bad_alloc&) {
    }
    allocations_left = -1;
    if (!typed) return -1;
  }
}
template <class Call>
int failures(Call&& call) {
  return failures([] { return std::tuple<>(); }, call);
}

}  // namespace

TEST_CASE("every failed allocation of a network, a table or a trainer is an out_of_memory error") {
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
  CHECK(ensemble.teachers() == 1);
}

TEST_CASE("a trainer that ran out of memory goes on to the same bytes") {
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

TEST_CASE("a slice of training allocates nothing") {
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

TEST_CASE("rows beyond any memory are an out_of_memory error") {
  const Eigen::Index rows = std::numeric_limits<Eigen::Index>::max() / 4;
  CHECK(support::code_of([&] { return EnsembleLogits(Combination::mean_logits, rows, 1000); }) ==
        ErrorCode::out_of_memory);
}
