#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "distillery/matrix.hpp"

namespace distillery {

/// The shape of a multilayer perceptron: inputs → hidden[0] → … → classes, ReLU after every hidden layer.
struct Architecture {
  int inputs = 0;
  std::vector<int> hidden;     ///< widths of the hidden layers; empty: logistic regression
  int classes = 0;
  std::vector<float> dropout;  ///< probability of dropping a unit, per hidden layer, in [0, 0.95]; shorter: 0 for the rest

  bool operator==(const Architecture&) const = default;
  /// Number of affine layers: hidden layers + 1.
  int layers() const noexcept { return static_cast<int>(hidden.size()) + 1; }
  /// Width of the input of layer `layer`, and of its output.
  int fan_in(int layer) const noexcept;
  int fan_out(int layer) const noexcept;
  float dropout_after(int layer) const noexcept;
  std::size_t parameter_count() const noexcept;
  /// Where layer `layer` starts in the parameter block: its weight, then its bias.
  std::size_t weight_offset(int layer) const noexcept;
  std::size_t bias_offset(int layer) const noexcept;
  /// Throws invalid_option: inputs 1 … 65,536, hidden widths 1 … 65,535, classes 2 … 1,000, at most 16 hidden layers, at most 2^28 parameters.
  void validate() const;
};

/// A multilayer perceptron. A value: copying copies the weights. The parameters are one contiguous block; layer by layer,
/// weight [fan_out × fan_in] row-major (as PyTorch's Linear), then bias [fan_out].
class Mlp {
 public:
  /// He initialisation (He et al. 2015): weights normal with deviation sqrt(2 / fan_in), biases 0.
  Mlp(Architecture architecture, std::uint64_t seed);
  /// Throws shape_mismatch where the count is wrong, invalid_data where a value is not finite.
  Mlp(Architecture architecture, std::vector<float> parameters);

  const Architecture& architecture() const noexcept { return architecture_; }
  std::span<const float> parameters() const noexcept { return parameters_; }
  std::span<const float> weight(int layer) const noexcept;
  std::span<const float> bias(int layer) const noexcept;

  /// Logits of a batch, rows × classes, without dropout. Packs the weights first; for repeated small batches keep a
  /// `Predictor`. Throws shape_mismatch.
  Matrix logits(ConstMatrixRef features) const;

 private:
  Architecture architecture_;
  std::vector<float> parameters_;
};

/// The network that an int8 file of this one answers as: each weight a whole number within ±127 times the scale of its output,
/// which is the largest |weight| of that output / 127 (1 where all are 0); halves are rounded to the even number. Biases stay
/// as they are.
Mlp quantised(const Mlp& network);

}  // namespace distillery
