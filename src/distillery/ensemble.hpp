#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "distillery/matrix.hpp"

namespace distillery {

/// How the teachers' answers become the ensemble's.
enum class Combination : std::uint8_t {
  mean_logits = 0,         ///< the default: softmax(mean of the logits)
  mean_probabilities = 1,  ///< mean of the softmaxes
};

/// Accumulates the teachers' logits on the same rows, in index order, one at a time.
class EnsembleLogits {
 public:
  /// temperature: of the soft targets; mean_probabilities needs it while accumulating. calibration: what the teachers'
  /// logits are divided by before all else, in `calibration_range`; as `fit_temperature` gives it.
  EnsembleLogits(Combination combination, Eigen::Index rows, Eigen::Index classes, float temperature = 1, float calibration = 1);

  /// The means are weighted; weights need not sum to 1. Throws shape_mismatch, or invalid_option for a weight that is not
  /// finite and at least 0.
  void add(ConstMatrixRef teacher_logits, float weight = 1);
  int teachers() const noexcept { return teachers_; }

  /// rows × classes. What the ensemble says at temperature T, as probabilities: softmax(mean logits / T), or the mean of
  /// softmax(logits / T). Throws wrong_state without teachers of a weight above 0.
  Matrix probabilities() const;
  /// The same as logits: the mean logits / T, or the logarithm of the mean probabilities.
  Matrix logits() const;

 private:
  Matrix mean() const;

  Combination combination_;
  float temperature_, calibration_;
  Matrix sum_;
  float weights_ = 0;
  int teachers_ = 0;
};

/// What calibrations are possible: 0.2 … 5.
inline constexpr float calibration_range[] = {0.2f, 5};

/// The calibration with which the ensemble's answers have the smallest negative log-likelihood on these rows (temperature
/// scaling: Guo et al. 2017), to four digits. teachers: logits, each rows × classes; weights: one per teacher. Without rows 1. Throws
/// shape_mismatch.
float fit_temperature(Combination combination, std::span<const Matrix> teachers, std::span<const float> weights,
                      std::span<const std::int32_t> labels);

/// Weights of the teachers, at least 0 and with the sum 1, with which the ensemble's answers have the smallest negative
/// log-likelihood on these rows, to about four digits of it: exponentiated gradient descent from equal weights (Kivinen & Warmuth
/// 1997) on what is a convex problem. Without rows equal ones. Throws shape_mismatch.
std::vector<float> fit_weights(Combination combination, std::span<const Matrix> teachers, std::span<const std::int32_t> labels);

/// softmax(logits / temperature), row by row. Throws invalid_option for a temperature outside 0.05 … 100.
Matrix softmax(ConstMatrixRef logits, float temperature = 1);

}  // namespace distillery
