// Gradients of the whole network against central differences of a plain double-precision network of the test's own.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>

#include "distillery/loss.hpp"
#include "distillery/network.hpp"
#include "distillery/random.hpp"
#include "support.hpp"

using namespace distillery;
using support::Numbers;

namespace {

struct Problem {
  Architecture shape;
  Objective objective;
  int rows = 7;
  std::vector<std::int32_t> labels{};
  std::uint32_t epoch = 3;
  RandomBlock key{5, 6, 7, 8};
};

/// The same loss in double precision, with its own forward pass: what central differences are taken of.
class PlainNetwork {
 public:
  PlainNetwork(const Problem& problem, std::vector<std::vector<double>> features, std::vector<std::vector<double>> soft,
               std::vector<std::uint32_t> row_ids)
      : problem_(problem), features_(std::move(features)), soft_(std::move(soft)), row_ids_(std::move(row_ids)) {}

  double loss(const std::vector<double>& parameters) {
    double total = 0, weights = 0;
    for (std::size_t r = 0; r < features_.size(); ++r) {
      const std::int32_t label = problem_.labels[r];
      const auto& class_weights = problem_.objective.class_weights;
      const double weight =
          label < 0 || class_weights.empty() ? 1 : static_cast<double>(class_weights[static_cast<std::size_t>(label)]);
      weights += weight;
      total += weight * loss_of_row(r, parameters);
    }
    return total / weights;
  }
  /// How near any hidden unit came to ReLU's kink, where differences and derivatives part.
  double nearest_to_kink() const { return nearest_; }

 private:
  double loss_of_row(std::size_t r, const std::vector<double>& parameters) {
    const Architecture& shape = problem_.shape;
    std::vector<double> x = features_[r];
    std::size_t at = 0;
    for (int layer = 0; layer < shape.layers(); ++layer) {
      std::vector<double> z(static_cast<std::size_t>(shape.fan_out(layer)), 0.0);
      for (double& value : z)
        for (const double input : x) value += input * parameters[at++];
      for (double& value : z) value += parameters[at++];
      if (layer + 1 < shape.layers())
        for (std::size_t u = 0; u < z.size(); ++u) {
          nearest_ = std::min(nearest_, std::fabs(z[u]));
          z[u] = std::max(z[u], 0.0) * dropout_factor(static_cast<std::uint32_t>(u), row_ids_[r], layer);
        }
      x = std::move(z);
    }
    const double alpha = static_cast<double>(problem_.objective.soft_weight);
    const double t = static_cast<double>(problem_.objective.temperature);
    const auto log_sum = [&](double temperature) {
      double sum = 0;
      for (const double z : x) sum += std::exp(z / temperature);
      return std::log(sum);
    };
    double loss = 0;
    if (problem_.labels[r] >= 0) loss += (1 - alpha) * (log_sum(1) - x[static_cast<std::size_t>(problem_.labels[r])]);
    if (alpha > 0)
      for (std::size_t c = 0; c < x.size(); ++c)
        loss += alpha * t * t * soft_[r][c] * (std::log(soft_[r][c]) - (x[c] / t - log_sum(t)));
    return loss;
  }

  /// 0 or 1 / (1 − p), from the bits that kernels.hpp names.
  double dropout_factor(std::uint32_t unit, std::uint32_t row, int layer) const {
    const auto threshold = static_cast<std::uint32_t>(problem_.shape.dropout_after(layer) * 65536 + 0.5f);
    if (threshold == 0) return 1;
    const std::uint32_t word = threefry(
        problem_.key, {unit / 32 * 4 + unit % 4, row, problem_.epoch, static_cast<std::uint32_t>(layer)})[unit / 4 % 4];
    const std::uint32_t bits = unit / 16 % 2 ? word >> 16 : word & 0xFFFF;
    return bits < threshold ? 0 : 1 / (1 - threshold / 65536.0);
  }

  const Problem& problem_;
  std::vector<std::vector<double>> features_, soft_;
  std::vector<std::uint32_t> row_ids_;
  double nearest_ = 1e30;
};

void compare_with_differences(Problem problem) {
  const Architecture& shape = problem.shape;
  Numbers numbers(42);
  const auto rows = static_cast<std::size_t>(problem.rows), classes = static_cast<std::size_t>(shape.classes);
  if (problem.labels.empty())
    for (std::size_t r = 0; r < rows; ++r) problem.labels.push_back(static_cast<std::int32_t>(numbers.below(classes)));

  // He's weights halved and biases that matter, so that losses and gradients are of order 1.
  std::vector<float> parameters(shape.parameter_count());
  const Mlp first(shape, 9);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    parameters[i] = 0.5f * first.parameters()[i] + 0.1f * numbers.signed_unit();
  const Mlp network(shape, parameters);

  Backpropagation backpropagation(network, problem.rows + 2);
  MiniBatch batch(problem.rows + 2, shape.inputs, shape.classes, problem.objective.soft_weight > 0);
  batch.features = backpropagation.input(problem.rows);
  std::vector<std::vector<double>> features(rows), soft(rows);
  std::vector<std::uint32_t> row_ids;
  for (std::size_t r = 0; r < rows; ++r) {
    row_ids.push_back(static_cast<std::uint32_t>(100 + 3 * r));
    batch.labels[r] = problem.labels[r];
    for (int i = 0; i < shape.inputs; ++i) {
      const float value = numbers.signed_unit();
      batch.features.row(static_cast<int>(r))[i] = value;
      features[r].push_back(static_cast<double>(value));
    }
    float sum = 0, entropy = 0;
    std::vector<float> p;
    for (std::size_t c = 0; c < classes; ++c) sum += p.emplace_back(0.1f + numbers.unit());
    for (float& value : p) {
      value /= sum;
      entropy -= value * std::log(value);
      soft[r].push_back(static_cast<double>(value));
    }
    if (batch.soft_targets.empty()) continue;
    std::copy(p.begin(), p.end(), batch.soft_targets.begin() + static_cast<std::ptrdiff_t>(r * classes));
    batch.soft_entropy[r] = entropy;
  }

  Loss loss(problem.objective, problem.rows + 2, shape.classes);
  const auto logits = backpropagation.forward(problem.rows, {problem.key, problem.epoch, row_ids});
  const LossSums sums = loss.evaluate(logits, batch, backpropagation.logit_gradient(problem.rows));
  backpropagation.backward(problem.rows);
  std::vector<float> gradient(parameters.size());
  backpropagation.layout().unpack(backpropagation.gradient().data(), gradient);

  PlainNetwork plain(problem, features, soft, row_ids);
  std::vector<double> at(parameters.begin(), parameters.end());
  const double mean_loss = sums.loss / sums.weight;
  CHECK(std::fabs(mean_loss - plain.loss(at)) < 1e-6 * (1 + mean_loss));
  // No step of h may carry a unit over its kink: a parameter moves a pre-activation by h times what lies before it,
  // which is below 20 here.
  constexpr double h = 1e-6;
  REQUIRE(plain.nearest_to_kink() > 20 * h);

  // The difference quotient is wrong by h²/6 times a third derivative of order 1 (at most 100: 2e-11) plus 2e-16 / h =
  // 2e-10. Ours sums some dozens of products of order 1 with relative errors of 6e-8 each that partly cancel. So what
  // is left below 1e-6 · (1 + |gradient|) is rounding, and a wrong term of even a millionth shows.
  std::size_t not_zero = 0;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double middle = at[i];
    at[i] = middle + h;
    const double above = plain.loss(at);
    at[i] = middle - h;
    const double below = plain.loss(at);
    at[i] = middle;
    const double difference = (above - below) / (2 * h), ours = static_cast<double>(gradient[i]);
    CAPTURE(i, difference, ours);
    REQUIRE(std::fabs(difference - ours) < 1e-6 * (1 + std::fabs(difference)));
    not_zero += std::fabs(difference) > 1e-4;
  }
  CHECK(not_zero > at.size() / 5);  // not a network of dead units

  // The padding between the parameters has no gradient, or Adam would fill it.
  std::vector<float> again(backpropagation.layout().size(), 0.0f);
  backpropagation.layout().pack(gradient, again.data());
  CHECK(support::first_difference(again, backpropagation.gradient()) == "");
}

}  // namespace

TEST_CASE("gradients of cross-entropy are those of central differences") {
  compare_with_differences({{5, {9, 6}, 3, {}}, {}});
  compare_with_differences({{4, {}, 2, {}}, {}});
  compare_with_differences({{3, {35, 7, 5}, 4, {}}, {}});
}

TEST_CASE("gradients of the distillation loss are those of central differences") {
  compare_with_differences({{5, {9, 6}, 3, {}}, {3, 0.7f, {}}});
  compare_with_differences({{5, {9, 6}, 3, {}}, {2, 1, {}}});
}

TEST_CASE("gradients with class weights are those of central differences") {
  compare_with_differences({{5, {9, 6}, 3, {}}, {1, 0, {0.5f, 3, 1.5f}}});
  compare_with_differences({{5, {9, 6}, 3, {}}, {3, 0.7f, {0.5f, 3, 1.5f}}});
}

TEST_CASE("gradients with rows that have no label are those of central differences") {
  compare_with_differences({{5, {9, 6}, 3, {}}, {3, 0.7f, {0.5f, 3, 1.5f}}, 7, {0, -1, 2, -1, 1, 0, -1}});
}

TEST_CASE("gradients through dropout, its mask held fixed, are those of central differences") {
  compare_with_differences({{5, {40, 24}, 3, {0.3f, 0.5f}}, {}});
  compare_with_differences({{5, {9, 36, 6}, 3, {0.3f, 0.0f, 0.25f}}, {3, 0.7f, {}}});
}
