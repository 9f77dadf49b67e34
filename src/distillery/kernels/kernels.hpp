#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "distillery/random.hpp"

/// The arithmetic of training and prediction, every operation declared once.
///
/// `reference` holds plain loops: they are the specification. `vectorised` must equal it bit for bit. Both follow one
/// rule: every output element starts at +0 and is summed over the stated index in ascending order, each product rounded
/// before it is added; vector lanes run over outputs, never over the summed index. An accumulator that starts at +0 never
/// becomes −0, so leaving out terms whose factor is exactly 0 (as ReLU and dropout make many) changes no bit while the
/// other factor is finite.
///
/// Subnormal numbers cost up to a hundred times a normal operation and WebAssembly cannot flush them. So values that
/// no longer matter are set to 0, in the specification too: see the four thresholds.
namespace distillery::kernels {

/// Whether products are added without being rounded first, in which case results depend on the machine.
inline constexpr bool fuses =
#ifdef __wasm_relaxed_simd__
    true;
#else
    false;
#endif

inline constexpr float smallest_loss_gradient = 1e-12f;
inline constexpr float smallest_gradient = 1e-15f;
inline constexpr float smallest_first_moment = 1e-20f;
inline constexpr float smallest_second_moment = 1e-30f;

/// Widths are padded to whole vectors of 4; the padding holds zeros.
inline constexpr int lane_multiple = 4;
constexpr int padded(int width) noexcept { return (width + lane_multiple - 1) / lane_multiple * lane_multiple; }

/// Layout of a matrix [rows × columns] in panels of 32 columns (the last one narrower, padded to 4): a panel is
/// contiguous, row after row, so a kernel streams through it while its 32 sums stay in registers.
struct Panels {
  static constexpr int width = 32;
  int rows = 0, columns = 0;

  std::size_t size() const noexcept { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(padded(columns)); }
  int width_at(int column) const noexcept {
    const int left = padded(columns) - column / width * width;
    return left < width ? left : width;
  }
  /// Where element (row, column) lies.
  std::size_t index(int row, int column) const noexcept {
    const int first = column / width * width;
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(first) +
           static_cast<std::size_t>(row) * static_cast<std::size_t>(width_at(column)) +
           static_cast<std::size_t>(column - first);
  }
};

/// Which entries of a block of activations are not 0, listed by row and by column: a hint that lets kernels skip
/// zeros. It changes no result; the reference ignores it.
class NonZeros {
 public:
  NonZeros(int max_rows, int columns)
      : row_capacity_(static_cast<std::size_t>(columns)), column_capacity_(static_cast<std::size_t>(max_rows) + 8),
        row_count_(static_cast<std::size_t>(max_rows)), column_count_(static_cast<std::size_t>(columns)),
        by_row_(row_count_.size() * row_capacity_), by_column_(column_count_.size() * column_capacity_) {}

  std::span<const std::uint16_t> row(int r) const noexcept {
    const auto i = static_cast<std::size_t>(r);
    return {by_row_.data() + i * row_capacity_, row_count_[i]};
  }
  std::span<const std::uint16_t> column(int c) const noexcept {
    const auto i = static_cast<std::size_t>(c);
    return {by_column_.data() + i * column_capacity_, column_count_[i]};
  }
  /// Lists the non-zeros of values [rows × columns], row stride `stride`. by_column: needed for weight gradients only.
  void build(const float* values, int rows, int columns, std::size_t stride, bool by_column) noexcept;

 private:
  // The stride of column lists is padded: a power of two would put them all into the same cache sets.
  std::size_t row_capacity_, column_capacity_;
  std::vector<std::uint32_t> row_count_, column_count_;
  std::vector<std::uint16_t> by_row_, by_column_;
};

/// A block of rows: row r starts at data + r·stride; stride ≥ padded(columns). Kernels write the padding too.
template <class T>
struct Block {
  T* data = nullptr;
  int rows = 0, columns = 0;
  std::size_t stride = 0;
  const NonZeros* nonzeros = nullptr;  ///< of exactly these values, or none

  T* row(int r) const noexcept { return data + static_cast<std::size_t>(r) * stride; }
};
using Activations = Block<float>;
using ConstActivations = Block<const float>;

/// Where the random bits of a dropout layer come from. Bits of unit u in row r: the block of
/// `random` at (u / 32 · 4 + u mod 4, row_ids[r], epoch, layer), word u / 4 mod 4, its upper half if u / 16 is odd; the
/// unit is dropped if these 16 bits are below `threshold`. (The order suits four lanes; it is fixed for all.)
struct Dropout {
  RandomBlock key{};
  std::uint32_t epoch = 0, layer = 0;
  std::uint32_t threshold = 0;  ///< probability · 2^16, rounded; 0: no dropout
  float scale = 1;              ///< 1 / (1 − threshold / 2^16)
  std::span<const std::uint32_t> row_ids;
};

/// One step of Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019):
/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w·decay − rate·m / (√v·root_correction + ε), after which values below
/// the thresholds above are 0.
struct AdamStep {
  float beta1, beta2, epsilon;
  float decay;            ///< 1 − learning rate · weight decay
  float rate;             ///< learning rate / (1 − β₁ᵗ)
  float root_correction;  ///< 1 / √(1 − β₂ᵗ)
};

#define DISTILLERY_KERNELS_DECLARATIONS                                                                              \
  /* y[r][o] = (Σ_i x[r][i]·w[i][o]) + bias[o].   x [R × I], w panels [I × O], bias [padded(O)], y [R × O] */          \
  void affine(ConstActivations x, const float* w, const float* bias, Activations y) noexcept;                       \
  /* dw[i][o] = Σ_r x[r][i]·dy[r][o], db[o] = Σ_r dy[r][o].   dw panels [I × O], db [padded(O)] */                     \
  void affine_gradient(ConstActivations x, ConstActivations dy, float* dw, float* db) noexcept;                     \
  /* dx[r][i] = a[r][i] > 0 ? scale·Σ_o dy[r][o]·w[i][o] : 0.   wt panels [O × I], a and dx [R × I] */                 \
  void input_gradient(ConstActivations dy, const float* wt, ConstActivations a, float scale, Activations dx) noexcept; \
  /* z[r][u] = z > 0 and the unit is kept ? z·scale : 0, in place. (Without dropout: z > 0 ? z : 0.) */               \
  void relu_dropout(Activations z, const Dropout& dropout) noexcept;                                                \
  /* values[i] = e^values[i] for values ≤ 88; exactly 0 below −87, so no result is subnormal. Within 2 ulp. */        \
  void exponential(std::span<float> values) noexcept;                                                               \
  /* See AdamStep. */                                                                                               \
  void adam(const AdamStep& step, std::span<float> w, std::span<const float> gradient, std::span<float> m,          \
            std::span<float> v) noexcept;

namespace reference {
DISTILLERY_KERNELS_DECLARATIONS
}
/// As compiled for the widest instruction set that the machine has.
namespace vectorised {
DISTILLERY_KERNELS_DECLARATIONS
}

/// The vectorised kernels, compiled for one instruction set.
struct Build {
  const char* instruction_set;
  decltype(&reference::affine) affine;
  decltype(&reference::affine_gradient) affine_gradient;
  decltype(&reference::input_gradient) input_gradient;
  decltype(&reference::relu_dropout) relu_dropout;
  decltype(&reference::exponential) exponential;
  decltype(&reference::adam) adam;
};
/// Those that this machine can run, the widest first; the first is what `vectorised` runs.
std::span<const Build* const> builds() noexcept;

#ifdef DISTILLERY_REFERENCE_KERNELS
using namespace reference;
#else
using namespace vectorised;
#endif

// The rest has one version: none of it takes time enough for two.

/// wt[o][i] = w[i][o].   w panels [I × O], wt panels [O × I]
void transpose(const float* w, int inputs, int outputs, float* wt) noexcept;

/// p[r] = softmax(z[r]·inverse_temperature), row_max[r] and row_sum[r] the largest scaled logit and the sum of
/// e^(z − max), summed over classes in ascending order.   z, p [R × K], padding of p is 0
void softmax(ConstActivations z, float inverse_temperature, Activations p, float* row_max, float* row_sum) noexcept;

}  // namespace distillery::kernels
