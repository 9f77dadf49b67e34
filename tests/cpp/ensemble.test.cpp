// How the teachers' answers become the ensemble's.
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <limits>

#include "distillery/ensemble.hpp"
#include "distillery/metrics.hpp"
#include "support.hpp"

using namespace distillery;
using support::code_of;
using support::first_difference;
using support::Numbers;
using support::values;

namespace {

Matrix some_logits(int rows, int classes, std::uint64_t seed, float size = 4) {
  Numbers numbers(seed);
  Matrix logits(rows, classes);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < classes; ++c) logits(r, c) = size * numbers.signed_unit();
  return logits;
}

/// softmax of a row in double precision.
std::vector<double> softmax_of(const std::vector<double>& z, double temperature) {
  double sum = 0;
  std::vector<double> p;
  for (const double value : z) p.push_back(std::exp(value / temperature));
  for (const double value : p) sum += value;
  for (double& value : p) value /= sum;
  return p;
}

}  // namespace

TEST_CASE("softmax at a temperature is its formula, for every width") {
  for (const int classes : {2, 3, 4, 5, 26})
    for (const float temperature : {0.5f, 1.0f, 3.0f}) {
      const Matrix z = some_logits(11, classes, 1), p = softmax(z, temperature);
      REQUIRE((p.rows() == 11 && p.cols() == classes));
      for (int r = 0; r < 11; ++r) {
        std::vector<double> row;
        for (int c = 0; c < classes; ++c) row.push_back(static_cast<double>(z(r, c)));
        const auto expected = softmax_of(row, static_cast<double>(temperature));
        // Scaled logits up to 8, rounded to 2^-22, make relative errors of about 1e-6.
        for (int c = 0; c < classes; ++c)
          CHECK(std::fabs(static_cast<double>(p(r, c)) - expected[static_cast<std::size_t>(c)]) < 1.5e-6);
      }
    }
  CHECK(softmax(Matrix(0, 3)).rows() == 0);
}

TEST_CASE("mean logits: the mean, divided by the temperature, and its softmax") {
  constexpr float temperature = 2.5f;
  EnsembleLogits ensemble(Combination::mean_logits, 6, 3, temperature);
  std::vector<Matrix> teachers;
  for (std::uint64_t i = 0; i < 5; ++i) {
    teachers.push_back(some_logits(6, 3, 10 + i));
    ensemble.add(teachers.back());
    CHECK(ensemble.teachers() == static_cast<int>(i) + 1);
  }
  const Matrix logits = ensemble.logits(), probabilities = ensemble.probabilities();
  for (int r = 0; r < 6; ++r) {
    std::vector<double> mean(3, 0.0);
    for (const Matrix& teacher : teachers)
      for (int c = 0; c < 3; ++c) mean[static_cast<std::size_t>(c)] += static_cast<double>(teacher(r, c)) / 5;
    const auto p = softmax_of(mean, static_cast<double>(temperature));
    for (std::size_t c = 0; c < 3; ++c) {
      const int column = static_cast<int>(c);
      CHECK(std::fabs(static_cast<double>(logits(r, column)) - mean[c] / static_cast<double>(temperature)) < 1e-6);
      CHECK(std::fabs(static_cast<double>(probabilities(r, column)) - p[c]) < 1e-6);
    }
  }
}

TEST_CASE("mean probabilities: the mean of the teachers' softmaxes at the temperature, and its logarithm") {
  constexpr float temperature = 2;
  EnsembleLogits ensemble(Combination::mean_probabilities, 4, 5, temperature);
  std::vector<Matrix> teachers;
  for (std::uint64_t i = 0; i < 3; ++i) {
    teachers.push_back(some_logits(4, 5, 20 + i));
    ensemble.add(teachers.back());
  }
  const Matrix logits = ensemble.logits(), probabilities = ensemble.probabilities();
  for (int r = 0; r < 4; ++r) {
    std::vector<double> mean(5, 0.0);
    for (const Matrix& teacher : teachers) {
      std::vector<double> row;
      for (int c = 0; c < 5; ++c) row.push_back(static_cast<double>(teacher(r, c)));
      const auto p = softmax_of(row, static_cast<double>(temperature));
      for (std::size_t c = 0; c < 5; ++c) mean[c] += p[c] / 3;
    }
    for (std::size_t c = 0; c < 5; ++c) {
      const int column = static_cast<int>(c);
      CHECK(std::fabs(static_cast<double>(probabilities(r, column)) - mean[c]) < 1e-6);
      CHECK(std::fabs(static_cast<double>(logits(r, column)) - std::log(mean[c])) < 3e-6 / mean[c]);
    }
  }
}

TEST_CASE("one teacher's ensemble is that teacher, in both combinations") {
  const Matrix z = some_logits(9, 4, 3);
  for (const Combination combination : {Combination::mean_logits, Combination::mean_probabilities}) {
    EnsembleLogits ensemble(combination, 9, 4);
    ensemble.add(z);
    CHECK(first_difference(values(ensemble.probabilities()), values(softmax(z))) == "");
  }
}

TEST_CASE("teachers are summed in the order of their index, in single precision") {
  // (2^24 + 1) + 1 stays 2^24; 1 + 1 first would make it 2^24 + 2.
  EnsembleLogits ensemble(Combination::mean_logits, 1, 2);
  for (const float value : {16777216.0f, 1.0f, 1.0f}) ensemble.add(Matrix::Constant(1, 2, value));
  CHECK(ensemble.logits()(0, 0) == 16777216.0f / 3.0f);
  // The mean is a quotient, not a product with 1 / 3: the two differ at 5.
  EnsembleLogits five(Combination::mean_logits, 1, 2);
  for (const float value : {1.0f, 1.0f, 3.0f}) five.add(Matrix::Constant(1, 2, value));
  REQUIRE(5.0f / 3.0f != 5.0f * (1.0f / 3.0f));
  CHECK(five.logits()(0, 0) == 5.0f / 3.0f);
}

TEST_CASE("the logarithm of a mean probability of 0 is finite") {
  EnsembleLogits ensemble(Combination::mean_probabilities, 1, 2);
  Matrix z(1, 2);
  z << 200, -200;
  ensemble.add(z);
  CHECK(ensemble.probabilities()(0, 1) == 0.0f);
  CHECK(std::isfinite(ensemble.logits()(0, 1)));
  CHECK(ensemble.logits()(0, 1) < -80.0f);
}

TEST_CASE("other shapes are refused and leave the ensemble as it was; without teachers it has no answer") {
  EnsembleLogits ensemble(Combination::mean_logits, 3, 2);
  CHECK(code_of([&] { return ensemble.logits(); }) == ErrorCode::wrong_state);
  CHECK(code_of([&] { return ensemble.probabilities(); }) == ErrorCode::wrong_state);
  EnsembleLogits other(Combination::mean_probabilities, 3, 2);
  CHECK(code_of([&] { return other.probabilities(); }) == ErrorCode::wrong_state);
  CHECK(code_of([&] { return other.logits(); }) == ErrorCode::wrong_state);
  ensemble.add(Matrix::Ones(3, 2));
  for (const auto& [rows, classes] : {std::pair{2, 2}, std::pair{3, 3}, std::pair{4, 2}, std::pair{3, 1}})
    CHECK(code_of([&] {
            ensemble.add(Matrix::Ones(rows, classes));
            return 0;
          }) == ErrorCode::shape_mismatch);
  CHECK(ensemble.teachers() == 1);
  CHECK(ensemble.logits() == Matrix::Ones(3, 2));
}

TEST_CASE("a temperature outside 0.05 to 100 is refused") {
  for (const float temperature : {0.0f, 0.04f, -1.0f, 101.0f, std::numeric_limits<float>::quiet_NaN()})
    CHECK(code_of([&] { return EnsembleLogits(Combination::mean_logits, 1, 2, temperature); }) ==
          ErrorCode::invalid_option);
  CHECK(code_of([&] { return EnsembleLogits(Combination::mean_logits, 1, 2, 0.05f); }) == std::nullopt);
  CHECK(code_of([&] { return EnsembleLogits(Combination::mean_logits, 1, 2, 100.0f); }) == std::nullopt);
}

TEST_CASE("Weighted means are the means of as many teachers, and weights may be any finite ones from 0 on") {
  for (const Combination combination : {Combination::mean_logits, Combination::mean_probabilities}) {
    const Matrix a = some_logits(5, 3, 1), b = some_logits(5, 3, 2);
    EnsembleLogits weighted(combination, 5, 3, 2), repeated(combination, 5, 3, 2);
    weighted.add(a, 2);
    weighted.add(b, 1);
    for (const Matrix& teacher : {a, a, b}) repeated.add(teacher);
    CHECK((weighted.probabilities() - repeated.probabilities()).cwiseAbs().maxCoeff() < 1e-6f);
    EnsembleLogits silent(combination, 5, 3);
    silent.add(a, 0);
    CHECK(code_of([&] { return silent.probabilities(); }) == ErrorCode::wrong_state);
    for (const float weight : {-1.0f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
      CHECK(code_of([&] { silent.add(a, weight); }) == ErrorCode::invalid_option);
  }
}

TEST_CASE("A calibration divides the teachers' logits before all else") {
  for (const Combination combination : {Combination::mean_logits, Combination::mean_probabilities}) {
    const Matrix a = some_logits(5, 3, 1), b = some_logits(5, 3, 2);
    EnsembleLogits calibrated(combination, 5, 3, 2, 1.5f), divided(combination, 5, 3, 2);
    for (const Matrix& teacher : {a, b}) {
      calibrated.add(teacher);
      divided.add(Matrix(teacher / 1.5f));
    }
    CHECK((calibrated.probabilities() - divided.probabilities()).cwiseAbs().maxCoeff() < 1e-6f);
    CHECK((calibrated.logits() - divided.logits()).cwiseAbs().maxCoeff() < 1e-5f);
  }
  CHECK(code_of([] { return EnsembleLogits(Combination::mean_logits, 1, 2, 1, 0.1f); }) == ErrorCode::invalid_option);
}

namespace {

/// Labels drawn from softmax(logits / temperature), so that this is how sure the logits may be.
std::vector<std::int32_t> drawn_from(const Matrix& logits, float temperature, std::uint64_t seed) {
  Numbers numbers(seed);
  const Matrix p = softmax(logits, temperature);
  std::vector<std::int32_t> labels;
  for (Eigen::Index r = 0; r < p.rows(); ++r) {
    float left = numbers.unit();
    std::int32_t label = 0;
    while (label + 1 < p.cols() && (left -= p(r, label)) > 0) ++label;
    labels.push_back(label);
  }
  return labels;
}

}  // namespace

TEST_CASE("The fitted temperature is the one that the labels were drawn with") {
  const Matrix z = some_logits(20000, 3, 5);
  for (const Combination combination : {Combination::mean_logits, Combination::mean_probabilities})
    for (const float truth : {0.5f, 1.0f, 2.5f}) {
      CAPTURE(truth);
      const std::vector<Matrix> teachers{z};
      const std::vector<float> weights{1};
      const float fitted = fit_temperature(combination, teachers, weights, drawn_from(z, truth, 6));
      // 20,000 rows tell a temperature to 1% (one standard error); four of them.
      CHECK(std::fabs(fitted / truth - 1) < 0.04f);
    }
  CHECK(fit_temperature(Combination::mean_logits, {}, {}, {}) == 1);
  // Always right: as sure as can be.
  const std::vector<Matrix> right{Matrix{{3, 0}, {0, 3}}};
  const std::vector<float> weights{1};
  CHECK(std::fabs(fit_temperature(Combination::mean_logits, right, weights, std::vector<std::int32_t>{0, 1}) - 0.2f) < 1e-3f);
  CHECK(code_of([&] { return fit_temperature(Combination::mean_logits, right, weights, std::vector<std::int32_t>{0}); }) ==
        ErrorCode::shape_mismatch);
  CHECK(code_of([&] { return fit_temperature(Combination::mean_logits, right, {}, std::vector<std::int32_t>{0, 1}); }) ==
        ErrorCode::shape_mismatch);
}

TEST_CASE("Fitted weights find the teacher that knows, and no shift of weight betters them") {
  const Matrix knows = some_logits(3000, 3, 7, 3), guesses = some_logits(3000, 3, 8, 3), half = (knows + guesses) / 2;
  const auto labels = drawn_from(knows, 1, 9);
  const std::vector<Matrix> teachers{guesses, knows, half};
  const auto nll_with = [&](Combination combination, std::vector<float> weights) {
    EnsembleLogits ensemble(combination, 3000, 3);
    for (std::size_t i = 0; i < 3; ++i) ensemble.add(teachers[i], weights[i]);
    return nll(ensemble.logits(), labels);
  };
  for (const Combination combination : {Combination::mean_logits, Combination::mean_probabilities}) {
    const auto weights = fit_weights(combination, teachers, labels);
    REQUIRE(weights.size() == 3);
    CHECK(std::fabs(weights[0] + weights[1] + weights[2] - 1) < 1e-6f);
    CHECK(weights[1] > 0.8f);
    const double reached = nll_with(combination, weights);
    CHECK(reached < nll_with(combination, {1, 1, 1}));
    for (std::size_t from = 0; from < 3; ++from)
      for (std::size_t to = 0; to < 3; ++to) {
        auto shifted = weights;
        const float some = std::min(shifted[from], 0.02f);
        shifted[from] -= some;
        shifted[to] += some;
        // The descent stops when a step gains less than 1e-9.
        CHECK(nll_with(combination, shifted) > reached - 1e-5);
      }
  }
  CHECK(fit_weights(Combination::mean_logits, std::vector<Matrix>{Matrix(0, 3), Matrix(0, 3)}, {}) == std::vector<float>{0.5f, 0.5f});
  CHECK(fit_weights(Combination::mean_logits, {}, {}).empty());
}
