#pragma once

#include <cstdint>
#include <span>

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
  /// temperature: of the soft targets; mean_probabilities needs it while accumulating.
  EnsembleLogits(Combination combination, Eigen::Index rows, Eigen::Index classes, float temperature = 1);

  /// Throws shape_mismatch.
  void add(ConstMatrixRef teacher_logits);
  int teachers() const noexcept { return teachers_; }

  /// rows × classes. What the ensemble says at temperature T, as probabilities: softmax(mean logits / T), or the mean of
  /// softmax(logits / T). Throws wrong_state without teachers.
  Matrix probabilities() const;
  /// The same as logits: the mean logits / T, or the logarithm of the mean probabilities.
  Matrix logits() const;

 private:
  Matrix mean() const;

  Combination combination_;
  float temperature_;
  Matrix sum_;
  int teachers_ = 0;
};

/// softmax(logits / temperature), row by row. Throws invalid_option for a temperature outside 0.05 … 100.
Matrix softmax(ConstMatrixRef logits, float temperature = 1);

}  // namespace distillery
