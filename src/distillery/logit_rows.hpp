#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "distillery/error.hpp"
#include "distillery/math.hpp"
#include "distillery/matrix.hpp"

/// What figures about predictions share: rows of logits one at a time, in double precision, and the checks of their
/// shapes. Not for users.
namespace distillery::detail {

inline std::span<const float> row_of(const ConstMatrixRef& logits, Eigen::Index row) noexcept {
  return {logits.data() + row * logits.outerStride(), static_cast<std::size_t>(logits.cols())};
}

inline std::size_t largest(std::span<const float> row) noexcept {
  std::size_t best = 0;
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row[i] > row[best]) best = i;
  }
  return best;
}

/// Σ exp(logit − largest logit): the largest probability is 1 over it.
inline double scaled_sum(std::span<const float> row) noexcept {
  const auto top = static_cast<double>(row[largest(row)]);
  double sum = 0.0;
  for (const float logit : row) sum += math::exp(static_cast<double>(logit) - top);
  return sum;
}

/// ln Σ exp(logit), as the largest logit and the rest.
struct LogSum {
  double largest, rest;
};
inline LogSum log_sum(std::span<const float> row) noexcept {
  return {static_cast<double>(row[largest(row)]), math::log(scaled_sum(row))};
}
inline double log_probability(float logit, const LogSum& total) noexcept {
  return (static_cast<double>(logit) - total.largest) - total.rest;
}

inline void check_columns(const ConstMatrixRef& logits) {
  if (logits.rows() > 0 && logits.cols() == 0)
    fail(ErrorCode::shape_mismatch, "Logits need one column per class; these have none.");
}

inline void check_labels(const ConstMatrixRef& logits, std::span<const std::int32_t> labels) {
  check_columns(logits);
  if (static_cast<std::size_t>(logits.rows()) != labels.size())
    fail(ErrorCode::shape_mismatch, {"There are ", logits.rows(), " rows of logits and ", labels.size(), " labels."});
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < 0 || labels[row] >= logits.cols())
      fail(ErrorCode::invalid_data, {"The label of row ", row + 1, " is ", labels[row], ", outside 0 to ",
           logits.cols() - 1, "."});
  }
}

inline void check_pair(const ConstMatrixRef& a, const ConstMatrixRef& b) {
  check_columns(a);
  if (a.rows() != b.rows() || a.cols() != b.cols())
    fail(ErrorCode::shape_mismatch, {"Logits of ", a.rows(), " × ", a.cols(), " cannot be compared with ", b.rows(),
         " × ", b.cols(), "."});
}

}  // namespace distillery::detail
