#include "distillery/loss.hpp"

#include <cmath>

#include "distillery/error.hpp"
#include "distillery/math.hpp"

namespace distillery {

void Objective::validate(int classes) const {
  require_between(0.05f, 100, static_cast<double>(temperature), "The temperature");
  require_between(0, 1, static_cast<double>(soft_weight), "The soft weight");
  if (!class_weights.empty() && class_weights.size() != static_cast<std::size_t>(classes))
    fail(ErrorCode::shape_mismatch, {"There are ", class_weights.size(), " class weights for ", classes, " classes."});
  for (const float weight : class_weights) require_between(1e-6f, 1e6, static_cast<double>(weight), "A class weight");
}

MiniBatch::MiniBatch(int max_rows, int inputs, int classes, bool soft)
    : features{nullptr, max_rows, inputs, static_cast<std::size_t>(kernels::padded(inputs)), nullptr},
      labels(static_cast<std::size_t>(max_rows), -1),
      soft_targets(soft ? static_cast<std::size_t>(max_rows) * static_cast<std::size_t>(classes) : 0),
      soft_entropy(soft ? static_cast<std::size_t>(max_rows) : 0) {}

Loss::Loss(Objective objective, int max_rows, int classes)
    : objective_(std::move(objective)), stride_(kernels::padded(classes)) {
  objective_.validate(classes);
  const auto rows = static_cast<std::size_t>(max_rows);
  if (objective_.soft_weight < 1) hard_.resize(rows * static_cast<std::size_t>(stride_));
  if (objective_.soft_weight > 0) soft_.resize(rows * static_cast<std::size_t>(stride_));
  max_.resize(2 * rows);
  sum_.resize(2 * rows);
}

LossSums Loss::evaluate(kernels::ConstActivations logits, const MiniBatch& batch,
                        kernels::Activations gradient) noexcept {
  const int rows = logits.rows, classes = logits.columns;
  const auto stride = static_cast<std::size_t>(stride_);
  const float alpha = objective_.soft_weight, temperature = objective_.temperature;
  const bool hard = alpha < 1, soft = alpha > 0;
  const kernels::Activations hard_block{hard_.data(), rows, classes, stride, nullptr};
  const kernels::Activations soft_block{soft_.data(), rows, classes, stride, nullptr};
  float* soft_max = max_.data() + max_.size() / 2;
  float* soft_sum = sum_.data() + sum_.size() / 2;
  if (hard) kernels::softmax(logits, 1.0f, hard_block, max_.data(), sum_.data());
  if (soft) kernels::softmax(logits, 1.0f / temperature, soft_block, soft_max, soft_sum);

  const auto weight_of = [&](std::int32_t label) {
    return label >= 0 && !objective_.class_weights.empty() ? objective_.class_weights[static_cast<std::size_t>(label)] : 1.0f;
  };
  LossSums sums;
  sums.rows = static_cast<std::uint64_t>(rows);
  for (int r = 0; r < rows; ++r) sums.weight += static_cast<double>(weight_of(batch.labels[static_cast<std::size_t>(r)]));
  const float inverse_weight = static_cast<float>(1.0 / sums.weight);

  for (int r = 0; r < rows; ++r) {
    const auto row = static_cast<std::size_t>(r);
    const std::int32_t label = batch.labels[row];
    const float* z = logits.row(r);
    float* g = gradient.row(r);
    const float scale = weight_of(label) * inverse_weight;
    const float hard_scale = label >= 0 ? (1.0f - alpha) * scale : 0.0f;
    const float soft_scale = alpha * temperature * scale;
    double loss = 0;
    int best = 0;
    for (int c = 1; c < classes; ++c) best = z[c] > z[best] ? c : best;
    sums.correct += best == label;

    for (int c = 0; c < stride_; ++c) g[c] = 0;
    if (hard && label >= 0) {
      const float* p = hard_block.row(r);
      for (int c = 0; c < classes; ++c) g[c] = hard_scale * (c == label ? p[c] - 1.0f : p[c]);
      const double log_sum = static_cast<double>(max_[row]) + math::log(static_cast<double>(sum_[row]));
      loss += (1.0 - static_cast<double>(alpha)) * (log_sum - static_cast<double>(z[label]));
    }
    if (soft) {
      const float* p = soft_block.row(r);
      const float* target = batch.soft_targets.data() + row * static_cast<std::size_t>(classes);
      const double log_sum = static_cast<double>(soft_max[row]) + math::log(static_cast<double>(soft_sum[row]));
      const double inverse_temperature = static_cast<double>(1.0f / temperature);
      double cross = 0;
      for (int c = 0; c < classes; ++c) {
        g[c] += soft_scale * (p[c] - target[c]);
        cross += static_cast<double>(target[c]) * (log_sum - static_cast<double>(z[c]) * inverse_temperature);
      }
      loss += static_cast<double>(alpha) * static_cast<double>(temperature) * static_cast<double>(temperature) *
              (cross - static_cast<double>(batch.soft_entropy[row]));
    }
    for (int c = 0; c < classes; ++c) g[c] = std::fabs(g[c]) < kernels::smallest_loss_gradient ? 0.0f : g[c];
    sums.loss += static_cast<double>(weight_of(label)) * loss;
  }
  return sums;
}

}  // namespace distillery
