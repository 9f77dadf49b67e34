// The fast kernels for any machine, and the choice between the builds of them.
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "distillery/kernels/kernels.hpp"

#ifdef __x86_64__
#define DISTILLERY_BUILD sse2
#define DISTILLERY_NAME "SSE2"
#else
#define DISTILLERY_BUILD vectorised
#define DISTILLERY_NAME "128-bit vectors"
#endif
#define DISTILLERY_LANES 4
#define DISTILLERY_TILE 32
#include "distillery/kernels/vectorised.hpp"

namespace distillery::kernels {

#ifndef __x86_64__

std::span<const Build* const> builds() noexcept {
  static constexpr const Build* all[] = {&vectorised::build};
  return all;
}

#else

namespace avx2 { extern const Build build; }
namespace avx512 { extern const Build build; }

std::span<const Build* const> builds() noexcept {
  static constexpr const Build* all[] = {&avx512::build, &avx2::build, &sse2::build};
  static const std::size_t unusable = []() -> std::size_t {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return 0;
    return __builtin_cpu_supports("avx2") ? 1 : 2;
  }();
  return std::span(all).subspan(unusable);
}

namespace vectorised {
namespace {
const Build& widest() noexcept { return *builds().front(); }
}  // namespace

void affine(ConstActivations x, const float* w, const float* bias, Activations y) noexcept {
  widest().affine(x, w, bias, y);
}
void affine_gradient(ConstActivations x, ConstActivations dy, float* dw, float* db) noexcept {
  widest().affine_gradient(x, dy, dw, db);
}
void input_gradient(ConstActivations dy, const float* wt, ConstActivations a, float scale, Activations dx) noexcept {
  widest().input_gradient(dy, wt, a, scale, dx);
}
void relu_dropout(Activations z, const Dropout& dropout) noexcept { widest().relu_dropout(z, dropout); }
void exponential(std::span<float> values) noexcept { widest().exponential(values); }
void adam(const AdamStep& step, std::span<float> w, std::span<const float> gradient, std::span<float> m,
          std::span<float> v) noexcept {
  widest().adam(step, w, gradient, m, v);
}
}  // namespace vectorised

#endif

}  // namespace distillery::kernels
