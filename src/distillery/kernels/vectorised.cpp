// The fast kernels, one source for every target: vector extensions of GCC and Clang, which become WebAssembly SIMD, SSE
// or NEON. Equal to reference.cpp bit for bit; tests/cpp/kernels.test.cpp compares them.
#include <algorithm>
#include <cstring>
#include <utility>

#include "distillery/kernels/kernels.hpp"

namespace distillery::kernels::vectorised {

namespace {

using Floats = float __attribute__((vector_size(16)));
using Words = std::uint32_t __attribute__((vector_size(16)));
using Mask = std::int32_t __attribute__((vector_size(16)));
constexpr std::size_t lanes = 4;

inline Floats load(const float* at) noexcept {  // spans may start anywhere
  Floats value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
inline void store(float* at, Floats value) noexcept { std::memcpy(at, &value, sizeof value); }
inline Floats splat(float value) noexcept { return Floats{value, value, value, value}; }
/// value where the mask is set, else +0.
inline Floats keep(Mask mask, Floats value) noexcept {
  Mask bits;
  std::memcpy(&bits, &value, sizeof bits);
  bits &= mask;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

struct Everything {  // the list 0, 1, 2, … without the list
  int count;
  int size() const noexcept { return count; }
  int operator[](int i) const noexcept { return i; }
};
struct Listed {
  const std::uint16_t* list;
  int count;
  explicit Listed(std::span<const std::uint16_t> of) : list(of.data()), count(static_cast<int>(of.size())) {}
  int size() const noexcept { return count; }
  int operator[](int i) const noexcept { return list[i]; }
};

/// sums[0 … 4·N) = Σ over the listed k of factor(k)·row(k)[0 … 4·N), in the order of the list.
template <std::size_t N, class List, class Factor, class Row>
inline void weighted_sum(const List& list, Factor factor, Row row, Floats (&sums)[N]) noexcept {
  for (Floats& sum : sums) sum = Floats{};
  const int count = list.size();
  for (int at = 0; at < count; ++at) {
    const int k = list[at];
    const Floats f = splat(factor(k));
    const float* values = row(k);
    for (std::size_t v = 0; v < N; ++v) sums[v] += f * load(values + lanes * v);
  }
}

/// Calls body.operator()<N>(first column) for every panel of `columns`, N being its width in vectors.
template <class Body>
inline void for_each_panel(int columns, Body&& body) noexcept {
  const int width = padded(columns);
  int first = 0;
  for (; first + Panels::width <= width; first += Panels::width) body.template operator()<std::size_t{Panels::width} / lanes>(first);
  switch ((width - first) / lane_multiple) {
    case 1: return body.template operator()<1>(first);
    case 2: return body.template operator()<2>(first);
    case 3: return body.template operator()<3>(first);
    case 4: return body.template operator()<4>(first);
    case 5: return body.template operator()<5>(first);
    case 6: return body.template operator()<6>(first);
    case 7: return body.template operator()<7>(first);
    default: return;
  }
}

template <std::size_t N, class List>
inline void affine_row(const List& list, const float* x, const float* panel, const float* bias, float* y) noexcept {
  Floats sums[N];
  weighted_sum<N>(list, [x](int i) { return x[i]; }, [panel](int i) { return panel + static_cast<std::size_t>(i) * (lanes * N); }, sums);
  for (std::size_t v = 0; v < N; ++v) store(y + lanes * v, sums[v] + load(bias + lanes * v));
}

template <std::size_t N, class List>
inline void gradient_row(const List& list, const float* x, std::size_t x_stride, const float* dy, std::size_t dy_stride,
                         float* dw) noexcept {
  Floats sums[N];
  weighted_sum<N>(
      list, [=](int r) { return x[static_cast<std::size_t>(r) * x_stride]; },
      [=](int r) { return dy + static_cast<std::size_t>(r) * dy_stride; }, sums);
  for (std::size_t v = 0; v < N; ++v) store(dw + lanes * v, sums[v]);
}

template <std::size_t N, class List>
inline void input_gradient_row(const List& list, const float* dy, const float* panel, const float* a, float scale,
                               float* dx) noexcept {
  Floats sums[N];
  weighted_sum<N>(list, [dy](int o) { return dy[o]; }, [panel](int o) { return panel + static_cast<std::size_t>(o) * (lanes * N); }, sums);
  for (std::size_t v = 0; v < N; ++v)
    store(dx + lanes * v, keep(load(a + lanes * v) > Floats{}, sums[v] * splat(scale)));
}

}  // namespace

void affine(ConstActivations x, const float* w, const float* bias, Activations y) noexcept {
  const Panels panels{x.columns, y.columns};
  for_each_panel(y.columns, [&]<std::size_t N>(int first) {
    const float* panel = w + panels.index(0, first);
    for (int r = 0; r < x.rows; ++r) {
      if (x.nonzeros) affine_row<N>(Listed(x.nonzeros->row(r)), x.row(r), panel, bias + first, y.row(r) + first);
      else affine_row<N>(Everything{x.columns}, x.row(r), panel, bias + first, y.row(r) + first);
    }
  });
}

void affine_gradient(ConstActivations x, ConstActivations dy, float* dw, float* db) noexcept {
  const Panels panels{x.columns, dy.columns};
  for_each_panel(dy.columns, [&]<std::size_t N>(int first) {
    float* panel = dw + panels.index(0, first);
    const float* from = dy.data + first;
    for (int i = 0; i < x.columns; ++i) {
      float* to = panel + static_cast<std::size_t>(i) * (lanes * N);
      if (x.nonzeros) gradient_row<N>(Listed(x.nonzeros->column(i)), x.data + i, x.stride, from, dy.stride, to);
      else gradient_row<N>(Everything{x.rows}, x.data + i, x.stride, from, dy.stride, to);
    }
    Floats sums[N] = {};
    for (int r = 0; r < dy.rows; ++r)
      for (std::size_t v = 0; v < N; ++v) sums[v] += load(dy.row(r) + first + lanes * v);
    for (std::size_t v = 0; v < N; ++v) store(db + first + lanes * v, sums[v]);
  });
}

void input_gradient(ConstActivations dy, const float* wt, ConstActivations a, float scale, Activations dx) noexcept {
  const Panels panels{dy.columns, dx.columns};
  for_each_panel(dx.columns, [&]<std::size_t N>(int first) {
    const float* panel = wt + panels.index(0, first);
    for (int r = 0; r < dy.rows; ++r) {
      const float* mask = a.row(r) + first;
      float* to = dx.row(r) + first;
      if (dy.nonzeros) input_gradient_row<N>(Listed(dy.nonzeros->row(r)), dy.row(r), panel, mask, scale, to);
      else input_gradient_row<N>(Everything{dy.columns}, dy.row(r), panel, mask, scale, to);
    }
  });
}

namespace {

template <int Left, int Right>
inline void mix(Words& a, Words& b) noexcept {
  a += b;
  b = (b << Left | b >> Right) ^ a;
}
template <int First, int Second>
inline void round_even(Words (&x)[4]) noexcept {
  mix<First, 32 - First>(x[0], x[1]);
  mix<Second, 32 - Second>(x[2], x[3]);
}
template <int First, int Second>
inline void round_odd(Words (&x)[4]) noexcept {
  mix<First, 32 - First>(x[0], x[3]);
  mix<Second, 32 - Second>(x[2], x[1]);
}

/// Threefry-4x32 with 13 rounds for four counters at once, one in each lane.
inline void threefry(const Words (&schedule)[5], Words (&x)[4]) noexcept {
  const auto inject = [&](std::uint32_t s) {
    for (std::uint32_t i = 0; i < 4; ++i) x[i] += schedule[(s + i) % 5];
    x[3] += s;
  };
  inject(0);
  round_even<10, 26>(x), round_odd<11, 21>(x), round_even<13, 27>(x), round_odd<23, 5>(x);
  inject(1);
  round_even<6, 20>(x), round_odd<17, 11>(x), round_even<25, 10>(x), round_odd<18, 20>(x);
  inject(2);
  round_even<10, 26>(x), round_odd<11, 21>(x), round_even<13, 27>(x), round_odd<23, 5>(x);
  inject(3);
  round_even<6, 20>(x);
}

}  // namespace

void relu_dropout(Activations z, const Dropout& dropout) noexcept {
  const int width = padded(z.columns);
  const Floats scale = splat(dropout.scale);
  if (dropout.threshold == 0) {
    for (int r = 0; r < z.rows; ++r)
      for (int u = 0; u < width; u += lane_multiple) {
        const Floats value = load(z.row(r) + u);
        store(z.row(r) + u, keep(value > Floats{}, value * scale));
      }
    return;
  }
  Words schedule[5];
  std::uint32_t parity = 0x1BD11BDAu;
  for (std::size_t i = 0; i < 4; ++i) {
    schedule[i] = Words{} + dropout.key[i];
    parity ^= dropout.key[i];
  }
  schedule[4] = Words{} + parity;
  const Words threshold = Words{} + dropout.threshold;
  for (int r = 0; r < z.rows; ++r) {
    float* row = z.row(r);
    for (int group = 0; group < width; group += 32) {
      const auto first = static_cast<std::uint32_t>(group) / 32 * 4;
      Words x[4] = {Words{first, first + 1, first + 2, first + 3},
                    Words{} + dropout.row_ids[static_cast<std::size_t>(r)], Words{} + dropout.epoch,
                    Words{} + dropout.layer};
      threefry(schedule, x);
      const auto vectors = static_cast<std::size_t>(std::min(8, (width - group) / lane_multiple));
      for (std::size_t v = 0; v < vectors; ++v) {
        const Words bits = v < 4 ? x[v] & 0xFFFFu : x[v - 4] >> 16;
        const Floats value = load(row + group + lanes * v);
        store(row + group + lanes * v, keep((bits >= threshold) & (value > Floats{}), value * scale));
      }
    }
  }
}

}  // namespace distillery::kernels::vectorised
