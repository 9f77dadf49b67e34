#include "distillery/loss.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "distillery/error.hpp"
#include "distillery/math.hpp"

namespace distillery {

void Objective::validate(int classes) const {
  require_between(0.05f, 100, static_cast<double>(temperature), "The temperature");
  require_between(0, 1, static_cast<double>(soft_weight), "The soft weight");
  if (!class_weights.empty() && class_weights.size() != static_cast<std::size_t>(classes))
    fail(ErrorCode::shape_mismatch, {"There are ", class_weights.size(), " class weights for ", classes, " classes."});
  for (const float weight : class_weights) require_between(1e-6f, 1e6, static_cast<double>(weight), "A class weight");
  if (soft_loss > SoftLoss::decoupled) fail(ErrorCode::invalid_option, "This loss on soft targets does not exist.");
  require_between(0, 100, static_cast<double>(other_weight), "The weight of the other classes");
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

/// The three soft losses of one row. Each adds `scale` times its gradient with respect to z/T to g.
double Loss::divergence(const float* z, const float* q, double log_sum, const float* target, double entropy, float scale,
                        float* g, int classes) const noexcept {
  const double inverse_temperature = static_cast<double>(1.0f / objective_.temperature);
  double cross = 0;
  for (int c = 0; c < classes; ++c) {
    g[c] += scale * (q[c] - target[c]);
    cross += static_cast<double>(target[c]) * (log_sum - static_cast<double>(z[c]) * inverse_temperature);
  }
  return cross - entropy;
}

double Loss::match_logits(const float* z, const float* target, float scale, float* g, int classes) const noexcept {
  const double inverse_temperature = static_cast<double>(1.0f / objective_.temperature);
  // A probability of 0 has no logarithm; this floor is below every float softmax that matters.
  const auto gap = [&](int c) {
    return static_cast<double>(z[c]) * inverse_temperature - math::log(std::max(static_cast<double>(target[c]), 1e-38));
  };
  double mean = 0, squares = 0;
  for (int c = 0; c < classes; ++c) mean += gap(c);
  mean /= classes;
  for (int c = 0; c < classes; ++c) {
    const double off = gap(c) - mean;
    squares += off * off;
    g[c] += scale * static_cast<float>(off / classes);
  }
  return squares / (2.0 * classes);
}

double Loss::decoupled(const float* z, const float* target, std::int32_t label, float scale, float* g,
                       int classes) const noexcept {
  const double inverse_temperature = static_cast<double>(1.0f / objective_.temperature);
  const auto u = [&](int c) { return static_cast<double>(z[c]) * inverse_temperature; };
  const auto p = [&](int c) { return static_cast<double>(target[c]); };
  int y = label;
  for (int c = 0; label < 0 && c < classes; ++c) y = y < 0 || target[c] > target[y] ? c : y;

  // The other classes: their largest logit, and sums relative to it, so that none is lost beside the label's.
  double most = -std::numeric_limits<double>::infinity(), others = 0, rest = 0;
  for (int c = 0; c < classes; ++c) most = c == y ? most : std::max(most, u(c));
  for (int c = 0; c < classes; ++c) {
    if (c == y) continue;
    others += math::exp(u(c) - most);
    rest += p(c);
  }
  const double log_others = most + math::log(others);
  const double top = std::max(u(y), log_others);
  const double log_sum = top + math::log(math::exp(u(y) - top) + math::exp(log_others - top));
  const double q_label = math::exp(u(y) - log_sum);
  const auto term = [](double share, double log_answer) { return share > 0 ? share * (math::log(share) - log_answer) : 0.0; };
  // rest, not 1 − p_y: the targets are floats and may miss their sum by a rounding.
  const double distance = term(p(y), u(y) - log_sum) + term(rest, log_others - log_sum);
  const double beta = rest > 0 ? static_cast<double>(objective_.other_weight) : 0;
  double apart = 0;
  g[y] += scale * static_cast<float>(q_label - p(y));
  for (int c = 0; c < classes; ++c) {
    if (c == y) continue;
    const double q_hat = math::exp(u(c) - log_others), p_hat = rest > 0 ? p(c) / rest : 0;
    apart += term(p_hat, u(c) - log_others);
    g[c] += scale * static_cast<float>(beta * (q_hat - p_hat) - (q_label - p(y)) * q_hat);
  }
  return distance + beta * apart;
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
  if (soft && objective_.soft_loss == SoftLoss::divergence)
    kernels::softmax(logits, 1.0f / temperature, soft_block, soft_max, soft_sum);

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
      const float* target = batch.soft_targets.data() + row * static_cast<std::size_t>(classes);
      double distance = 0;
      switch (objective_.soft_loss) {
        case SoftLoss::divergence: {
          const double log_sum = static_cast<double>(soft_max[row]) + math::log(static_cast<double>(soft_sum[row]));
          distance = divergence(z, soft_block.row(r), log_sum, target, static_cast<double>(batch.soft_entropy[row]), soft_scale,
                                g, classes);
          break;
        }
        case SoftLoss::logits: distance = match_logits(z, target, soft_scale, g, classes); break;
        case SoftLoss::decoupled: distance = decoupled(z, target, label, soft_scale, g, classes); break;
      }
      loss += static_cast<double>(alpha) * static_cast<double>(temperature) * static_cast<double>(temperature) * distance;
    }
    for (int c = 0; c < classes; ++c) g[c] = std::fabs(g[c]) < kernels::smallest_loss_gradient ? 0.0f : g[c];
    sums.loss += static_cast<double>(weight_of(label)) * loss;
  }
  return sums;
}

}  // namespace distillery
