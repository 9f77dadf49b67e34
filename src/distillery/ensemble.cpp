#include "distillery/ensemble.hpp"

#include <algorithm>
#include <limits>
#include <utility>
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

EnsembleLogits::EnsembleLogits(Combination combination, Eigen::Index rows, Eigen::Index classes, float temperature,
                               float calibration) try
    : combination_(combination), temperature_(temperature), calibration_(calibration), sum_(Matrix::Zero(rows, classes)) {
  check_temperature(temperature);
  require_between(calibration_range[0], calibration_range[1], static_cast<double>(calibration), "The calibration");
} catch (...) {
  rethrow_as_error();
}

void EnsembleLogits::add(ConstMatrixRef teacher_logits, float weight) {
  if (teacher_logits.rows() != sum_.rows() || teacher_logits.cols() != sum_.cols())
    fail(ErrorCode::shape_mismatch, {"Teacher ", teachers_ + 1, " answers on ", teacher_logits.rows(), " rows and ",
         teacher_logits.cols(), " classes, not on those of the ensemble."});
  require_between(0, std::numeric_limits<float>::max(), static_cast<double>(weight), "A teacher's weight");
  if (combination_ == Combination::mean_logits) sum_ += weight * teacher_logits;
  else if (calibration_ == 1) sum_ += weight * softmax(teacher_logits, temperature_);
  else sum_ += weight * softmax(Matrix(teacher_logits / calibration_), temperature_);
  weights_ += weight;
  ++teachers_;
}

Matrix EnsembleLogits::mean() const {
  if (!(weights_ > 0)) fail(ErrorCode::wrong_state, "This ensemble has no teacher yet.");
  return guarded([&]() -> Matrix {
    const bool calibrate = combination_ == Combination::mean_logits && calibration_ != 1;
    return calibrate ? Matrix(sum_ / weights_ / calibration_) : Matrix(sum_ / weights_);
  });
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

namespace {

/// Mean negative log-likelihood of an ensemble and its slope by each weight, in double precision. Logits of the same rows
/// are gone through again and again, so they are taken as they are.
class Likelihood {
 public:
  Likelihood(Combination combination, std::span<const Matrix> teachers, std::span<const std::int32_t> labels)
      : combination_(combination), teachers_(teachers), labels_(labels) {
    for (const Matrix& teacher : teachers)
      if (static_cast<std::size_t>(teacher.rows()) != labels.size() || teacher.cols() != teachers.front().cols())
        fail(ErrorCode::shape_mismatch, "The teachers must answer on the same rows and classes, a label for each.");
  }
  bool empty() const noexcept { return labels_.empty() || teachers_.empty(); }

  /// slopes: by weight, for weights of the sum 1; may be empty.
  double nll(std::span<const double> weights, double calibration, std::span<double> slopes) const {
    const auto classes = static_cast<std::size_t>(teachers_.front().cols());
    std::vector<double> answer(classes), right(teachers_.size()), shares(classes);
    std::ranges::fill(slopes, 0.0);
    double sum = 0;
    for (std::size_t row = 0; row < labels_.size(); ++row) {
      const auto label = static_cast<std::size_t>(labels_[row]);
      if (combination_ == Combination::mean_logits) {
        for (std::size_t c = 0; c < classes; ++c) {
          answer[c] = 0;
          for (std::size_t i = 0; i < teachers_.size(); ++i) answer[c] += weights[i] * logit(i, row, c) / calibration;
        }
        sum -= log_softmax(answer, label, shares);
        for (std::size_t i = 0; i < slopes.size(); ++i)
          for (std::size_t c = 0; c < classes; ++c)
            slopes[i] += (shares[c] - (c == label ? 1.0 : 0.0)) * logit(i, row, c) / calibration;
      } else {
        double mixed = 0;
        for (std::size_t i = 0; i < teachers_.size(); ++i) {
          for (std::size_t c = 0; c < classes; ++c) answer[c] = logit(i, row, c) / calibration;
          right[i] = std::max(math::exp(log_softmax(answer, label, shares)), smallest);
          mixed += weights[i] * right[i];
        }
        sum -= math::log(mixed);
        for (std::size_t i = 0; i < slopes.size(); ++i) slopes[i] -= right[i] / mixed;
      }
    }
    const auto rows = static_cast<double>(labels_.size());
    for (double& slope : slopes) slope /= rows;
    return sum / rows;
  }

 private:
  static constexpr double smallest = 1e-300;  // so that no label is impossible
  double logit(std::size_t teacher, std::size_t row, std::size_t c) const {
    return static_cast<double>(teachers_[teacher](static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(c)));
  }
  /// Of one class; shares: all of them as probabilities.
  static double log_softmax(std::span<const double> logits, std::size_t label, std::span<double> shares) {
    const double most = std::ranges::max(logits);
    double sum = 0;
    for (std::size_t c = 0; c < logits.size(); ++c) sum += shares[c] = math::exp(logits[c] - most);
    for (double& share : shares) share /= sum;
    return logits[label] - most - math::log(sum);
  }

  Combination combination_;
  std::span<const Matrix> teachers_;
  std::span<const std::int32_t> labels_;
};

}  // namespace

float fit_temperature(Combination combination, std::span<const Matrix> teachers, std::span<const float> weights,
                      std::span<const std::int32_t> labels) {
  return guarded([&] {
    const Likelihood likelihood(combination, teachers, labels);
    if (weights.size() != teachers.size())
      fail(ErrorCode::shape_mismatch, {"There are ", weights.size(), " weights for ", teachers.size(), " teachers."});
    if (likelihood.empty()) return 1.0f;
    double total = 0;
    for (const float weight : weights) total += static_cast<double>(weight);
    std::vector<double> shares;
    for (const float weight : weights) shares.push_back(static_cast<double>(weight) / total);
    // Golden section over ln T (Kiefer 1953): 40 steps leave less than 1e-7 of the range.
    constexpr double golden = 0.6180339887498949;
    double low = math::log(static_cast<double>(calibration_range[0])), high = math::log(static_cast<double>(calibration_range[1]));
    const auto at = [&](double log_temperature) { return likelihood.nll(shares, math::exp(log_temperature), {}); };
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double at_left = at(left), at_right = at(right);
    for (int step = 0; step < 40; ++step) {
      if (at_left <= at_right) {
        high = std::exchange(right, left);
        at_right = at_left;
        left = high - golden * (high - low);
        at_left = at(left);
      } else {
        low = std::exchange(left, right);
        at_left = at_right;
        right = low + golden * (high - low);
        at_right = at(right);
      }
    }
    return std::clamp(static_cast<float>(math::exp((low + high) / 2)), calibration_range[0], calibration_range[1]);
  });
}

std::vector<float> fit_weights(Combination combination, std::span<const Matrix> teachers,
                               std::span<const std::int32_t> labels) {
  return guarded([&] {
    const Likelihood likelihood(combination, teachers, labels);
    const std::size_t count = teachers.size();
    std::vector<double> weights(count, 1.0 / static_cast<double>(count)), slopes(count), tried(count);
    if (!likelihood.empty()) {
      double loss = likelihood.nll(weights, 1, slopes), rate = 1;
      for (int step = 0; step < 200 && rate > 1e-6; ++step) {
        const double least = std::ranges::min(slopes);
        double sum = 0;
        for (std::size_t i = 0; i < count; ++i) sum += tried[i] = weights[i] * math::exp(-rate * (slopes[i] - least));
        for (double& weight : tried) weight /= sum;
        std::vector<double> next(count);
        const double reached = likelihood.nll(tried, 1, next);
        if (reached < loss) {
          std::swap(weights, tried);
          slopes = std::move(next);
          const bool enough = loss - reached < 1e-9;
          loss = reached;
          rate *= 2;
          if (enough) break;
        } else {
          rate /= 4;
        }
      }
    }
    return std::vector<float>(weights.begin(), weights.end());
  });
}

}  // namespace distillery
