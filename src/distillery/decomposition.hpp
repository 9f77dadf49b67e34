#pragma once

#include <cstdint>
#include <span>

#include "distillery/matrix.hpp"

/// How much of a loss comes from what every retraining of a model gets wrong, and how much from their differences.
namespace distillery {

/// Expected loss over retrainings = bias + variance, both ≥ 0; labels count as noiseless. Of J models it is exact, but
/// as an estimate for all retrainings the variance is too small (for 0-1 loss, (J − 1)/J of the true one) and the bias
/// too large by as much: compare at equal J.
struct BiasVariance {
  double bias = 0, variance = 0;
};
/// Of the log-loss, in nats, means over rows: bias = −ln of the label's probability in the normalised geometric mean π̄
/// of the models' probabilities; variance = mean KL(π̄ ‖ model) (Heskes 1998; Yang et al. 2020, for cross-entropy).
/// Their sum is the models' mean `nll`. π̄ is what an ensemble by mean logits says, so the variance is what it gains.
/// models: each rows × classes, on the same rows. No models give 0.
BiasVariance log_loss_decomposition(std::span<const Matrix> models, std::span<const std::int32_t> labels);
/// Of the 0-1 loss, means over rows, with p the shares of models that predict each class: bias (there bias²) =
/// ½ Σ (p − 1 for the label, else 0)², variance = ½ (1 − Σ p²) (Kohavi & Wolpert 1996). Their sum is the models' mean
/// error rate.
BiasVariance zero_one_decomposition(std::span<const Matrix> models, std::span<const std::int32_t> labels);

}  // namespace distillery
