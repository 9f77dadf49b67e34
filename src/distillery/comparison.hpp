#pragma once

#include <cstdint>
#include <span>

#include "distillery/statistics.hpp"

namespace distillery {

/// Two classifiers, a and b, that answered on the same rows.
struct PredictionComparison {
  std::uint32_t rows = 0, a_right = 0, b_right = 0;
  std::uint32_t a_only = 0, b_only = 0;  ///< rows where only one of them is right: all that tells them apart
  Interval difference;                   ///< accuracy, a − b (`matched_pairs_score_interval`)
  double p = 1;                          ///< of both being right equally often (`mcnemar_p_value`)
};

/// By the classes they predicted. Throws shape_mismatch where these are not as many as the labels, invalid_data without
/// rows, invalid_option for a confidence outside 0.5 … 0.999.
PredictionComparison compare_predictions(std::span<const std::int32_t> a, std::span<const std::int32_t> b,
                                         std::span<const std::int32_t> labels, double confidence);

}  // namespace distillery
