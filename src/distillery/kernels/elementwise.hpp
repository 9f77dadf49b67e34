#pragma once

// Kernels in which no element depends on another. Compilers vectorise the plain loops without changing a bit, so one text
// serves the reference and every build of the vectorised kernels; `static`, for each build compiles its own.

#include <bit>
#include <cmath>

#include "distillery/kernels/kernels.hpp"

namespace distillery::kernels::elementwise {

// e^x by x = n·ln 2 + r with |r| ≤ ln 2 / 2, a degree 7 Taylor polynomial in r (remainder 6e-9 relative), and n added to the
// exponent. The rounding to an integer adds and takes away 1.5·2^23.
static inline float exponential_of(float x) noexcept {
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

static inline void exponential(std::span<float> values) noexcept {
  float* __restrict at = values.data();
  const std::size_t count = values.size();
  for (std::size_t i = 0; i < count; ++i) at[i] = exponential_of(at[i]);
}

static inline void adam(const AdamStep& step, std::span<float> w, std::span<const float> gradient, std::span<float> m,
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

}  // namespace distillery::kernels::elementwise
