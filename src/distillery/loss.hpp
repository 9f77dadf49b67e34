#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "distillery/kernels/kernels.hpp"

namespace distillery {

/// How far a network's answer q = softmax(z/T) is from the soft targets p, both at temperature T.
enum class SoftLoss : std::uint8_t {
  divergence = 0,  ///< KL(p ‖ q)     (Hinton, Vinyals & Dean 2015)
  /// Half the mean over classes of (z_c/T − ln p_c)², both less their mean over the classes: logits are matched, not
  /// probabilities     (Ba & Caruana 2014; the limit of `divergence` for large T)
  logits = 1,
  /// KL((p_y, 1−p_y) ‖ (q_y, 1−q_y)) + β·KL(p̂ ‖ q̂), with p̂ and q̂ the distributions over the other classes: what the
  /// ensemble says of these counts fully on rows of which it is sure, too     (Zhao et al. 2022, α = 1). y: the label,
  /// of rows without one the ensemble's answer. Of two classes, `divergence`.
  decoupled = 2,
};

/// What is asked of a network on each row, with labels y, logits z, soft weight α:
///   class_weights[y] · ((1−α)·CE(y, softmax(z)) + α·T²·soft loss)
/// averaged over the batch with the class weights as weights. Rows without a label (−1) have weight 1 and no first term;
/// α = 0 is plain cross-entropy and needs no soft targets.
struct Objective {
  float temperature = 1;             ///< T, 0.05 … 100
  float soft_weight = 0;             ///< α, 0 … 1
  std::vector<float> class_weights;  ///< one per class, 1e-6 … 1e6; empty: all 1
  SoftLoss soft_loss = SoftLoss::divergence;
  float other_weight = 2;            ///< β of `decoupled`, 0 … 100

  /// Throws invalid_option.
  void validate(int classes) const;
};

/// The rows of one mini-batch, as a BatchSource fills them in. Memory for `max_rows` rows is allocated once.
struct MiniBatch {
  MiniBatch(int max_rows, int inputs, int classes, bool soft);

  kernels::Activations features;      ///< where the source writes them: rows × inputs
  std::vector<std::int32_t> labels;   ///< −1: none
  std::vector<float> soft_targets;    ///< rows × classes, each row sums to 1; empty where not asked for
  std::vector<float> soft_entropy;    ///< per row −Σ p·log p, so that the loss is a divergence; likewise
};

/// Sums over the rows of one batch; loss / weight is the mean loss, correct / rows the share of right predictions (with
/// dropout on, on the weights before the step).
struct LossSums {
  double loss = 0, weight = 0;
  std::uint64_t correct = 0, rows = 0;
};

/// Evaluates an objective over mini-batches, holding its scratch memory.
class Loss {
 public:
  Loss(Objective objective, int max_rows, int classes);

  const Objective& objective() const noexcept { return objective_; }
  /// Sums of the batch's `logits`, and ∂(mean loss)/∂logits into `gradient`, where values below
  /// kernels::smallest_loss_gradient are 0. The batch has logits.rows rows.
  LossSums evaluate(kernels::ConstActivations logits, const MiniBatch& batch, kernels::Activations gradient) noexcept;

 private:
  Objective objective_;
  int stride_;
  double divergence(const float* z, const float* q, double log_sum, const float* target, double entropy, float scale, float* g,
                    int classes) const noexcept;
  double match_logits(const float* z, const float* target, float scale, float* g, int classes) const noexcept;
  double decoupled(const float* z, const float* target, std::int32_t label, float scale, float* g, int classes) const noexcept;

  std::vector<float> hard_, soft_;  // softmax at temperature 1 and T, max_rows × padded(classes)
  std::vector<float> max_, sum_;    // per row, of the hard and then the soft softmax
};

}  // namespace distillery
