// The specification: plain loops over stated indices. See kernels.hpp.
#include "distillery/kernels/elementwise.hpp"

namespace distillery::kernels::reference {

void affine(ConstActivations x, const float* w, const float* bias, Activations y) noexcept {
  const Panels panels{x.columns, y.columns};
  for (int r = 0; r < x.rows; ++r)
    for (int o = 0; o < padded(y.columns); ++o) {
      float sum = 0;
      for (int i = 0; i < x.columns; ++i) sum += x.row(r)[i] * w[panels.index(i, o)];
      y.row(r)[o] = sum + bias[o];
    }
}

void affine_gradient(ConstActivations x, ConstActivations dy, float* dw, float* db) noexcept {
  const Panels panels{x.columns, dy.columns};
  for (int o = 0; o < padded(dy.columns); ++o) {
    for (int i = 0; i < x.columns; ++i) {
      float sum = 0;
      for (int r = 0; r < x.rows; ++r) sum += x.row(r)[i] * dy.row(r)[o];
      dw[panels.index(i, o)] = sum;
    }
    float sum = 0;
    for (int r = 0; r < x.rows; ++r) sum += dy.row(r)[o];
    db[o] = sum;
  }
}

void input_gradient(ConstActivations dy, const float* wt, ConstActivations a, float scale, Activations dx) noexcept {
  const Panels panels{dy.columns, dx.columns};
  for (int r = 0; r < dy.rows; ++r)
    for (int i = 0; i < padded(dx.columns); ++i) {
      float sum = 0;
      for (int o = 0; o < dy.columns; ++o) sum += dy.row(r)[o] * wt[panels.index(o, i)];
      dx.row(r)[i] = a.row(r)[i] > 0 ? sum * scale : 0.0f;
    }
}

void relu_dropout(Activations z, const Dropout& dropout) noexcept {
  for (int r = 0; r < z.rows; ++r)
    for (int u = 0; u < padded(z.columns); ++u) {
      float& value = z.row(r)[u];
      bool kept = value > 0;
      if (dropout.threshold > 0) {
        const auto unit = static_cast<std::uint32_t>(u);
        const RandomBlock block = threefry(dropout.key, {unit / 32 * 4 + unit % 4,
                                                         dropout.row_ids[static_cast<std::size_t>(r)], dropout.epoch,
                                                         dropout.layer});
        const std::uint32_t bits = block[unit / 4 % 4] >> (unit / 16 % 2 * 16) & 0xFFFFu;
        kept = kept && bits >= dropout.threshold;
      }
      value = kept ? value * dropout.scale : 0.0f;
    }
}

void exponential(std::span<float> values) noexcept { elementwise::exponential(values); }

void adam(const AdamStep& step, std::span<float> w, std::span<const float> gradient, std::span<float> m,
          std::span<float> v) noexcept {
  elementwise::adam(step, w, gradient, m, v);
}

}  // namespace distillery::kernels::reference
