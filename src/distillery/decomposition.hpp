#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "distillery/matrix.hpp"
#include "distillery/statistics.hpp"

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

/// How much of what an ensemble saves of a single network's variance (of the log-loss) one student keeps:
/// (variance of teachers − of students) / (variance of teachers − of ensembles), with the jackknife's t interval over retrainings
/// (Tukey 1958). Each list holds a network of each retraining. count 0 where the ensembles do not vary less than
/// the teachers, at most one retraining included. Throws shape_mismatch.
Interval kept_variance_reduction(std::span<const Matrix> teachers, std::span<const Matrix> ensembles,
                                 std::span<const Matrix> students, std::span<const std::int32_t> labels, double confidence);

/// As many draws with replacement of the rows from 0 to `rows` − 1: a resample (Efron 1979), in the order drawn.
std::vector<std::uint32_t> bootstrap_rows(std::uint32_t rows, std::uint64_t seed);

}  // namespace distillery
