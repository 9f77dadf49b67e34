#include "distillery/comparison.hpp"

#include "distillery/error.hpp"
#include "distillery/hypothesis.hpp"
#include "distillery/non_inferiority.hpp"

namespace distillery {

PredictionComparison compare_predictions(std::span<const std::int32_t> a, std::span<const std::int32_t> b,
                                         std::span<const std::int32_t> labels, double confidence) {
  if (a.size() != labels.size() || b.size() != labels.size())
    fail(ErrorCode::shape_mismatch, {"There are ", a.size(), " and ", b.size(), " predictions for ", labels.size(), " labels."});
  if (labels.empty()) fail(ErrorCode::invalid_data, "There are no predictions to compare.");
  require_between(0.5, 0.999, confidence, "The confidence");
  PredictionComparison result;
  result.rows = static_cast<std::uint32_t>(labels.size());
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const bool a_right = a[row] == labels[row], b_right = b[row] == labels[row];
    result.a_right += a_right;
    result.b_right += b_right;
    result.a_only += a_right && !b_right;
    result.b_only += b_right && !a_right;
  }
  result.difference = matched_pairs_score_interval(result.a_only, result.b_only, labels.size(), confidence);
  result.p = mcnemar_p_value(result.a_only, result.b_only);
  return result;
}

}  // namespace distillery
