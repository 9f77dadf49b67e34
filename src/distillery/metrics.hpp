#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "distillery/matrix.hpp"

/// Figures about predictions. All take logits (rows × classes; log-probabilities are logits too) and sum over rows in
/// order, in double precision. Zero rows give 0. What sorts rows or puts them into bins throws invalid_data where their
/// logits are not finite.
namespace distillery {

/// The predicted class of each row: the first of the largest logits.
std::vector<std::int32_t> predictions(ConstMatrixRef logits);
/// 1 where the prediction equals the label, else 0.
std::vector<std::uint8_t> correct(ConstMatrixRef logits, std::span<const std::int32_t> labels);
/// Share of right predictions, in [0, 1].
double accuracy(ConstMatrixRef logits, std::span<const std::int32_t> labels);
/// How often each class is taken for which: classes × classes counts, one row of them per label, one column per
/// prediction: [label * classes + prediction].
std::vector<std::size_t> confusion_matrix(ConstMatrixRef logits, std::span<const std::int32_t> labels);
/// Mean of the classes' F1 scores (harmonic mean of precision and recall: van Rijsbergen 1979), in [0, 1], over those
/// that occur among labels or predictions; a class that is never both counts 0.
double macro_f1(ConstMatrixRef logits, std::span<const std::int32_t> labels);
/// Area under the ROC curve for two classes: the share of (row of class 1, row of class 0) pairs in which the first has
/// the larger probability of class 1, ties half (Hanley & McNeil 1982). 0.5 where one class is absent. Throws
/// shape_mismatch unless there are two columns.
double roc_auc(ConstMatrixRef logits, std::span<const std::int32_t> labels);

/// Mean negative log-likelihood of the labels, in nats.
double nll(ConstMatrixRef logits, std::span<const std::int32_t> labels);
/// Mean over rows of Σ over classes (probability − 1 for the label, else 0)², in [0, 2]: Brier's own definition (Brier
/// 1950, eq. 2). With two classes, twice the score that looks at one of them.
double brier_score(ConstMatrixRef logits, std::span<const std::int32_t> labels);

/// Rows whose confidence (the largest probability) lies in ((bin − 1)/bins, bin/bins], counted from 1.
struct ReliabilityBin {
  double confidence = 0;  ///< mean of these rows; 0 without any
  double accuracy = 0;    ///< share of them that are predicted right
  std::size_t rows = 0;
  std::size_t right = 0;  ///< how many of them are predicted right
};
/// The points of a reliability diagram over equally wide bins of confidence (Guo et al. 2017, section 2), 1 … 1000 of
/// them, empty ones included.
std::vector<ReliabilityBin> reliability_bins(ConstMatrixRef logits, std::span<const std::int32_t> labels,
                                             std::size_t bins = 15);
/// The bins that hold rows, from the lowest on; each with fewer than `least` of them is joined with the next, and the last
/// with the one before it: the share of a few rows says nothing.
std::vector<ReliabilityBin> join_small_bins(std::span<const ReliabilityBin> bins, std::size_t least);
/// Expected calibration error, in [0, 1]: Σ over bins rows/all · |accuracy − confidence| (Guo et al. 2017, eq. 3).
double expected_calibration_error(ConstMatrixRef logits, std::span<const std::int32_t> labels, std::size_t bins = 15);

/// Share of rows on which both predict the same class, in [0, 1].
double agreement(ConstMatrixRef logits, ConstMatrixRef other);
/// Mean KL(softmax(reference) ‖ softmax(logits)) over rows, in nats, ≥ 0.
double kl_divergence(ConstMatrixRef reference, ConstMatrixRef logits);

/// Some rows of which some match. As counts, so that `wilson_interval` can tell how sure the share is.
struct RowShare {
  std::size_t matching = 0, rows = 0;
  double value() const noexcept { return rows == 0 ? 0.0 : static_cast<double>(matching) / static_cast<double>(rows); }
};
/// Agreement on those rows alone that the reference predicts wrong. Agreement on all rows can be had by being right;
/// this one only by deciding as the reference does (Stanton et al. 2021 on fidelity).
RowShare agreement_on_errors(ConstMatrixRef reference, ConstMatrixRef logits, std::span<const std::int32_t> labels);
/// Agreement on the tenth of rows (rounded up) where the reference is least decided: with the smallest margin between
/// its two largest probabilities, the first of equal ones.
RowShare agreement_near_boundary(ConstMatrixRef reference, ConstMatrixRef logits);

}  // namespace distillery
