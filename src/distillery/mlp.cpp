#include "distillery/mlp.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "distillery/error.hpp"
#include "distillery/math.hpp"
#include "distillery/network.hpp"
#include "distillery/random.hpp"

namespace distillery {

int Architecture::fan_in(int layer) const noexcept {
  return layer == 0 ? inputs : hidden[static_cast<std::size_t>(layer - 1)];
}

int Architecture::fan_out(int layer) const noexcept {
  return layer + 1 == layers() ? classes : hidden[static_cast<std::size_t>(layer)];
}

float Architecture::dropout_after(int layer) const noexcept {
  const auto i = static_cast<std::size_t>(layer);
  return i < dropout.size() ? dropout[i] : 0.0f;
}

std::size_t Architecture::parameter_count() const noexcept { return weight_offset(layers()); }

std::size_t Architecture::weight_offset(int layer) const noexcept {
  std::size_t offset = 0;
  for (int i = 0; i < layer; ++i)
    offset += (static_cast<std::size_t>(fan_in(i)) + 1) * static_cast<std::size_t>(fan_out(i));
  return offset;
}

std::size_t Architecture::bias_offset(int layer) const noexcept {
  return weight_offset(layer) + static_cast<std::size_t>(fan_in(layer)) * static_cast<std::size_t>(fan_out(layer));
}

void Architecture::validate() const {
  require_between(1, 65536, inputs, "The number of inputs");
  require_between(2, 1000, classes, "The number of classes");
  require_between(0, 16, static_cast<double>(hidden.size()), "The number of hidden layers");
  for (std::size_t i = 0; i < hidden.size(); ++i)
    require_between(1, 65535, hidden[i], {"The width of hidden layer ", i + 1});
  if (dropout.size() > hidden.size())
    fail(ErrorCode::invalid_option, "There are more dropout probabilities than hidden layers.");
  for (const float p : dropout) require_between(0, 0.95f, static_cast<double>(p), "A dropout probability");
  // The bounds above keep the sum below 2^38, so it cannot overflow 64 bits.
  std::uint64_t count = 0;
  for (int i = 0; i < layers(); ++i)
    count += (static_cast<std::uint64_t>(fan_in(i)) + 1) * static_cast<std::uint64_t>(fan_out(i));
  if (count > (std::uint64_t{1} << 28))
    fail(ErrorCode::invalid_option, {"The network would have ", count,
         " parameters; at most 268,435,456 are supported."});
}

Mlp::Mlp(Architecture architecture, std::uint64_t seed) try : architecture_(std::move(architecture)) {
  architecture_.validate();
  parameters_.assign(architecture_.parameter_count(), 0.0f);
  const Random random(seed, Stream::initialisation);
  for (int layer = 0; layer < architecture_.layers(); ++layer) {
    const double deviation = math::sqrt(2.0 / architecture_.fan_in(layer));
    const std::size_t first = architecture_.weight_offset(layer), last = architecture_.bias_offset(layer);
    for (std::size_t i = first; i < last; i += 2) {
      const auto pair = random.normal(static_cast<std::uint32_t>((i - first) / 2), static_cast<std::uint32_t>(layer));
      parameters_[i] = static_cast<float>(deviation * pair[0]);
      if (i + 1 < last) parameters_[i + 1] = static_cast<float>(deviation * pair[1]);
    }
  }
} catch (...) {
  rethrow_as_error();
}

Mlp::Mlp(Architecture architecture, std::vector<float> parameters)
    : architecture_(std::move(architecture)), parameters_(std::move(parameters)) {
  architecture_.validate();
  if (parameters_.size() != architecture_.parameter_count())
    fail(ErrorCode::shape_mismatch, {"This architecture has ", architecture_.parameter_count(), " parameters; ",
         parameters_.size(), " were given."});
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (!std::isfinite(parameters_[i]))
      fail(ErrorCode::invalid_data, {"Parameter ", i + 1, " is not a finite number."});
}

std::span<const float> Mlp::weight(int layer) const noexcept {
  const std::size_t first = architecture_.weight_offset(layer);
  return parameters().subspan(first, architecture_.bias_offset(layer) - first);
}

std::span<const float> Mlp::bias(int layer) const noexcept {
  return parameters().subspan(architecture_.bias_offset(layer), static_cast<std::size_t>(architecture_.fan_out(layer)));
}

Matrix Mlp::logits(ConstMatrixRef features) const {
  return guarded([&] { return Predictor(*this).logits(features); });
}

Mlp quantised(const Mlp& network) {
  return guarded([&] {
    const Architecture& shape = network.architecture();
    std::vector<float> parameters(network.parameters().begin(), network.parameters().end());
    for (int layer = 0; layer < shape.layers(); ++layer) {
      const auto inputs = static_cast<std::size_t>(shape.fan_in(layer));
      float* row = parameters.data() + shape.weight_offset(layer);
      for (int output = 0; output < shape.fan_out(layer); ++output, row += inputs) {
        float most = 0;
        for (std::size_t i = 0; i < inputs; ++i) most = std::max(most, std::fabs(row[i]));
        float scale = static_cast<float>(static_cast<double>(most) / 127);
        if (scale == 0) scale = 1;
        for (std::size_t i = 0; i < inputs; ++i) {
          // std::nearbyint would heed the rounding mode of whoever calls.
          const double value = static_cast<double>(row[i]) / static_cast<double>(scale), below = std::floor(value);
          const double rest = value - below;
          const bool up = rest > 0.5 || (rest == 0.5 && std::fmod(below, 2) != 0);
          row[i] = static_cast<float>(std::clamp(up ? below + 1 : below, -127.0, 127.0) + 0.0) * scale;  // no −0
        }
      }
    }
    return Mlp(shape, std::move(parameters));
  });
}

}  // namespace distillery
