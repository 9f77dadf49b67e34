#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "distillery/matrix.hpp"

/// Figures about predictions. All take logits (rows × classes; log-probabilities are logits too) and sum over rows in
/// order, in double precision. Zero rows give 0.
namespace distillery {

/// The predicted class of each row: the first of the largest logits.
std::vector<std::int32_t> predictions(ConstMatrixRef logits);
/// 1 where the prediction equals the label, else 0.
std::vector<std::uint8_t> correct(ConstMatrixRef logits, std::span<const std::int32_t> labels);
/// Share of right predictions, in [0, 1].
double accuracy(ConstMatrixRef logits, std::span<const std::int32_t> labels);
/// Mean negative log-likelihood of the labels, in nats.
double nll(ConstMatrixRef logits, std::span<const std::int32_t> labels);
/// Share of rows on which both predict the same class, in [0, 1].
double agreement(ConstMatrixRef logits, ConstMatrixRef other);
/// Mean KL(softmax(reference) ‖ softmax(logits)) over rows, in nats, ≥ 0.
double kl_divergence(ConstMatrixRef reference, ConstMatrixRef logits);

}  // namespace distillery
