#include "distillery/network.hpp"

#include <algorithm>
#include <string>

#include "distillery/error.hpp"

namespace distillery {

using kernels::Activations;
using kernels::ConstActivations;
using kernels::padded;
using kernels::Panels;

PackedLayout::PackedLayout(const Architecture& architecture) : architecture_(architecture) {
  for (int layer = 0; layer < architecture_.layers(); ++layer) {
    weight_.push_back(size_);
    size_ += Panels{architecture_.fan_in(layer), architecture_.fan_out(layer)}.size();
    bias_.push_back(size_);
    size_ += static_cast<std::size_t>(padded(architecture_.fan_out(layer)));
  }
}

template <class Move>
void PackedLayout::for_each_parameter(Move move) const {
  std::size_t at = 0;
  for (int layer = 0; layer < architecture_.layers(); ++layer) {
    const Panels panels{architecture_.fan_in(layer), architecture_.fan_out(layer)};
    for (int o = 0; o < panels.columns; ++o)
      for (int i = 0; i < panels.rows; ++i) move(at++, weight(layer) + panels.index(i, o));
    for (int o = 0; o < panels.columns; ++o) move(at++, bias(layer) + static_cast<std::size_t>(o));
  }
}

void PackedLayout::pack(std::span<const float> parameters, float* packed) const noexcept {
  for_each_parameter([&](std::size_t plain, std::size_t place) { packed[place] = parameters[plain]; });
}

void PackedLayout::unpack(const float* packed, std::span<float> parameters) const noexcept {
  for_each_parameter([&](std::size_t plain, std::size_t place) { parameters[plain] = packed[place]; });
}

namespace {

int widest(const Architecture& architecture) {
  int width = architecture.classes;
  for (const int hidden : architecture.hidden) width = std::max(width, hidden);
  return padded(width);
}

}  // namespace

Predictor::Predictor(const Mlp& network) try
    : architecture_(network.architecture()) {
  const PackedLayout layout(architecture_);
  packed_ = AlignedFloats(layout.size());
  layout.pack(network.parameters(), packed_.data());
  for (AlignedFloats& scratch : scratch_)
    scratch = AlignedFloats(static_cast<std::size_t>(block_rows) * static_cast<std::size_t>(widest(architecture_)));
  for (int layer = 0; layer < architecture_.layers(); ++layer) {
    const int width = architecture_.fan_out(layer);
    layers_.push_back({width, layout.weight(layer), layout.bias(layer), kernels::NonZeros(block_rows, width)});
  }
} catch (...) {
  rethrow_as_error();
}

void Predictor::logits(const float* features, std::size_t rows, std::size_t stride, float* result) noexcept {
  const auto classes = static_cast<std::size_t>(layers_.back().width);
  for (std::size_t first = 0; first < rows; first += block_rows) {
    const int count = static_cast<int>(std::min<std::size_t>(block_rows, rows - first));
    ConstActivations x{features + first * stride, count, architecture_.inputs, stride, nullptr};
    Activations y;
    std::size_t turn = 0;
    for (Layer& layer : layers_) {
      y = {scratch_[turn].data(), count, layer.width, static_cast<std::size_t>(padded(layer.width)), nullptr};
      kernels::affine(x, packed_.data() + layer.weight, packed_.data() + layer.bias, y);
      if (&layer == &layers_.back()) break;
      kernels::relu_dropout(y, {});
      layer.nonzeros.build(y.data, count, layer.width, y.stride, false);
      x = {y.data, count, layer.width, y.stride, &layer.nonzeros};
      turn = 1 - turn;
    }
    for (int r = 0; r < count; ++r) std::copy_n(y.row(r), classes, result + (first + static_cast<std::size_t>(r)) * classes);
  }
}

Matrix Predictor::logits(ConstMatrixRef features) {
  if (features.cols() != architecture_.inputs)
    fail(ErrorCode::shape_mismatch, {"The network takes ", architecture_.inputs, " columns; the rows given have ",
         features.cols(), "."});
  return guarded([&] {
    Matrix result(features.rows(), architecture_.classes);
    logits(features.data(), static_cast<std::size_t>(features.rows()), static_cast<std::size_t>(features.outerStride()),
           result.data());
    return result;
  });
}

Backpropagation::Backpropagation(const Mlp& network, int max_rows)
    : architecture_(network.architecture()), layout_(architecture_), packed_(layout_.size()), gradient_(layout_.size()) {
  layout_.pack(network.parameters(), packed_.data());
  const auto floats = [max_rows](int columns) {
    return AlignedFloats(static_cast<std::size_t>(max_rows) * static_cast<std::size_t>(padded(columns)));
  };
  for (int layer = 0; layer < architecture_.layers(); ++layer) {
    const int in = architecture_.fan_in(layer), out = architecture_.fan_out(layer);
    const bool first = layer == 0;
    const float probability = first ? 0.0f : architecture_.dropout_after(layer - 1);
    const auto threshold = static_cast<std::uint32_t>(probability * 65536.0f + 0.5f);
    layers_.push_back({floats(in), floats(out), AlignedFloats(first ? 0 : Panels{out, in}.size()),
                       first ? kernels::NonZeros(0, 0) : kernels::NonZeros(max_rows, in),
                       1.0f / (1.0f - static_cast<float>(threshold) / 65536.0f), threshold});
  }
  logits_ = floats(architecture_.classes);
}

Activations Backpropagation::block(AlignedFloats& floats, int rows, int columns) const noexcept {
  return {floats.data(), rows, columns, static_cast<std::size_t>(padded(columns)), nullptr};
}

Activations Backpropagation::input(int rows) noexcept { return block(layers_[0].values, rows, architecture_.inputs); }

Activations Backpropagation::logit_gradient(int rows) noexcept {
  return block(layers_.back().gradients, rows, architecture_.classes);
}

ConstActivations Backpropagation::entering(int layer, int rows) noexcept {
  Layer& at = layers_[static_cast<std::size_t>(layer)];
  const Activations values = block(at.values, rows, architecture_.fan_in(layer));
  return {values.data, values.rows, values.columns, values.stride, layer == 0 ? nullptr : &at.nonzeros};
}

ConstActivations Backpropagation::forward(int rows, const DropoutBits& dropout) noexcept {
  const int last = architecture_.layers() - 1;
  for (int layer = 0; layer <= last; ++layer) {
    const int width = architecture_.fan_out(layer);
    AlignedFloats& to = layer == last ? logits_ : layers_[static_cast<std::size_t>(layer) + 1].values;
    const Activations y = block(to, rows, width);
    kernels::affine(entering(layer, rows), packed_.data() + layout_.weight(layer), packed_.data() + layout_.bias(layer), y);
    if (layer == last) break;
    Layer& next = layers_[static_cast<std::size_t>(layer) + 1];
    kernels::relu_dropout(y, {dropout.key, dropout.epoch, static_cast<std::uint32_t>(layer), next.threshold, next.scale,
                              dropout.row_ids});
    next.nonzeros.build(y.data, rows, width, y.stride, true);
  }
  const Activations logits = block(logits_, rows, architecture_.classes);
  return {logits.data, rows, logits.columns, logits.stride, nullptr};
}

void Backpropagation::backward(int rows) noexcept {
  for (int layer = architecture_.layers() - 1; layer >= 0; --layer) {
    Layer& at = layers_[static_cast<std::size_t>(layer)];
    const int in = architecture_.fan_in(layer), out = architecture_.fan_out(layer);
    // A gradient is 0 wherever the activation after it is: the same list serves.
    const kernels::NonZeros* nonzeros =
        layer + 1 == architecture_.layers() ? nullptr : &layers_[static_cast<std::size_t>(layer) + 1].nonzeros;
    const ConstActivations dy{at.gradients.data(), rows, out, static_cast<std::size_t>(padded(out)), nonzeros};
    const ConstActivations x = entering(layer, rows);
    kernels::affine_gradient(x, dy, gradient_.data() + layout_.weight(layer), gradient_.data() + layout_.bias(layer));
    if (layer == 0) break;
    kernels::transpose(packed_.data() + layout_.weight(layer), in, out, at.transposed.data());
    kernels::input_gradient(dy, at.transposed.data(), x, at.scale,
                            block(layers_[static_cast<std::size_t>(layer) - 1].gradients, rows, in));
  }
}

}  // namespace distillery
