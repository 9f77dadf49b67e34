#include "distillery/transfer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "distillery/error.hpp"
#include "distillery/math.hpp"
#include "distillery/random.hpp"

namespace distillery {

namespace {

// What the numbers of a transfer row are drawn for: the third word of their place.
constexpr std::uint32_t noise_draws = 0, swap_draws = 1, partner_draw = 2, weight_draws = 3;

/// The rows made from, and what is drawn for them.
struct Maker {
  const Matrix& features;
  std::span<const std::uint32_t> rows;
  const TransferOptions& options;
  Random random;
  std::vector<std::uint8_t> discrete;     // per column
  std::vector<std::uint32_t> near;        // per row, the position of a near one

  std::size_t columns() const noexcept { return static_cast<std::size_t>(features.cols()); }
  const float* row(std::uint32_t position) const noexcept { return features.data() + rows[position] * columns(); }

  void find_discrete_columns();
  void find_near_rows();
  std::vector<std::uint32_t> draw_candidates() const;
  TransferOrigin make(std::uint32_t copy, std::uint32_t position, float* out) const;
};

void Maker::find_discrete_columns() {
  constexpr std::size_t most = 10;
  for (std::size_t column = 0; column < columns(); ++column) {
    std::vector<float> values;
    for (std::uint32_t i = 0; i < rows.size() && values.size() <= most; ++i)
      if (std::ranges::find(values, row(i)[column]) == values.end()) values.push_back(row(i)[column]);
    discrete.push_back(values.size() <= most);
  }
}

/// Positions in rows.
std::vector<std::uint32_t> Maker::draw_candidates() const {
  constexpr std::size_t most = 1024;
  std::vector<std::uint32_t> candidates(rows.size());
  std::iota(candidates.begin(), candidates.end(), 0u);
  if (candidates.size() <= most) return candidates;
  // The beginning of a shuffle.
  for (std::uint32_t i = 0; i < most; ++i) {
    const auto left = static_cast<double>(candidates.size() - i);
    std::swap(candidates[i], candidates[i + static_cast<std::size_t>(random.uniform(i, 0xFFFFFFFFu, partner_draw) * left)]);
  }
  candidates.resize(most);
  return candidates;
}

/// By Euclidean distance; of equally near ones the first drawn, never the row itself.
void Maker::find_near_rows() {
  const auto candidates = draw_candidates();
  for (std::uint32_t position = 0; position < rows.size(); ++position) {
    const float* x = row(position);
    std::uint32_t best = position;
    float least = std::numeric_limits<float>::infinity();
    for (const std::uint32_t other : candidates) {
      if (other == position) continue;
      const float* y = row(other);
      float distance = 0;
      for (std::size_t i = 0; i < columns() && distance < least; ++i) distance += (x[i] - y[i]) * (x[i] - y[i]);
      if (distance < least) {
        least = distance;
        best = other;
      }
    }
    near.push_back(best);
  }
}

TransferOrigin Maker::make(std::uint32_t copy, std::uint32_t position, float* out) const {
  const float* x = row(position);
  TransferOrigin origin{position, position, 1};
  const float* y = x;
  double weight = 1;
  if (options.method == TransferMethod::mixup) {
    const double drawn = random.uniform(position, copy, partner_draw) * static_cast<double>(rows.size());
    origin.second = std::min(static_cast<std::uint32_t>(drawn), static_cast<std::uint32_t>(rows.size() - 1));
    y = row(origin.second);
    // Jöhnk (1964): of two uniform numbers to the power 1/α whose sum is at most 1, the first's share is Beta(α, α).
    for (std::uint32_t attempt = 0;; attempt += 2) {
      const double power = 1.0 / static_cast<double>(options.alpha);
      const double u = math::exp(power * math::log(1.0 - random.uniform(position, copy, weight_draws, attempt)));
      const double v = math::exp(power * math::log(1.0 - random.uniform(position, copy, weight_draws, attempt + 1)));
      if (u + v > 1.0 || u + v <= 0.0) continue;
      weight = u / (u + v);
      break;
    }
    origin.weight = static_cast<float>(weight);
  } else if (options.method == TransferMethod::munge) {
    y = row(near[position]);
  }
  double normals[2]{};
  for (std::size_t i = 0; i < columns(); ++i) {
    const auto place = static_cast<std::uint32_t>(i);
    const double a = static_cast<double>(x[i]), b = static_cast<double>(y[i]);
    const auto normal = [&] {
      if (i % 2 == 0) std::ranges::copy(random.normal(position, copy, noise_draws, place), normals);
      return normals[i % 2];
    };
    double value = a;
    switch (options.method) {
      case TransferMethod::none: break;
      case TransferMethod::jitter: {
        const double noise = normal();
        if (!discrete[i]) value = a + static_cast<double>(options.deviation) * noise;
        break;
      }
      case TransferMethod::mixup: value = weight * a + (1.0 - weight) * b; break;
      case TransferMethod::munge: {
        const double noise = normal();
        if (random.uniform(position, copy, swap_draws, place) >= static_cast<double>(options.swap)) break;
        value = discrete[i] ? b : b + std::fabs(a - b) / static_cast<double>(options.locality) * noise;
        break;
      }
    }
    out[i] = static_cast<float>(value);
  }
  return origin;
}

}  // namespace

void TransferOptions::validate() const {
  if (method > TransferMethod::munge) fail(ErrorCode::invalid_option, "This way to make transfer rows does not exist.");
  require_between(1, 100, copies, "The number of transfer rows per training row");
  require_between(0, 2, static_cast<double>(deviation), "The deviation of the jitter");
  require_between(0.05, 2, static_cast<double>(alpha), "The alpha of mixup");
  require_between(0, 1, static_cast<double>(swap), "The swap probability of munge");
  require_between(0.1, 1000, static_cast<double>(locality), "The locality of munge");
}

std::size_t transfer_count(const TransferOptions& options, std::size_t rows) noexcept {
  constexpr std::size_t most = 200'000;
  if (options.method == TransferMethod::none || rows == 0) return 0;
  return rows * std::min<std::size_t>(options.copies, most / rows);
}

std::vector<TransferOrigin> make_transfer_rows(const Matrix& features, std::span<const std::uint32_t> rows,
                                               const TransferOptions& options, std::uint64_t seed, std::span<float> made) {
  return guarded([&] {
    options.validate();
    Maker maker{features, rows, options, Random(seed, Stream::transfer), {}, {}};
    const std::size_t count = transfer_count(options, rows.size());
    if (made.size() != count * maker.columns())
      fail(ErrorCode::shape_mismatch, {"There is room for ", made.size(), " values; ", count, " transfer rows have ",
           count * maker.columns(), "."});
    for (const std::uint32_t row : rows)
      if (row >= static_cast<std::size_t>(features.rows()))
        fail(ErrorCode::shape_mismatch, {"Row ", row + 1.0, " was asked for, of ", features.rows(), "."});
    std::vector<TransferOrigin> origins;
    if (count == 0) return origins;
    if (options.method == TransferMethod::jitter || options.method == TransferMethod::munge) maker.find_discrete_columns();
    if (options.method == TransferMethod::munge) maker.find_near_rows();
    origins.reserve(count);
    float* out = made.data();
    for (std::uint32_t copy = 0; copy < count / rows.size(); ++copy)
      for (std::uint32_t position = 0; position < rows.size(); ++position, out += maker.columns())
        origins.push_back(maker.make(copy, position, out));
    return origins;
  });
}

}  // namespace distillery
