// The fast kernels, one source for every target: vector extensions of GCC and Clang, which become WebAssembly SIMD, SSE,
// AVX or NEON. Equal to reference.cpp bit for bit; tests/cpp/kernels.test.cpp compares every build.
//
// Deliberately without an include guard of the usual kind: each vectorised*.cpp includes it once, last, after setting
//   DISTILLERY_BUILD   the namespace of this build
//   DISTILLERY_NAME    what it is called
//   DISTILLERY_LANES   floats in the widest vector: 4, 8 or 16
//   DISTILLERY_TILE    columns whose sums are kept in registers: enough of them to hide the latency of an addition, and
//                      with the values loaded no more than there are registers

#include "distillery/kernels/elementwise.hpp"

namespace distillery::kernels::DISTILLERY_BUILD {

namespace {

template <std::size_t lanes> struct VectorOf;
template <> struct VectorOf<4> {
  using Floats = float __attribute__((vector_size(16)));
  using Mask = std::int32_t __attribute__((vector_size(16)));
};
template <> struct VectorOf<8> {
  using Floats = float __attribute__((vector_size(32)));
  using Mask = std::int32_t __attribute__((vector_size(32)));
};
template <> struct VectorOf<16> {
  using Floats = float __attribute__((vector_size(64)));
  using Mask = std::int32_t __attribute__((vector_size(64)));
};

template <class Vector>
inline Vector load(const float* at) noexcept {  // spans may start anywhere
  Vector value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class Vector>
inline void store(float* at, const Vector& value) noexcept { std::memcpy(at, &value, sizeof value); }
/// value where the mask is set, else +0.
template <class Mask, class Vector>
inline void keep(const Mask& mask, Vector& value) noexcept {
  Mask bits;
  std::memcpy(&bits, &value, sizeof bits);
  bits &= mask;
  std::memcpy(&value, &bits, sizeof value);
}

using List = std::span<const std::uint16_t>;

/// The list 0, 1, 2, … for those that bring none: to write it costs less than a second copy of every loop.
class Everything {
 public:
  explicit Everything(int count) noexcept : count_(static_cast<std::size_t>(count)) {
    for (std::size_t i = 0; i < count_; ++i) numbers_[i] = static_cast<std::uint16_t>(i);
  }
  List list() const noexcept { return {numbers_, count_}; }

 private:
  std::size_t count_;
  std::uint16_t numbers_[65536];  // as many as there can be inputs; only the first `count_` are ever touched
};

/// Sums over some columns of one row, in registers. The columns may reach over several panels.
template <std::size_t columns>
struct Tile {
  static constexpr std::size_t lanes = columns < DISTILLERY_LANES ? columns : DISTILLERY_LANES;
  static constexpr std::size_t vectors = columns / lanes;
  using Floats = typename VectorOf<lanes>::Floats;
  Floats sums[vectors] = {};

  /// Where the floats of a vector lie: from `at` on, 32 together, `panel` floats from one 32 to the next.
  static std::size_t place(std::size_t vector, std::size_t panel) noexcept {
    const std::size_t column = vector * lanes;
    return column / Panels::width * panel + column % Panels::width;
  }

  /// sums = Σ over the listed k of factors[k·factor_step] · values[k·step …], in the order of the list.
  void sum(List list, const float* factors, std::size_t factor_step, const float* values, std::size_t step,
           std::size_t panel) noexcept {
    for (const std::size_t k : list) {
      const Floats factor = factors[k * factor_step] - Floats{};  // x − 0 is x, of −0 too
      const float* from = values + k * step;
      for (std::size_t v = 0; v < vectors; ++v) sums[v] = multiply_add(factor, load<Floats>(from + place(v, panel)), sums[v]);
    }
  }

 private:
  static Floats multiply_add(const Floats& a, const Floats& b, const Floats& c) noexcept {
#ifdef __wasm_relaxed_simd__  // the flavour that may round once
    return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
#else
    return a * b + c;
#endif
  }
};

/// Calls body.operator()<columns>(first) for tiles that cover `columns`, the widest that fit. A tile wider than a panel
/// starts with one; others lie within one.
template <class Body>
inline void for_each_tile(int columns, Body&& body) noexcept {
  int first = 0, left = padded(columns);
  const auto take = [&]<int width>(std::integral_constant<int, width>) {
    if constexpr (width <= DISTILLERY_TILE)
      for (; left >= width; first += width, left -= width) body.template operator()<std::size_t{width}>(first);
  };
  take(std::integral_constant<int, 128>{});
  take(std::integral_constant<int, 64>{});
  take(std::integral_constant<int, 32>{});
  take(std::integral_constant<int, 16>{});
  take(std::integral_constant<int, 8>{});
  take(std::integral_constant<int, 4>{});
}

/// The steps within a matrix in panels: from row to row at a column, and from panel to panel.
inline std::size_t row_step(const Panels& panels, int column) noexcept {
  return static_cast<std::size_t>(panels.width_at(column));
}
inline std::size_t panel_step(const Panels& panels) noexcept {
  return static_cast<std::size_t>(panels.rows) * std::size_t{Panels::width};
}

}  // namespace

void affine(ConstActivations x, const float* w, const float* bias, Activations y) noexcept {
  const Panels panels{x.columns, y.columns};
  const Everything all(x.nonzeros ? 0 : x.columns);
  for_each_tile(y.columns, [&]<std::size_t columns>(int first) {
    using T = Tile<columns>;
    const float* const from = w + panels.index(0, first);
    const std::size_t step = row_step(panels, first), panel = panel_step(panels);
    for (int r = 0; r < x.rows; ++r) {
      T tile;
      tile.sum(x.nonzeros ? x.nonzeros->row(r) : all.list(), x.row(r), 1, from, step, panel);
      for (std::size_t v = 0; v < T::vectors; ++v)
        store(y.row(r) + first + v * T::lanes, tile.sums[v] + load<typename T::Floats>(bias + first + v * T::lanes));
    }
  });
}

void affine_gradient(ConstActivations x, ConstActivations dy, float* dw, float* db) noexcept {
  const Panels panels{x.columns, dy.columns};
  for_each_tile(dy.columns, [&]<std::size_t columns>(int first) {
    using T = Tile<columns>;
    T bias;
    for (int r = 0; r < dy.rows; ++r)
      for (std::size_t v = 0; v < T::vectors; ++v) bias.sums[v] += load<typename T::Floats>(dy.row(r) + first + v * T::lanes);
    for (std::size_t v = 0; v < T::vectors; ++v) store(db + first + v * T::lanes, bias.sums[v]);
  });
  if (dy.nonzeros && !x.nonzeros) {
    // The zeros are on the other side: sum a column of dw instead of a row, in the same order, and write it across.
    for_each_tile(x.columns, [&]<std::size_t columns>(int first) {
      using T = Tile<columns>;
      const std::size_t left = static_cast<std::size_t>(x.columns - first), inputs = left < columns ? left : columns;
      for (int o = 0; o < padded(dy.columns); ++o) {
        T tile;
        if (o < dy.columns)
          tile.sum(dy.nonzeros->column(o), dy.data + o, dy.stride, x.data + first, x.stride, Panels::width);
        float column[columns];
        std::memcpy(column, tile.sums, sizeof column);
        float* const to = dw + panels.index(first, o);
        const std::size_t step = row_step(panels, o);
        for (std::size_t i = 0; i < inputs; ++i) to[i * step] = column[i];
      }
    });
    return;
  }
  const Everything all(x.nonzeros ? 0 : x.rows);
  for_each_tile(dy.columns, [&]<std::size_t columns>(int first) {
    using T = Tile<columns>;
    float* const to = dw + panels.index(0, first);
    const std::size_t step = row_step(panels, first), panel = panel_step(panels);
    for (int i = 0; i < x.columns; ++i) {
      T tile;
      tile.sum(x.nonzeros ? x.nonzeros->column(i) : all.list(), x.data + i, x.stride, dy.data + first, dy.stride,
               Panels::width);
      float* const row = to + static_cast<std::size_t>(i) * step;
      for (std::size_t v = 0; v < T::vectors; ++v) store(row + T::place(v, panel), tile.sums[v]);
    }
  });
}

void input_gradient(ConstActivations dy, const float* wt, ConstActivations a, float scale, Activations dx) noexcept {
  const Panels panels{dy.columns, dx.columns};
  const Everything all(dy.nonzeros ? 0 : dy.columns);
  for_each_tile(dx.columns, [&]<std::size_t columns>(int first) {
    using T = Tile<columns>;
    const float* const from = wt + panels.index(0, first);
    const std::size_t step = row_step(panels, first), panel = panel_step(panels);
    for (int r = 0; r < dy.rows; ++r) {
      T tile;
      tile.sum(dy.nonzeros ? dy.nonzeros->row(r) : all.list(), dy.row(r), 1, from, step, panel);
      for (std::size_t v = 0; v < T::vectors; ++v) {
        typename T::Floats value = tile.sums[v] * scale;
        keep(load<typename T::Floats>(a.row(r) + first + v * T::lanes) > typename T::Floats{}, value);
        store(dx.row(r) + first + v * T::lanes, value);
      }
    }
  });
}

namespace {

using Floats4 = VectorOf<4>::Floats;
using Words = std::uint32_t __attribute__((vector_size(16)));

template <int left, int right>
inline void mix(Words& a, Words& b) noexcept {
  a += b;
  b = (b << left | b >> right) ^ a;
}
template <int first, int second>
inline void round_even(Words (&x)[4]) noexcept {
  mix<first, 32 - first>(x[0], x[1]);
  mix<second, 32 - second>(x[2], x[3]);
}
template <int first, int second>
inline void round_odd(Words (&x)[4]) noexcept {
  mix<first, 32 - first>(x[0], x[3]);
  mix<second, 32 - second>(x[2], x[1]);
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
  if (dropout.threshold == 0) {
    for (int r = 0; r < z.rows; ++r)
      for (int u = 0; u < width; u += lane_multiple) {
        const auto before = load<Floats4>(z.row(r) + u);
        Floats4 value = before * dropout.scale;
        keep(before > Floats4{}, value);
        store(z.row(r) + u, value);
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
      const int vectors = width - group < 32 ? (width - group) / lane_multiple : 8;
      for (int v = 0; v < vectors; ++v) {
        const Words bits = v < 4 ? x[v] & 0xFFFFu : x[v - 4] >> 16;
        float* const at = row + group + lane_multiple * v;
        const auto before = load<Floats4>(at);
        Floats4 value = before * dropout.scale;
        keep((bits >= threshold) & (before > Floats4{}), value);
        store(at, value);
      }
    }
  }
}

void exponential(std::span<float> values) noexcept { elementwise::exponential(values); }

void adam(const AdamStep& step, std::span<float> w, std::span<const float> gradient, std::span<float> m,
          std::span<float> v) noexcept {
  elementwise::adam(step, w, gradient, m, v);
}

extern const Build build{DISTILLERY_NAME, affine, affine_gradient, input_gradient, relu_dropout, exponential, adam};

}  // namespace distillery::kernels::DISTILLERY_BUILD
