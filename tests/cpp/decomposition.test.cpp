#include "distillery/decomposition.hpp"

#include <algorithm>
#include <cmath>

#include <catch2/catch_test_macros.hpp>

#include "distillery/metrics.hpp"
#include "support.hpp"
#include "oracle.hpp"

using namespace distillery;
using support::code_of;

namespace {

/// Models of the same rows. Multiples of 1/8: means of four are exact in single precision.
std::vector<Matrix> draw_models(std::size_t count, Eigen::Index rows, Eigen::Index classes, std::uint64_t seed) {
  support::Numbers numbers(seed);
  std::vector<Matrix> models(count, Matrix(rows, classes));
  for (Matrix& model : models) {
    for (Eigen::Index i = 0; i < model.size(); ++i) model.data()[i] = static_cast<float>(numbers.below(64)) / 8;
  }
  return models;
}

std::vector<std::int32_t> draw_labels(std::size_t rows, std::size_t classes) {
  support::Numbers numbers(3);
  std::vector<std::int32_t> labels;
  for (std::size_t row = 0; row < rows; ++row) labels.push_back(static_cast<std::int32_t>(numbers.below(classes)));
  return labels;
}

}  // namespace

TEST_CASE("Bias and variance agree with numpy and scipy") {
  for_each_oracle_line("decomposition", [](OracleLine& line) {
    const std::size_t count = line.count(), classes = line.count();
    const auto logits = line.list(), label_numbers = line.list();
    const std::vector<std::int32_t> labels(label_numbers.begin(), label_numbers.end());
    const Matrix shape(static_cast<Eigen::Index>(labels.size()), static_cast<Eigen::Index>(classes));
    std::vector<Matrix> models(count, shape);
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const std::size_t size = labels.size() * classes;
      models[i / size].data()[i % size] = static_cast<float>(logits[i]);
    }
    const BiasVariance log_loss = log_loss_decomposition(models, labels);
    const BiasVariance zero_one = zero_one_decomposition(models, labels);
    // Logits of a few units, rounded: what is 0 may be 1e-16.
    CHECK(is_close(log_loss.bias, line.number(), 1e-13));
    CHECK(is_close(log_loss.variance, line.number(), 1e-13, 1e-15));
    CHECK(is_close(zero_one.bias, line.number(), 1e-13));
    CHECK(is_close(zero_one.variance, line.number(), 1e-13));
  });
}

TEST_CASE("Bias and variance add up to the models' mean loss") {
  for (const std::size_t count : {1u, 2u, 5u}) {
    const auto models = draw_models(count, 50, 3, count);
    const auto labels = draw_labels(50, 3);
    double log_loss = 0, errors = 0;
    for (const Matrix& model : models) {
      log_loss += nll(model, labels) / static_cast<double>(count);
      errors += (1 - accuracy(model, labels)) / static_cast<double>(count);
    }
    const BiasVariance of_log = log_loss_decomposition(models, labels);
    const BiasVariance of_errors = zero_one_decomposition(models, labels);
    CHECK(is_close(of_log.bias + of_log.variance, log_loss, 1e-13));
    CHECK(is_close(of_errors.bias + of_errors.variance, errors, 1e-13));
    CHECK((of_log.variance > 1e-3) == (count > 1));
    CHECK((of_errors.variance > 1e-3) == (count > 1));
  }
}

TEST_CASE("The log-loss's bias is the loss of the mean logits, its variance the mean divergence from them") {
  const auto models = draw_models(4, 30, 5, 9);
  const auto labels = draw_labels(30, 5);
  const Matrix centre = (models[0] + models[1] + models[2] + models[3]) / 4;
  double divergence = 0;
  for (const Matrix& model : models) divergence += kl_divergence(centre, model) / 4;
  const BiasVariance parts = log_loss_decomposition(models, labels);
  CHECK(is_close(parts.bias, nll(centre, labels), 1e-13));
  CHECK(is_close(parts.variance, divergence, 1e-13));
}

TEST_CASE("The 0-1 loss's variance is half the chance that two models drawn with replacement disagree") {
  const auto models = draw_models(6, 40, 4, 10);
  double disagreement = 0;
  for (const Matrix& a : models) {
    for (const Matrix& b : models) disagreement += (1 - agreement(a, b)) / 36;
  }
  CHECK(is_close(zero_one_decomposition(models, draw_labels(40, 4)).variance, 0.5 * disagreement, 1e-13));
}

TEST_CASE("Equal models have no variance, and neither part is ever negative") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<Matrix> models(3, draw_models(1, 7, 3, seed).front());
    const auto labels = predictions(models.front());
    const BiasVariance log_loss = log_loss_decomposition(models, labels);
    const BiasVariance errors = zero_one_decomposition(models, labels);
    CHECK(log_loss.bias > 0);
    CHECK((log_loss.variance >= 0 && log_loss.variance < 1e-14));
    CHECK((errors.bias == 0 && errors.variance == 0));
  }
  Matrix extreme(1, 2);
  extreme << 3e38f, -3e38f;
  const std::vector<Matrix> opposed{extreme, -extreme};
  const BiasVariance parts = log_loss_decomposition(opposed, std::vector<std::int32_t>{0});
  CHECK((std::isfinite(parts.bias) && std::isfinite(parts.variance)));
}

TEST_CASE("No models and no rows have neither bias nor variance; models of different shapes are refused") {
  const std::vector<Matrix> empty(2, Matrix(0, 3));
  for (const auto decompose : {log_loss_decomposition, zero_one_decomposition}) {
    CHECK(decompose({}, std::vector<std::int32_t>{0}).bias == 0);
    CHECK(decompose(empty, {}).variance == 0);
    const std::vector<Matrix> unequal{Matrix::Zero(2, 3), Matrix::Zero(2, 2)};
    CHECK(code_of([&] { decompose(unequal, std::vector<std::int32_t>{0, 1}); }) == ErrorCode::shape_mismatch);
    const std::vector<Matrix> equal(2, Matrix::Zero(2, 3));
    CHECK(code_of([&] { decompose(equal, std::vector<std::int32_t>{0}); }) == ErrorCode::shape_mismatch);
    CHECK(code_of([&] { decompose(equal, std::vector<std::int32_t>{0, 3}); }) == ErrorCode::invalid_data);
    CHECK(code_of([&] { decompose(empty, std::vector<std::int32_t>{0}); }) == ErrorCode::shape_mismatch);
  }
}

TEST_CASE("A student that varies as the ensemble keeps all of its saving, one that varies as a teacher nothing") {
  const auto labels = draw_labels(40, 3);
  const auto teachers = draw_models(8, 40, 3, 1);
  std::vector<Matrix> ensembles;  // calm: a quarter of each teacher's logits
  for (const Matrix& teacher : teachers) ensembles.push_back(teacher / 4);
  const Interval all = kept_variance_reduction(teachers, ensembles, ensembles, labels, 0.95);
  CHECK(is_close(all.estimate, 1, 1e-12));
  CHECK(all.count == 8);
  CHECK((is_close(all.lower, 1, 1e-9) && is_close(all.upper, 1, 1e-9)));
  CHECK(is_close(kept_variance_reduction(teachers, ensembles, teachers, labels, 0.95).estimate, 0, 1e-12));

  // In between, by its definition, and with an interval around it.
  std::vector<Matrix> students;
  for (const Matrix& teacher : teachers) students.push_back(teacher / 2);
  const auto variance = [&](const std::vector<Matrix>& models) { return log_loss_decomposition(models, labels).variance; };
  const Interval kept = kept_variance_reduction(teachers, ensembles, students, labels, 0.95);
  CHECK(is_close(kept.estimate, (variance(teachers) - variance(students)) / (variance(teachers) - variance(ensembles)), 1e-12));
  CHECK((kept.lower < kept.estimate && kept.estimate < kept.upper));

  // Nothing is saved, so there is nothing to keep.
  CHECK(kept_variance_reduction(teachers, teachers, students, labels, 0.95).count == 0);
  CHECK(kept_variance_reduction({}, {}, {}, {}, 0.95).count == 0);
  CHECK(code_of([&] { return kept_variance_reduction(teachers, ensembles, {}, labels, 0.95); }) == ErrorCode::shape_mismatch);
}

TEST_CASE("A resample draws as many rows as there are, about 63% of them different, by seed") {
  const auto drawn = bootstrap_rows(10'000, 3);
  REQUIRE(drawn.size() == 10'000);
  std::vector<int> times(10'000);
  for (const std::uint32_t row : drawn) ++times.at(row);
  // 1 − 1/e of the rows, with a deviation of about 31 rows: six of them.
  CHECK(std::abs(static_cast<double>(std::ranges::count_if(times, [](int n) { return n > 0; })) - 6321) < 190);
  CHECK(bootstrap_rows(10'000, 3) == drawn);
  CHECK(bootstrap_rows(10'000, 4) != drawn);
  CHECK(bootstrap_rows(0, 1).empty());
}
