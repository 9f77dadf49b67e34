#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "distillery/kernels/kernels.hpp"
#include "distillery/matrix.hpp"
#include "distillery/mlp.hpp"

namespace distillery {

/// A buffer of floats that starts on a cache line: kernels take any address, but run best on this one.
class AlignedFloats {
 public:
  explicit AlignedFloats(std::size_t count = 0) : data_(allocate(count)), count_(count) { std::fill_n(data(), count, 0.0f); }
  AlignedFloats(const AlignedFloats& other) : data_(allocate(other.count_)), count_(other.count_) {
    std::copy_n(other.data(), count_, data());
  }
  AlignedFloats(AlignedFloats&& other) noexcept : data_(std::move(other.data_)), count_(std::exchange(other.count_, 0)) {}
  AlignedFloats& operator=(AlignedFloats other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~AlignedFloats() = default;

  float* data() noexcept { return data_.get(); }
  const float* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return count_; }
  std::span<float> span() noexcept { return {data(), count_}; }
  std::span<const float> span() const noexcept { return {data(), count_}; }

 private:
  static constexpr std::align_val_t alignment{64};
  struct Free {
    void operator()(float* floats) const noexcept { ::operator delete(floats, alignment); }
  };
  static std::unique_ptr<float[], Free> allocate(std::size_t count) {
    if (count > SIZE_MAX / sizeof(float)) throw std::bad_alloc();
    return std::unique_ptr<float[], Free>(static_cast<float*>(::operator new(count * sizeof(float), alignment)));
  }
  std::unique_ptr<float[], Free> data_;
  std::size_t count_;
};

/// Where the parameters of an Mlp lie when packed for the kernels: layer by layer, weight in panels [fan_in × fan_out],
/// then the bias, padded. The padding is 0 and stays 0.
class PackedLayout {
 public:
  explicit PackedLayout(const Architecture& architecture);

  std::size_t size() const noexcept { return size_; }
  std::size_t weight(int layer) const noexcept { return weight_[static_cast<std::size_t>(layer)]; }
  std::size_t bias(int layer) const noexcept { return bias_[static_cast<std::size_t>(layer)]; }
  void pack(std::span<const float> parameters, float* packed) const noexcept;
  void unpack(const float* packed, std::span<float> parameters) const noexcept;

 private:
  template <class Move>
  void for_each_parameter(Move move) const;
  Architecture architecture_;
  std::vector<std::size_t> weight_, bias_;
  std::size_t size_ = 0;
};

/// An Mlp packed for prediction. Holds its scratch memory, so predicting allocates nothing; not for use by two threads
/// at once (copy it).
class Predictor {
 public:
  explicit Predictor(const Mlp& network);

  const Architecture& architecture() const noexcept { return architecture_; }
  /// Logits of `rows` rows: features [rows × inputs] row-major with row stride `stride`, result [rows × classes].
  void logits(const float* features, std::size_t rows, std::size_t stride, float* result) noexcept;
  /// The same on matrices. Throws shape_mismatch.
  Matrix logits(ConstMatrixRef features);

 private:
  static constexpr int block_rows = 64;
  struct Layer {
    int width;
    std::size_t weight, bias;    ///< where they start in packed_
    kernels::NonZeros nonzeros;  ///< of what leaves the layer; unused for the logits
  };
  Architecture architecture_;
  AlignedFloats packed_;
  AlignedFloats scratch_[2];
  std::vector<Layer> layers_;
};

/// The forward and backward pass of training over one mini-batch at a time: activations, gradients and the packed
/// parameters with all memory allocated once.
class Backpropagation {
 public:
  Backpropagation(const Mlp& network, int max_rows);

  /// Which random bits dropout takes: of this epoch, for these rows (their numbers in the data).
  struct DropoutBits {
    RandomBlock key;
    std::uint32_t epoch;
    std::span<const std::uint32_t> row_ids;
  };
  /// The batch's features are written here before `forward`: [max_rows × inputs], padded stride.
  kernels::Activations input(int rows) noexcept;
  /// Logits of the batch in `input`, with dropout.
  kernels::ConstActivations forward(int rows, const DropoutBits& dropout) noexcept;
  /// Where the loss writes ∂loss/∂logits before `backward`.
  kernels::Activations logit_gradient(int rows) noexcept;
  /// Fills `gradient()` from the logit gradient.
  void backward(int rows) noexcept;

  const PackedLayout& layout() const noexcept { return layout_; }
  std::span<float> packed_parameters() noexcept { return packed_.span(); }
  const float* packed_parameters() const noexcept { return packed_.data(); }
  std::span<float> gradient() noexcept { return gradient_.span(); }

 private:
  struct Layer {
    AlignedFloats values;     ///< activations that enter the layer [max_rows × fan_in]
    AlignedFloats gradients;  ///< loss gradient of what leaves the layer [max_rows × fan_out]
    AlignedFloats transposed; ///< weight in panels [fan_out × fan_in]; not for the first layer
    kernels::NonZeros nonzeros;  ///< of `values`; not for the first layer, whose inputs are rarely 0
    float scale;              ///< of the dropout before this layer
    std::uint32_t threshold;  ///< the same dropout's
  };
  kernels::Activations block(AlignedFloats& floats, int rows, int columns) const noexcept;
  kernels::ConstActivations entering(int layer, int rows) noexcept;

  Architecture architecture_;
  PackedLayout layout_;
  AlignedFloats packed_, gradient_;
  std::vector<Layer> layers_;
  AlignedFloats logits_;
};

}  // namespace distillery
