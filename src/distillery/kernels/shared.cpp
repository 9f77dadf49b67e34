// Operations that take too little time to have more than one version.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "distillery/kernels/kernels.hpp"

namespace distillery::kernels {

namespace {

using Mask = std::int32_t __attribute__((vector_size(16)));
using Floats = float __attribute__((vector_size(16)));

/// Bit i is set where lane i is.
unsigned bits_of(const Mask& mask) noexcept {
#if defined(__wasm_simd128__)
  return static_cast<unsigned>(__builtin_wasm_bitmask_i32x4(mask));
#elif defined(__SSE2__)
  return static_cast<unsigned>(__builtin_ia32_movmskps(std::bit_cast<Floats>(mask)));
#else
  return static_cast<unsigned>((mask[0] & 1) | (mask[1] & 2) | (mask[2] & 4) | (mask[3] & 8));
#endif
}

/// The places of the bits that are set, 16 bits each, lowest first; and how many these are.
struct Places {
  std::uint64_t packed;
  std::uint32_t count;
};
constexpr auto places = [] {
  std::array<Places, 16> all{};
  for (unsigned bits = 0; bits < 16; ++bits)
    for (std::uint64_t place = 0; place < 4; ++place)
      if (bits >> place & 1) all[bits].packed |= place << (16 * all[bits].count++);
  return all;
}();

}  // namespace

void NonZeros::build(const float* values, int rows, int columns, std::size_t stride, bool by_column) noexcept {
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
    const float* row = values + r * stride;
    std::uint16_t* list = by_row_.data() + r * row_capacity_;
    std::uint32_t count = 0;
    int c = 0;
    for (; c + 4 <= columns; c += 4) {  // four at a time and without a branch, for the pattern is unpredictable
      Floats four;
      std::memcpy(&four, row + c, sizeof four);
      const Places& found = places[bits_of(four != Floats{})];
      const std::uint64_t numbers = found.packed + static_cast<std::uint64_t>(c) * 0x0001000100010001u;
      std::memcpy(list + count, &numbers, sizeof numbers);
      count += found.count;
    }
    for (; c < columns; ++c) {
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

namespace {

/// A block of 4 × 4 floats: to[k·to_step + l] = from[l·from_step + k].
void transpose_block(const float* from, std::size_t from_step, float* to, std::size_t to_step) noexcept {
  Floats rows[4];
  for (std::size_t i = 0; i < 4; ++i) std::memcpy(&rows[i], from + i * from_step, sizeof rows[i]);
  const Floats low01 = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
  const Floats high01 = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
  const Floats low23 = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
  const Floats high23 = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
  const Floats columns[4] = {
      __builtin_shufflevector(low01, low23, 0, 1, 4, 5), __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
      __builtin_shufflevector(high01, high23, 0, 1, 4, 5), __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
  for (std::size_t i = 0; i < 4; ++i) std::memcpy(to + i * to_step, &columns[i], sizeof columns[i]);
}

}  // namespace

void transpose(const float* w, int inputs, int outputs, float* wt) noexcept {
  const Panels from{inputs, outputs}, to{outputs, inputs};
  for (int o = 0; o < outputs; o += 4)
    for (int i = 0; i < inputs; i += 4) {
      const auto from_step = static_cast<std::size_t>(from.width_at(o)), to_step = static_cast<std::size_t>(to.width_at(i));
      const float* const block = w + from.index(i, o);
      float* const target = wt + to.index(o, i);
      const auto across = static_cast<std::size_t>(std::min(4, outputs - o));
      const auto down = static_cast<std::size_t>(std::min(4, inputs - i));
      if (across == 4 && down == 4) {
        transpose_block(block, from_step, target, to_step);
      } else {
        for (std::size_t k = 0; k < across; ++k)
          for (std::size_t l = 0; l < down; ++l) target[k * to_step + l] = block[l * from_step + k];
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
