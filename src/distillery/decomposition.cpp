#include "distillery/decomposition.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "distillery/logit_rows.hpp"
#include "distillery/random.hpp"

namespace distillery {

using namespace detail;

namespace {

void check_models(std::span<const Matrix> models, std::span<const std::int32_t> labels) {
  for (const Matrix& model : models) {
    check_pair(models.front(), model);
    check_labels(model, labels);
  }
}

}  // namespace

BiasVariance log_loss_decomposition(std::span<const Matrix> models, std::span<const std::int32_t> labels) {
  check_models(models, labels);
  if (models.empty() || labels.empty()) return {};
  return guarded([&] {
    BiasVariance result;
    const auto count = static_cast<double>(models.size());
    std::vector<double> mean_log(static_cast<std::size_t>(models.front().cols()));
    for (std::size_t row = 0; row < labels.size(); ++row) {
      std::fill(mean_log.begin(), mean_log.end(), 0.0);
      for (const Matrix& model : models) {
        const auto values = row_of(model, static_cast<Eigen::Index>(row));
        const LogSum total = log_sum(values);
        for (std::size_t i = 0; i < values.size(); ++i) mean_log[i] += log_probability(values[i], total) / count;
      }
      // The geometric mean sums to at most 1; −ln of that sum is the mean divergence from it.
      const double top = *std::max_element(mean_log.begin(), mean_log.end());
      double sum = 0.0;
      for (const double value : mean_log) sum += math::exp(value - top);
      const double log_norm = std::min(0.0, top + math::log(sum));
      result.variance -= log_norm;
      result.bias += log_norm - mean_log[static_cast<std::size_t>(labels[row])];
    }
    const auto rows = static_cast<double>(labels.size());
    return BiasVariance{std::max(0.0, result.bias / rows), result.variance / rows};
  });
}

BiasVariance zero_one_decomposition(std::span<const Matrix> models, std::span<const std::int32_t> labels) {
  check_models(models, labels);
  if (models.empty() || labels.empty()) return {};
  return guarded([&] {
    BiasVariance result;
    const auto count = static_cast<double>(models.size());
    std::vector<double> votes(static_cast<std::size_t>(models.front().cols()));
    for (std::size_t row = 0; row < labels.size(); ++row) {
      std::fill(votes.begin(), votes.end(), 0.0);
      for (const Matrix& model : models) votes[largest(row_of(model, static_cast<Eigen::Index>(row)))] += 1.0;
      double concentration = 0.0;  // Σ p²
      for (const double vote : votes) concentration += vote / count * (vote / count);
      const double right = votes[static_cast<std::size_t>(labels[row])] / count;
      result.bias += 0.5 * (1.0 + concentration) - right;
      result.variance += 0.5 * (1.0 - concentration);
    }
    const auto rows = static_cast<double>(labels.size());
    return BiasVariance{std::max(0.0, result.bias / rows), std::max(0.0, result.variance / rows)};
  });
}

Interval kept_variance_reduction(std::span<const Matrix> teachers, std::span<const Matrix> ensembles,
                                 std::span<const Matrix> students, std::span<const std::int32_t> labels, double confidence) {
  if (teachers.size() != ensembles.size() || teachers.size() != students.size())
    fail(ErrorCode::shape_mismatch, {"There are ", teachers.size(), " teachers, ", ensembles.size(), " ensembles and ",
         students.size(), " students: one of each per retraining is needed."});
  return guarded([&]() -> Interval {
    const std::size_t count = teachers.size();
    /// Without one retraining; SIZE_MAX: of all.
    const auto variance = [&](std::span<const Matrix> networks, std::size_t left_out) {
      std::vector<Matrix> kept;
      for (std::size_t i = 0; i < count; ++i)
        if (i != left_out) kept.push_back(networks[i]);
      return log_loss_decomposition(kept, labels).variance;
    };
    const auto ratio = [&](std::size_t left_out) -> std::optional<double> {
      const double single = variance(teachers, left_out), saved = single - variance(ensembles, left_out);
      if (!(saved > 0)) return std::nullopt;
      return (single - variance(students, left_out)) / saved;
    };
    const auto all = ratio(SIZE_MAX);
    if (!all) return {};
    std::vector<double> without;
    for (std::size_t i = 0; i < count; ++i) {
      const auto one = ratio(i);
      if (!one) return {};
      without.push_back(*one);
    }
    return jackknife_interval(*all, without, confidence);
  });
}

std::vector<std::uint32_t> bootstrap_rows(std::uint32_t rows, std::uint64_t seed) {
  return guarded([&] {
    const Random random(seed, Stream::bootstrap);
    std::vector<std::uint32_t> drawn(rows);
    for (std::uint32_t i = 0; i < rows; ++i)
      drawn[i] = static_cast<std::uint32_t>(random.uniform(i) * static_cast<double>(rows));
    return drawn;
  });
}

}  // namespace distillery
