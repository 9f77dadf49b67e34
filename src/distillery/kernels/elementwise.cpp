// Operations in which no element depends on another, or too few to matter: one version for all builds.
#include <bit>
#include <algorithm>
#include <cmath>

#include "distillery/kernels/kernels.hpp"

namespace distillery::kernels {

void NonZeros::build(const float* values, int rows, int columns, std::size_t stride, bool by_column) noexcept {
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
    const float* row = values + r * stride;
    std::uint16_t* list = by_row_.data() + r * row_capacity_;
    std::uint32_t count = 0;
    for (int c = 0; c < columns; ++c) {  // no branch: most of the pattern is unpredictable
      list[count] = static_cast<std::uint16_t>(c);
      count += row[c] != 0;
    }
    row_count_[r] = count;
  }
  if (!by_column) return;
  for (std::uint32_t& count : column_count_) count = 0;
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
    for (const std::uint16_t c : row(static_cast<int>(r)))
      by_column_[c * column_capacity_ + column_count_[c]++] = static_cast<std::uint16_t>(r);
}

void transpose(const float* w, int inputs, int outputs, float* wt) noexcept {
  const Panels from{inputs, outputs}, to{outputs, inputs};
  for (int o = 0; o < outputs; ++o) {
    const float* column = w + from.index(0, o);
    const auto step = static_cast<std::size_t>(from.width_at(o));
    for (int first = 0; first < inputs; first += Panels::width) {
      float* row = wt + to.index(o, first);
      const int count = std::min(Panels::width, inputs - first);
      for (int i = 0; i < count; ++i) row[i] = column[static_cast<std::size_t>(first + i) * step];
    }
  }
}

namespace {

// e^x by x = n·ln 2 + r with |r| ≤ ln 2 / 2, a degree 7 Taylor polynomial in r (remainder 6e-9 relative), and n added to the
// exponent. The rounding to an integer adds and takes away 1.5·2^23.
inline float exponential_of(float x) noexcept {
  const float clamped = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  const float shifted = clamped * 1.44269504f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  const float r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1.0f;
  const std::uint32_t exponent = std::bit_cast<std::uint32_t>(shifted) - 0x4B400000u;
  const float scaled = std::bit_cast<float>(std::bit_cast<std::uint32_t>(p) + (exponent << 23));
  return x < -87.0f ? 0.0f : scaled;
}

}  // namespace

void exponential(std::span<float> values) noexcept {
  float* __restrict at = values.data();
  const std::size_t count = values.size();
  for (std::size_t i = 0; i < count; ++i) at[i] = exponential_of(at[i]);
}

void softmax(ConstActivations z, float inverse_temperature, Activations p, float* row_max, float* row_sum) noexcept {
  const int width = padded(z.columns);
  for (int r = 0; r < z.rows; ++r) {
    const float* from = z.row(r);
    float* to = p.row(r);
    float largest = from[0] * inverse_temperature;
    for (int c = 0; c < z.columns; ++c) {
      to[c] = from[c] * inverse_temperature;
      largest = to[c] > largest ? to[c] : largest;
    }
    row_max[r] = largest;
    for (int c = 0; c < z.columns; ++c) to[c] -= largest;
    for (int c = z.columns; c < width; ++c) to[c] = -100;
  }
  if (p.stride == static_cast<std::size_t>(width)) {
    exponential({p.data, static_cast<std::size_t>(z.rows) * p.stride});
  } else {
    for (int r = 0; r < z.rows; ++r) exponential({p.row(r), static_cast<std::size_t>(width)});
  }
  for (int r = 0; r < z.rows; ++r) {
    float* at = p.row(r);
    float sum = 0;
    for (int c = 0; c < z.columns; ++c) sum += at[c];
    row_sum[r] = sum;
    for (int c = 0; c < width; ++c) at[c] /= sum;
  }
}

void adam(const AdamStep& step, std::span<float> w, std::span<float> gradient, std::span<float> m,
          std::span<float> v) noexcept {
  const AdamStep s = step;
  const float one_minus_beta1 = 1.0f - s.beta1, one_minus_beta2 = 1.0f - s.beta2;
  float* __restrict wp = w.data();
  const float* __restrict gp = gradient.data();
  float* __restrict mp = m.data();
  float* __restrict vp = v.data();
  const std::size_t count = w.size();
  for (std::size_t i = 0; i < count; ++i) {
    const float g = std::fabs(gp[i]) < smallest_gradient ? 0.0f : gp[i];
    const float first = s.beta1 * mp[i] + one_minus_beta1 * g;
    const float second = s.beta2 * vp[i] + one_minus_beta2 * (g * g);
    const float kept_first = std::fabs(first) < smallest_first_moment ? 0.0f : first;
    const float kept_second = second < smallest_second_moment ? 0.0f : second;
    mp[i] = kept_first;
    vp[i] = kept_second;
    wp[i] = wp[i] * s.decay - s.rate * kept_first / (std::sqrt(kept_second) * s.root_correction + s.epsilon);
  }
}

}  // namespace distillery::kernels
