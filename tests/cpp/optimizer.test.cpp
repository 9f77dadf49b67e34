// Adam, decoupled weight decay and learning-rate schedules. (Against PyTorch: pytorch.test.cpp.)
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include "distillery/optimizer.hpp"
#include "support.hpp"

using namespace distillery;
using support::code_of;
using support::Numbers;

namespace {

/// The textbook's Adam with decoupled weight decay, in double precision.
struct Plain {
  double rate, decay, beta1, beta2, epsilon;
  std::vector<double> w, m, v;
  double beta1_power = 1, beta2_power = 1;

  void step(std::span<const float> gradient, double scheduled) {
    beta1_power *= beta1, beta2_power *= beta2;
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double g = static_cast<double>(gradient[i]);
      m[i] = beta1 * m[i] + (1 - beta1) * g;
      v[i] = beta2 * v[i] + (1 - beta2) * g * g;
      w[i] -= scheduled * decay * w[i];
      w[i] -= scheduled * (m[i] / (1 - beta1_power)) / (std::sqrt(v[i] / (1 - beta2_power)) + epsilon);
    }
  }
};

void compare_with_plain(const OptimizerOptions& options, std::uint64_t steps) {
  constexpr std::size_t count = 23;
  Numbers numbers(1);
  std::vector<float> w = numbers.bells(count);
  Optimizer optimizer(options, count, steps);
  Plain plain{static_cast<double>(options.learning_rate),
              static_cast<double>(options.weight_decay),
              static_cast<double>(options.beta1),
              static_cast<double>(options.beta2),
              static_cast<double>(options.epsilon),
              {w.begin(), w.end()},
              std::vector<double>(count),
              std::vector<double>(count)};
  for (std::uint64_t t = 0; t < steps; ++t) {
    std::vector<float> gradient = numbers.bells(count);
    double rate = plain.rate;
    if (options.schedule == Schedule::cosine)
      rate *= 0.5 * (1 + std::cos(std::numbers::pi * static_cast<double>(t) / static_cast<double>(steps)));
    const std::vector<float> before = gradient;
    optimizer.step(w, gradient);
    plain.step(gradient, rate);
    REQUIRE(gradient == before);
    // Weights of order 1 are rounded once a step, by at most 2^-24; gradients and moments carry a few such errors.
    for (std::size_t i = 0; i < count; ++i)
      REQUIRE(std::fabs(static_cast<double>(w[i]) - plain.w[i]) < 1e-6 + 2e-7 * static_cast<double>(t));
  }
  CHECK(optimizer.state.steps == steps);
}

}  // namespace

TEST_CASE("the first step of Adam goes one learning rate against the sign of the gradient") {
  Optimizer optimizer({.learning_rate = 0.25f}, 4, 10);
  std::vector<float> w{1, 1, 1, 1}, gradient{5, -0.01f, 0, 100};
  optimizer.step(w, gradient);
  const float expected[] = {0.75f, 1.25f, 1, 0.75f};
  for (std::size_t i = 0; i < 4; ++i) CHECK(std::fabs(w[i] - expected[i]) < 1e-5f);  // ε/|g| = 1e-6 and a few roundings
}

TEST_CASE("Adam follows the textbook in double precision") {
  compare_with_plain({.learning_rate = 0.01f}, 60);
  compare_with_plain({.learning_rate = 0.01f, .beta1 = 0.5f, .beta2 = 0.9f, .epsilon = 0.1f}, 60);
  compare_with_plain({.learning_rate = 0.01f, .beta1 = 0, .beta2 = 0}, 20);
}

TEST_CASE("weight decay is decoupled: it shrinks weights by rate · decay, whatever the gradient") {
  compare_with_plain({.learning_rate = 0.01f, .weight_decay = 0.5f}, 60);
  Optimizer optimizer({.learning_rate = 0.5f, .weight_decay = 0.25f}, 2, 10);
  std::vector<float> w{8, -8}, none{0, 0};
  optimizer.step(w, none);
  CHECK(w == std::vector<float>{7, -7});
}

TEST_CASE("the cosine schedule goes from the full rate towards 0 over all steps, decay included") {
  compare_with_plain({.learning_rate = 0.01f, .weight_decay = 0.5f, .schedule = Schedule::cosine}, 60);
  // With decay alone the rate can be read off: 1 − w'/w is rate · decay.
  Optimizer optimizer({.learning_rate = 1, .weight_decay = 0.5f, .schedule = Schedule::cosine}, 1, 4);
  const double expected[] = {1, 0.5 + std::sqrt(0.125), 0.5, 0.5 - std::sqrt(0.125), 0, 0};
  for (const double rate : expected) {  // after the last step the rate stays 0
    std::vector<float> w{1}, none{0};
    optimizer.step(w, none);
    CHECK(std::fabs((1 - static_cast<double>(w[0])) / 0.5 - rate) < 3e-7);
  }
}

TEST_CASE("an optimizer that takes over state and moments goes on with the same bits") {
  Numbers numbers(2);
  const OptimizerOptions options{.learning_rate = 0.02f, .weight_decay = 0.1f, .schedule = Schedule::cosine};
  std::vector<float> w = numbers.bells(9);
  Optimizer whole(options, 9, 20);
  std::vector<std::vector<float>> gradients;
  for (int t = 0; t < 20; ++t) gradients.push_back(numbers.bells(9));
  for (std::size_t t = 0; t < 7; ++t) whole.step(w, gradients[t]);
  std::vector<float> other = w;
  Optimizer resumed(options, 9, 20);
  resumed.state = whole.state;
  std::copy_n(whole.first_moments.data(), 9, resumed.first_moments.data());
  std::copy_n(whole.second_moments.data(), 9, resumed.second_moments.data());
  for (std::size_t t = 7; t < 20; ++t) {
    whole.step(w, gradients[t]);
    resumed.step(other, gradients[t]);
  }
  CHECK(support::first_difference(w, other) == "");
}

TEST_CASE("every optimizer option outside its stated range is refused") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const auto code = [](const OptimizerOptions& options) { return code_of([&] { return Optimizer(options, 4, 4); }); };
  CHECK(code({}) == std::nullopt);
  CHECK(code({.learning_rate = 10, .weight_decay = 10, .beta1 = 0, .beta2 = 0, .epsilon = 1}) == std::nullopt);
  for (const float bad : {0.0f, -1.0f, 10.5f, nan, infinity})
    CHECK(code({.learning_rate = bad}) == ErrorCode::invalid_option);
  for (const float bad : {-0.1f, 10.5f, nan}) CHECK(code({.weight_decay = bad}) == ErrorCode::invalid_option);
  for (const float bad : {-0.1f, 1.0f, nan}) {
    CHECK(code({.beta1 = bad}) == ErrorCode::invalid_option);
    CHECK(code({.beta2 = bad}) == ErrorCode::invalid_option);
  }
  for (const float bad : {0.0f, -1.0f, 1.5f, nan}) CHECK(code({.epsilon = bad}) == ErrorCode::invalid_option);
  CHECK(code({.schedule = static_cast<Schedule>(2)}) == ErrorCode::invalid_option);
}
