// Objectives over mini-batches against their formulas, written out in double precision.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "distillery/loss.hpp"
#include "support.hpp"

using namespace distillery;
using support::code_of;
using support::Numbers;

namespace {

struct Batch {
  int classes;
  std::vector<std::vector<float>> logits;
  std::vector<std::int32_t> labels;
  std::vector<std::vector<float>> soft;  ///< empty: none
};

struct Result {
  LossSums sums;
  std::vector<std::vector<float>> gradient;
  std::vector<float> padding;  ///< what the gradient's padding holds
};

Result evaluate(const Objective& objective, const Batch& batch, int max_rows = 0) {
  const int rows = static_cast<int>(batch.logits.size());
  if (max_rows < rows) max_rows = rows;
  const auto stride = static_cast<std::size_t>(kernels::padded(batch.classes));
  std::vector<float> logits(static_cast<std::size_t>(rows) * stride, 0.0f), gradient(logits.size(), 77.0f);
  MiniBatch mini(max_rows, 1, batch.classes, !batch.soft.empty());
  for (std::size_t r = 0; r < batch.logits.size(); ++r) {
    mini.labels[r] = batch.labels[r];
    double entropy = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(batch.classes); ++c) {
      logits[r * stride + c] = batch.logits[r][c];
      if (batch.soft.empty()) continue;
      const float p = batch.soft[r][c];
      mini.soft_targets[r * static_cast<std::size_t>(batch.classes) + c] = p;
      if (p > 0) entropy -= static_cast<double>(p) * std::log(static_cast<double>(p));
    }
    if (!batch.soft.empty()) mini.soft_entropy[r] = static_cast<float>(entropy);
  }
  Loss loss(objective, max_rows, batch.classes);
  Result result;
  result.sums =
      loss.evaluate({logits.data(), rows, batch.classes, stride}, mini, {gradient.data(), rows, batch.classes, stride});
  for (std::size_t r = 0; r < batch.logits.size(); ++r) {
    const auto row = gradient.begin() + static_cast<std::ptrdiff_t>(r * stride);
    result.gradient.emplace_back(row, row + batch.classes);
    result.padding.insert(result.padding.end(), row + batch.classes, row + static_cast<std::ptrdiff_t>(stride));
  }
  return result;
}

std::vector<double> softmax(const std::vector<float>& z, double temperature) {
  double largest = static_cast<double>(z[0]), sum = 0;
  for (const float value : z) largest = std::max(largest, static_cast<double>(value));
  std::vector<double> p;
  for (const float value : z) p.push_back(std::exp((static_cast<double>(value) - largest) / temperature));
  for (const double value : p) sum += value;
  for (double& value : p) value /= sum;
  return p;
}

struct Expected {
  double loss = 0, weight = 0;  ///< sums over the batch
  std::vector<std::vector<double>> gradient;
};

/// The formula of loss.hpp, term by term.
Expected by_formula(const Objective& objective, const Batch& batch) {
  Expected expected;
  const double alpha = static_cast<double>(objective.soft_weight), t = static_cast<double>(objective.temperature);
  const auto weight_of = [&](std::int32_t label) {
    return label < 0 || objective.class_weights.empty()
               ? 1.0
               : static_cast<double>(objective.class_weights[static_cast<std::size_t>(label)]);
  };
  for (const std::int32_t label : batch.labels) expected.weight += weight_of(label);
  for (std::size_t r = 0; r < batch.logits.size(); ++r) {
    const std::int32_t label = batch.labels[r];
    const auto p = softmax(batch.logits[r], 1);
    std::vector<double> gradient(p.size(), 0.0);
    double loss = 0;
    if (label >= 0) {
      loss += (1 - alpha) * -std::log(p[static_cast<std::size_t>(label)]);
      for (std::size_t c = 0; c < p.size(); ++c)
        gradient[c] += (1 - alpha) * (p[c] - (static_cast<std::int32_t>(c) == label ? 1 : 0));
    }
    if (alpha > 0) {
      const auto q = softmax(batch.logits[r], t);
      for (std::size_t c = 0; c < p.size(); ++c) {
        const double target = static_cast<double>(batch.soft[r][c]);
        if (target > 0) loss += alpha * t * t * target * (std::log(target) - std::log(q[c]));
        gradient[c] += alpha * t * (q[c] - target);  // T² · 1/T
      }
    }
    for (double& g : gradient) g *= weight_of(label) / expected.weight;
    expected.loss += weight_of(label) * loss;
    expected.gradient.push_back(gradient);
  }
  return expected;
}

Batch some_batch(int rows, int classes, bool soft, std::uint64_t seed) {
  Numbers numbers(seed);
  Batch batch{classes, {}, {}, {}};
  for (int r = 0; r < rows; ++r) {
    std::vector<float> z, p;
    float sum = 0;
    for (int c = 0; c < classes; ++c) {
      z.push_back(4 * numbers.signed_unit());
      p.push_back(static_cast<float>(1 + numbers.below(9)));
      sum += p.back();
    }
    for (float& value : p) value /= sum;
    batch.logits.push_back(z);
    batch.labels.push_back(static_cast<std::int32_t>(numbers.below(static_cast<std::size_t>(classes))));
    if (soft) batch.soft.push_back(p);
  }
  return batch;
}

/// Losses here are below 30 and come from float softmaxes (relative error about 1e-6 at logits below 4);
/// gradients are shares of a mean, so below T·α/rows.
void compare(const Objective& objective, const Batch& batch) {
  const Expected expected = by_formula(objective, batch);
  const Result result = evaluate(objective, batch);
  CHECK(std::fabs(result.sums.loss - expected.loss) <
        1e-6 * static_cast<double>(batch.logits.size()) + 2e-6 * std::fabs(expected.loss));
  CHECK(std::fabs(result.sums.weight - expected.weight) < 1e-9 * expected.weight);
  CHECK(result.sums.rows == batch.logits.size());
  for (std::size_t r = 0; r < batch.logits.size(); ++r)
    for (std::size_t c = 0; c < static_cast<std::size_t>(batch.classes); ++c) {
      CAPTURE(r, c);
      CHECK(std::fabs(static_cast<double>(result.gradient[r][c]) - expected.gradient[r][c]) < 1e-6);
    }
  for (const float value : result.padding) CHECK(std::bit_cast<std::uint32_t>(value) == 0u);
}

}  // namespace

TEST_CASE("cross-entropy of logits that are easy by hand") {
  // Two equal logits: loss ln 2, gradient (p − 1, p) over the two rows.
  const Batch batch{2, {{0, 0}, {3, 3}}, {0, 1}, {}};
  const Result result = evaluate({}, batch);
  CHECK(std::fabs(result.sums.loss - 2 * 0.69314718055994531) < 1e-12);
  CHECK(result.sums.weight == 2.0);
  CHECK(result.gradient[0] == std::vector<float>{-0.25f, 0.25f});
  CHECK(result.gradient[1] == std::vector<float>{0.25f, -0.25f});
}

TEST_CASE("cross-entropy is its formula, for few and many classes") {
  for (const int classes : {2, 3, 4, 5, 26}) {
    CAPTURE(classes);
    compare({}, some_batch(9, classes, false, static_cast<std::uint64_t>(classes)));
  }
}

TEST_CASE("the distillation loss is its formula at several temperatures and soft weights") {
  for (const float temperature : {0.5f, 1.0f, 3.0f, 20.0f})
    for (const float alpha : {0.25f, 0.7f, 1.0f}) {
      CAPTURE(temperature, alpha);
      compare({temperature, alpha, {}}, some_batch(8, 5, true, 3));
    }
}

namespace {

double kl(const std::vector<double>& p, const std::vector<double>& q) {
  double sum = 0;
  for (std::size_t c = 0; c < p.size(); ++c) sum += p[c] > 0 ? p[c] * std::log(p[c] / q[c]) : 0;
  return sum;
}

/// T² · soft loss of one row by its definition in loss.hpp, in double precision.
double soft_loss(const Objective& objective, const std::vector<double>& z, const std::vector<float>& target,
                 std::int32_t label) {
  const double t = static_cast<double>(objective.temperature);
  std::vector<double> q, p(target.begin(), target.end());
  double sum = 0;
  for (const double value : z) sum += q.emplace_back(std::exp(value / t));
  for (double& value : q) value /= sum;
  const auto classes = static_cast<double>(z.size());
  if (objective.soft_loss == SoftLoss::logits) {
    std::vector<double> gap;
    double mean = 0, squares = 0;
    for (std::size_t c = 0; c < z.size(); ++c) mean += gap.emplace_back(z[c] / t - std::log(p[c])) / classes;
    for (const double value : gap) squares += (value - mean) * (value - mean);
    return t * t * squares / (2 * classes);
  }
  const auto y = label < 0 ? static_cast<std::size_t>(std::ranges::max_element(p) - p.begin()) : static_cast<std::size_t>(label);
  std::vector<double> p_hat, q_hat;
  for (std::size_t c = 0; c < z.size(); ++c) {
    if (c == y) continue;
    p_hat.push_back(p[c] / (1 - p[y]));
    q_hat.push_back(q[c] / (1 - q[y]));
  }
  return t * t * (kl({p[y], 1 - p[y]}, {q[y], 1 - q[y]}) + static_cast<double>(objective.other_weight) * kl(p_hat, q_hat));
}

}  // namespace

TEST_CASE("matched logits and the decoupled divergence are their formulas, and their gradients the derivatives of these") {
  for (const SoftLoss loss : {SoftLoss::logits, SoftLoss::decoupled})
    for (const int classes : {2, 3, 26})
      for (const float temperature : {0.5f, 1.0f, 4.0f}) {
        CAPTURE(static_cast<int>(loss), classes, temperature);
        const Objective objective{temperature, 1, {}, loss, 3};
        Batch batch = some_batch(6, classes, true, static_cast<std::uint64_t>(classes));
        batch.labels[2] = batch.labels[5] = -1;
        const Result result = evaluate(objective, batch);
        double expected = 0;
        for (std::size_t r = 0; r < 6; ++r) {
          const std::vector<double> z(batch.logits[r].begin(), batch.logits[r].end());
          expected += soft_loss(objective, z, batch.soft[r], batch.labels[r]);
          for (std::size_t c = 0; c < z.size(); ++c) {
            auto up = z, down = z;
            constexpr double step = 1e-5;
            up[c] += step;
            down[c] -= step;
            const double slope = (soft_loss(objective, up, batch.soft[r], batch.labels[r]) -
                                  soft_loss(objective, down, batch.soft[r], batch.labels[r])) / (2 * step);
            // Gradients reach 20 here, in floats; the difference quotient is off by the square of its step.
            CHECK(std::fabs(static_cast<double>(result.gradient[r][c]) - slope / 6) < 2e-6);
          }
        }
        // Soft targets are floats, whose sum misses 1 by 1e-7, which 1 − p_y feels.
        CHECK(std::fabs(result.sums.loss - expected) < 1e-5 * (1 + expected));
      }
}

TEST_CASE("decoupled with the other classes' own share as their weight, or of two classes, is the divergence") {
  // KL(p ‖ q) = KL of the label against the rest + (1 − p_y) · KL of the others (Zhao et al. 2022, equation 5).
  Batch batch{4, {{1, 0, -1, 2}}, {1}, {{0.25f, 0.5f, 0.125f, 0.125f}}};
  const Result apart = evaluate({2, 1, {}, SoftLoss::decoupled, 0.5f}, batch), whole = evaluate({2, 1, {}}, batch);
  CHECK(std::fabs(apart.sums.loss - whole.sums.loss) < 1e-6);
  for (std::size_t c = 0; c < 4; ++c) CHECK(std::fabs(apart.gradient[0][c] - whole.gradient[0][c]) < 1e-6f);
  batch = some_batch(5, 2, true, 3);
  CHECK(std::fabs(evaluate({2, 1, {}, SoftLoss::decoupled, 9}, batch).sums.loss - evaluate({2, 1, {}}, batch).sums.loss) < 1e-5);
}

TEST_CASE("one-hot soft targets and far logits leave both other soft losses finite") {
  const Batch batch{3, {{200, -100, 0}, {0, 300, -300}}, {0, 0}, {{1, 0, 0}, {0, 0, 1}}};
  for (const SoftLoss loss : {SoftLoss::logits, SoftLoss::decoupled}) {
    const Result result = evaluate({1, 1, {}, loss}, batch);
    CHECK(std::isfinite(result.sums.loss));
    for (const auto& row : result.gradient)
      for (const float g : row) CHECK(std::isfinite(g));
  }
}

TEST_CASE("class weights weigh both terms and the mean") {
  const std::vector<float> weights{0.5f, 2, 7};
  compare({1, 0, weights}, some_batch(9, 3, false, 4));
  compare({3, 0.7f, weights}, some_batch(9, 3, true, 5));
  // The mean of a batch of one class does not feel that class's weight.
  const Batch one{2, {{1, -1}, {0, 2}}, {1, 1}, {}};
  const Result plain = evaluate({}, one), weighted = evaluate({1, 0, {3, 8}}, one);
  CHECK(plain.sums.loss / plain.sums.weight == weighted.sums.loss / weighted.sums.weight);
  CHECK(plain.gradient == weighted.gradient);
}

TEST_CASE("rows without a label take part with weight 1 and their soft targets alone") {
  Batch batch = some_batch(6, 4, true, 6);
  batch.labels[1] = batch.labels[4] = -1;
  compare({2, 0.6f, {}}, batch);
  compare({2, 0.6f, {4, 3, 2, 1}}, batch);
  compare({2, 1.0f, {}}, batch);
  batch.soft.clear();
  const Result result = evaluate({}, batch);
  CHECK(result.gradient[1] == std::vector<float>(4, 0.0f));
  CHECK(result.sums.weight == 6.0);
}

TEST_CASE("soft targets with zeros, one-hot ones too, give a finite divergence") {
  const Batch batch{3, {{2, -1, 0}, {0, 0, 0}}, {0, 1}, {{1, 0, 0}, {0.5f, 0.5f, 0}}};
  compare({2, 0.5f, {}}, batch);
}

TEST_CASE("the divergence from the network's own answer is 0, and so is its gradient") {
  Batch batch = some_batch(5, 6, true, 7);
  for (std::size_t r = 0; r < 5; ++r) {
    const auto p = softmax(batch.logits[r], 4);
    for (std::size_t c = 0; c < 6; ++c) batch.soft[r][c] = static_cast<float>(p[c]);
  }
  const Result result = evaluate({4, 1, {}}, batch);
  // KL is the difference of two sums near ln 6; float entropy and logits leave 1e-7 of each, times T² = 16 and 5 rows.
  CHECK(std::fabs(result.sums.loss) < 2e-5);
  for (const auto& row : result.gradient)
    for (const float g : row) CHECK(std::fabs(g) < 4e-7f);
}

TEST_CASE(
    "accuracy counts rows whose largest logit is the label's; ties go to the first class, no label counts as wrong") {
  const Batch batch{3, {{1, 2, 0}, {1, 2, 0}, {1, 1, 0}, {0, 1, 1}, {1, 1, 0}, {5, 0, 0}}, {1, 0, 0, 1, 1, -1}, {}};
  CHECK(evaluate({}, batch).sums.correct == 3);
}

TEST_CASE("huge logits give a finite loss, and what rounds to nothing is exactly 0") {
  const Batch batch{3, {{1000, 0, -1000}, {1000, 0, -1000}}, {0, 1}, {}};
  const Result result = evaluate({}, batch);
  CHECK(std::fabs(result.sums.loss - 1000) < 1e-9);
  CHECK(result.gradient[0] == std::vector<float>{0, 0, 0});
  CHECK(result.gradient[1] == std::vector<float>{0.5f, -0.5f, 0});
}

TEST_CASE("loss gradients below 1e-12 are 0, those above stay") {
  // p of the wrong class is e^−d: 1.6e-12 at 27.2 and 0.7e-12 at 28.
  const auto small = [](float d) { return evaluate({}, {2, {{d, 0}}, {0}, {}}).gradient[0][1]; };
  CHECK(small(28) == 0.0f);
  CHECK(small(27.2f) > 1.4e-12f);
  CHECK(small(27.2f) < 1.7e-12f);
}

TEST_CASE("a smaller last batch is evaluated on its own rows only") {
  const Batch batch = some_batch(3, 4, true, 8);
  const Objective objective{3, 0.7f, {1, 2, 3, 4}};
  const Result exact = evaluate(objective, batch), roomy = evaluate(objective, batch, 64);
  CHECK(exact.sums.loss == roomy.sums.loss);
  CHECK(exact.gradient == roomy.gradient);
}

TEST_CASE("a NaN or infinite logit shows in the loss") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {nan, infinity})
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
      Batch batch = some_batch(2, 3, true, 9);
      batch.logits[1][at] = bad;
      CHECK_FALSE(std::isfinite(evaluate({}, batch).sums.loss));
      CHECK_FALSE(std::isfinite(evaluate({3, 1, {}}, batch).sums.loss));
      CHECK_FALSE(std::isfinite(evaluate({3, 0.5f, {}}, batch).sums.loss));
      for (const SoftLoss loss : {SoftLoss::logits, SoftLoss::decoupled})
        CHECK_FALSE(std::isfinite(evaluate({3, 1, {}, loss}, batch).sums.loss));
    }
}

TEST_CASE("an objective outside its stated range is refused") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto code = [](Objective objective) {
    return code_of([&] {
      objective.validate(3);
      return 0;
    });
  };
  CHECK(code({}) == std::nullopt);
  CHECK(code({0.05f, 0, {}}) == std::nullopt);
  CHECK(code({100, 1, {1, 1e6f, 1e-3f}}) == std::nullopt);
  for (const float temperature : {0.0f, 0.049f, 101.0f, -1.0f, nan})
    CHECK(code({temperature, 0, {}}) == ErrorCode::invalid_option);
  for (const float alpha : {-0.1f, 1.1f, nan}) CHECK(code({1, alpha, {}}) == ErrorCode::invalid_option);
  CHECK(code({1, 0, {1, 2}}) == ErrorCode::shape_mismatch);
  CHECK(code({1, 0, {1, 2, 3, 4}}) == ErrorCode::shape_mismatch);
  for (const float weight : {0.0f, -1.0f, 2e6f, nan}) CHECK(code({1, 0, {1, weight, 1}}) == ErrorCode::invalid_option);
  CHECK(code({1, 1, {}, static_cast<SoftLoss>(3)}) == ErrorCode::invalid_option);
  for (const float weight : {-1.0f, 101.0f, nan})
    CHECK(code({1, 1, {}, SoftLoss::decoupled, weight}) == ErrorCode::invalid_option);
  CHECK(code_of([] { return Loss({0, 0, {}}, 8, 3); }) == ErrorCode::invalid_option);
}
