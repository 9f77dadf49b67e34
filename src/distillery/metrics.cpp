#include "distillery/metrics.hpp"

#include <string>

#include "distillery/error.hpp"
#include "distillery/math.hpp"

namespace distillery {

namespace {

std::span<const float> row_of(const ConstMatrixRef& logits, Eigen::Index row) noexcept {
  return {logits.data() + row * logits.outerStride(), static_cast<std::size_t>(logits.cols())};
}

std::size_t largest(std::span<const float> row) noexcept {
  std::size_t best = 0;
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row[i] > row[best]) best = i;
  }
  return best;
}

/// ln Σ exp(logit), as the largest logit and the rest.
struct LogSum {
  double largest, rest;
};
LogSum log_sum(std::span<const float> row) noexcept {
  const auto top = static_cast<double>(row[largest(row)]);
  double sum = 0.0;
  for (const float logit : row) sum += math::exp(static_cast<double>(logit) - top);
  return {top, math::log(sum)};
}
double log_probability(float logit, const LogSum& total) noexcept {
  return (static_cast<double>(logit) - total.largest) - total.rest;
}

void check_columns(const ConstMatrixRef& logits) {
  if (logits.rows() > 0 && logits.cols() == 0)
    fail(ErrorCode::shape_mismatch, "Logits need one column per class; these have none.");
}

void check_labels(const ConstMatrixRef& logits, std::span<const std::int32_t> labels) {
  check_columns(logits);
  if (static_cast<std::size_t>(logits.rows()) != labels.size())
    fail(ErrorCode::shape_mismatch, {"There are ", logits.rows(), " rows of logits and ", labels.size(), " labels."});
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < 0 || labels[row] >= logits.cols())
      fail(ErrorCode::invalid_data, {"The label of row ", row + 1, " is ", labels[row], ", outside 0 to ",
           logits.cols() - 1, "."});
  }
}

void check_pair(const ConstMatrixRef& a, const ConstMatrixRef& b) {
  check_columns(a);
  if (a.rows() != b.rows() || a.cols() != b.cols())
    fail(ErrorCode::shape_mismatch, {"Logits of ", a.rows(), " × ", a.cols(), " cannot be compared with ", b.rows(),
         " × ", b.cols(), "."});
}

double mean(double sum, Eigen::Index rows) noexcept { return rows == 0 ? 0.0 : sum / static_cast<double>(rows); }

}  // namespace

std::vector<std::int32_t> predictions(ConstMatrixRef logits) {
  check_columns(logits);
  return guarded([&] {
    std::vector<std::int32_t> result(static_cast<std::size_t>(logits.rows()));
    for (std::size_t row = 0; row < result.size(); ++row)
      result[row] = static_cast<std::int32_t>(largest(row_of(logits, static_cast<Eigen::Index>(row))));
    return result;
  });
}

std::vector<std::uint8_t> correct(ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_labels(logits, labels);
  return guarded([&] {
    std::vector<std::uint8_t> result(labels.size());
    for (std::size_t row = 0; row < result.size(); ++row)
      result[row] = largest(row_of(logits, static_cast<Eigen::Index>(row))) == static_cast<std::size_t>(labels[row]);
    return result;
  });
}

double accuracy(ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_labels(logits, labels);
  double right = 0.0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::size_t predicted = largest(row_of(logits, static_cast<Eigen::Index>(row)));
    right += predicted == static_cast<std::size_t>(labels[row]) ? 1.0 : 0.0;
  }
  return mean(right, logits.rows());
}

double nll(ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_labels(logits, labels);
  double sum = 0.0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto values = row_of(logits, static_cast<Eigen::Index>(row));
    sum -= log_probability(values[static_cast<std::size_t>(labels[row])], log_sum(values));
  }
  return mean(sum, logits.rows());
}

double agreement(ConstMatrixRef logits, ConstMatrixRef other) {
  check_pair(logits, other);
  double same = 0.0;
  for (Eigen::Index row = 0; row < logits.rows(); ++row)
    same += largest(row_of(logits, row)) == largest(row_of(other, row)) ? 1.0 : 0.0;
  return mean(same, logits.rows());
}

double kl_divergence(ConstMatrixRef reference, ConstMatrixRef logits) {
  check_pair(reference, logits);
  double sum = 0.0;
  for (Eigen::Index row = 0; row < reference.rows(); ++row) {
    const auto p = row_of(reference, row), q = row_of(logits, row);
    const LogSum p_total = log_sum(p), q_total = log_sum(q);
    double divergence = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double log_p = log_probability(p[i], p_total);
      const double probability = math::exp(log_p);
      // A class that the reference gives no weight adds nothing, however unlikely the other one finds it.
      if (probability > 0.0) divergence += probability * (log_p - log_probability(q[i], q_total));
    }
    if (divergence > 0.0) sum += divergence;  // rounding can leave a tiny negative
  }
  return mean(sum, reference.rows());
}

}  // namespace distillery
