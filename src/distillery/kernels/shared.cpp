// Operations that take too little time to have more than one version.
#include <algorithm>

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

}  // namespace distillery::kernels
