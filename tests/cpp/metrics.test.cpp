#include "distillery/metrics.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support.hpp"
#include "oracle.hpp"

using namespace distillery;
using support::code_of;
using support::message_of;

namespace {

Matrix matrix(Eigen::Index columns, const std::vector<double>& values) {
  Matrix result(static_cast<Eigen::Index>(values.size()) / columns, columns);
  for (std::size_t i = 0; i < values.size(); ++i) result.data()[i] = static_cast<float>(values[i]);
  return result;
}

}  // namespace

TEST_CASE("Metrics agree with scikit-learn and scipy") {
  for_each_oracle_line("metrics", [](OracleLine& line) {
    const Matrix logits = matrix(4, line.list()), other = matrix(4, line.list());
    const auto label_numbers = line.list();
    const std::vector<std::int32_t> labels(label_numbers.begin(), label_numbers.end());
    CHECK(accuracy(logits, labels) == line.number());
    // Sums of a few dozen rounded doubles on both sides.
    CHECK(is_close(nll(logits, labels), line.number(), 1e-14));
    CHECK(agreement(logits, other) == line.number());
    CHECK(is_close(kl_divergence(logits, other), line.number(), 1e-13));
  });
}

TEST_CASE("The first of equally large logits is the prediction") {
  const Matrix logits = matrix(3, {1, 2, 2, 5, 5, 5, -3, -2, -1});
  CHECK(predictions(logits) == std::vector<std::int32_t>{1, 0, 2});
  CHECK(correct(logits, std::vector<std::int32_t>{1, 1, 2}) == std::vector<std::uint8_t>{1, 0, 1});
  CHECK(accuracy(logits, std::vector<std::int32_t>{1, 1, 2}) == 2.0 / 3.0);
}

TEST_CASE("Metrics take a block of a larger matrix") {
  const Matrix whole = matrix(4, {9, 1, 2, 9, 9, 4, 3, 9});
  const auto block = whole.middleCols(1, 2);
  CHECK(predictions(block) == std::vector<std::int32_t>{1, 0});
  CHECK(is_close(nll(block, std::vector<std::int32_t>{1, 0}), std::log1p(std::exp(-1.0)), 1e-15));
}

TEST_CASE("Metrics stay finite on extreme logits and do not depend on a shift") {
  const Matrix logits = matrix(2, {3e38, -3e38, 1000, 1001});
  const std::vector<std::int32_t> labels{0, 1};
  CHECK(is_close(nll(logits, labels), 0.5 * std::log1p(std::exp(-1.0)), 1e-15));
  CHECK(std::isfinite(nll(logits, std::vector<std::int32_t>{1, 0})));
  CHECK(std::isfinite(kl_divergence(logits, matrix(2, {-3e38, 3e38, 0, 0}))));
  CHECK(is_close(kl_divergence(matrix(2, {1, 3}), matrix(2, {2, -1})),
                 kl_divergence(matrix(2, {1001, 1003}), matrix(2, {-98, -101})), 1e-14));
}

TEST_CASE("The divergence is never negative and 0 only between equal distributions") {
  CHECK(kl_divergence(matrix(3, {0.1, 0.2, 0.3}), matrix(3, {0.1, 0.2, 0.3})) == 0.0);
  // Half a unit of rounding apart, the true divergence is about 1e-16: what is computed is rounding, of either sign.
  for (int i = 1; i < 200; ++i) {
    const Matrix logits = matrix(3, {0.37 * i, 0.2, 0.7});
    Matrix neighbour = logits;
    neighbour(0, 0) = std::nextafter(neighbour(0, 0), 100.0f);
    CHECK(kl_divergence(logits, neighbour) >= 0.0);
  }
  CHECK(kl_divergence(matrix(2, {0, 1}), matrix(2, {1, 0})) > 0.1);
}

TEST_CASE("Zero rows give 0") {
  const Matrix none(0, 3);
  CHECK(predictions(none).empty());
  CHECK(accuracy(none, {}) == 0.0);
  CHECK(nll(none, {}) == 0.0);
  CHECK(agreement(none, none) == 0.0);
  CHECK(kl_divergence(none, none) == 0.0);
}

TEST_CASE("Metrics refuse what does not fit") {
  const Matrix logits = matrix(2, {1, 2, 3, 4});
  CHECK(code_of([&] { accuracy(logits, std::vector<std::int32_t>{0}); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { nll(logits, std::vector<std::int32_t>{0, 2}); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { correct(logits, std::vector<std::int32_t>{-1, 0}); }) == ErrorCode::invalid_data);
  CHECK(message_of([&] { nll(logits, std::vector<std::int32_t>{0, 2}); }).find("row 2") != std::string::npos);
  CHECK(code_of([&] { agreement(logits, matrix(4, {1, 2, 3, 4})); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { kl_divergence(logits, matrix(2, {1, 2})); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { predictions(Matrix(2, 0)); }) == ErrorCode::shape_mismatch);
}
