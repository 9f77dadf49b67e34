#include "distillery/ensemble.hpp"

#include <algorithm>
#include <vector>

#include "distillery/error.hpp"
#include "distillery/kernels/kernels.hpp"
#include "distillery/math.hpp"

namespace distillery {

namespace {

void check_temperature(float temperature) {
  require_between(0.05f, 100, static_cast<double>(temperature), "The temperature");
}

}  // namespace

Matrix softmax(ConstMatrixRef logits, float temperature) {
  check_temperature(temperature);
  return guarded([&]() -> Matrix {
  const int rows = static_cast<int>(logits.rows()), classes = static_cast<int>(logits.cols());
  const auto stride = static_cast<std::size_t>(kernels::padded(classes));
  std::vector<float> probabilities(static_cast<std::size_t>(rows) * stride);
  std::vector<float> row_max(static_cast<std::size_t>(rows)), row_sum(static_cast<std::size_t>(rows));
  kernels::softmax({logits.data(), rows, classes, static_cast<std::size_t>(logits.outerStride()), nullptr},
                   1.0f / temperature, {probabilities.data(), rows, classes, stride, nullptr}, row_max.data(),
                   row_sum.data());
  return Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>(probabilities.data(), rows, classes,
                                                           Eigen::OuterStride<>(static_cast<Eigen::Index>(stride)));
  });
}

EnsembleLogits::EnsembleLogits(Combination combination, Eigen::Index rows, Eigen::Index classes, float temperature) try
    : combination_(combination), temperature_(temperature), sum_(Matrix::Zero(rows, classes)) {
  check_temperature(temperature);
} catch (...) {
  rethrow_as_error();
}

void EnsembleLogits::add(ConstMatrixRef teacher_logits) {
  if (teacher_logits.rows() != sum_.rows() || teacher_logits.cols() != sum_.cols())
    fail(ErrorCode::shape_mismatch, {"Teacher ", teachers_ + 1, " answers on ", teacher_logits.rows(), " rows and ",
         teacher_logits.cols(), " classes, not on those of the ensemble."});
  if (combination_ == Combination::mean_logits) sum_ += teacher_logits;
  else sum_ += softmax(teacher_logits, temperature_);
  ++teachers_;
}

Matrix EnsembleLogits::mean() const {
  if (teachers_ == 0) fail(ErrorCode::wrong_state, "This ensemble has no teacher yet.");
  return guarded([&]() -> Matrix { return sum_ / static_cast<float>(teachers_); });
}

Matrix EnsembleLogits::probabilities() const {
  return combination_ == Combination::mean_logits ? softmax(mean(), temperature_) : mean();
}

Matrix EnsembleLogits::logits() const {
  Matrix result = mean();
  for (float& value : result.reshaped()) {
    // A mean probability of 0 has no logarithm; this floor is below every float softmax that matters.
    value = combination_ == Combination::mean_logits
                ? value / temperature_
                : static_cast<float>(math::log(std::max(static_cast<double>(value), 1e-38)));
  }
  return result;
}

}  // namespace distillery
