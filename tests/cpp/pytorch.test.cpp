// The same weights and batches in PyTorch: logits, losses, gradients, and weights after 50 steps of AdamW.
// The fixture's format and origin: tests/fixtures/make_pytorch.py.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "distillery/loss.hpp"
#include "distillery/network.hpp"
#include "distillery/optimizer.hpp"
#include "distillery/trainer.hpp"
#include "support.hpp"

using namespace distillery;

namespace {

using Fixture = std::map<std::string, std::vector<float>>;

Fixture read_fixture() {
  std::ifstream file(DISTILLERY_FIXTURES "/pytorch.bin", std::ios::binary);
  REQUIRE(file);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  Fixture fixture;
  std::size_t at = 0;
  const auto take = [&](void* to, std::size_t size) {
    REQUIRE(size <= bytes.size() - at);
    std::memcpy(to, bytes.data() + at, size);
    at += size;
  };
  while (at < bytes.size()) {
    std::uint32_t size = 0;
    take(&size, sizeof size);
    REQUIRE(size < 100);
    std::string name(size, ' ');
    take(name.data(), size);
    take(&size, sizeof size);
    REQUIRE(size < 100'000);
    std::vector<float> values(size);
    take(values.data(), size * sizeof(float));
    fixture[name] = std::move(values);
  }
  return fixture;
}

/// The largest deviation in units of the expected tensor's largest magnitude. Single elements may be near 0 by
/// cancellation, where a relative error would measure nothing; the tensor's size is what its rounding errors follow.
double deviation(std::span<const float> ours, std::span<const float> expected) {
  REQUIRE(ours.size() == expected.size());
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    worst = std::max(worst, std::fabs(static_cast<double>(ours[i]) - static_cast<double>(expected[i])));
    largest = std::max(largest, std::fabs(static_cast<double>(expected[i])));
    if (!std::isfinite(ours[i])) return 1e30;
  }
  REQUIRE(largest > 0);
  return worst / largest;
}

struct Side {
  Fixture fixture = read_fixture();
  Architecture shape;
  Matrix features;
  std::vector<std::int32_t> labels;
  std::shared_ptr<const TableSource> source;
  Mlp network;

  Side() : network(read()) {}

 private:
  Mlp read() {
    const auto& widths = fixture.at("shape");
    shape = {static_cast<int>(widths.front()), {}, static_cast<int>(widths.back()), {}};
    for (std::size_t i = 1; i + 1 < widths.size(); ++i) shape.hidden.push_back(static_cast<int>(widths[i]));
    for (const float label : fixture.at("labels")) labels.push_back(static_cast<std::int32_t>(label));
    const auto rows = static_cast<Eigen::Index>(labels.size());
    features = Eigen::Map<const Matrix>(fixture.at("features").data(), rows, shape.inputs);
    source = std::make_shared<TableSource>(
        features, labels, shape.classes,
        Matrix(Eigen::Map<const Matrix>(fixture.at("soft_targets").data(), rows, shape.classes)));
    return Mlp(shape, fixture.at("parameters"));
  }
};

/// One batch forward, loss and backward; returns the mean loss.
double run(Backpropagation& network, Loss& loss, MiniBatch& batch, const BatchSource& source,
           std::span<const std::uint32_t> rows) {
  const int count = static_cast<int>(rows.size());
  batch.features = network.input(count);
  source.fill(0, rows, batch);
  const auto logits = network.forward(count, {{}, 0, rows});
  const LossSums sums = loss.evaluate(logits, batch, network.logit_gradient(count));
  network.backward(count);
  return sums.loss / sums.weight;
}

Objective objective_of(const Fixture& fixture, const std::string& name) {
  Objective objective;
  if (name.ends_with("distillation")) objective = {3, 0.7f, {}};
  if (name.starts_with("weighted")) objective.class_weights = fixture.at("class_weights");
  return objective;
}

constexpr const char* objectives[] = {"cross_entropy", "distillation", "weighted_cross_entropy",
                                      "weighted_distillation"};

}  // namespace

TEST_CASE("logits are PyTorch's") {
  const Side side;
  CHECK(deviation(support::values(side.network.logits(side.features)), side.fixture.at("logits")) < 1e-5);
}

TEST_CASE("losses and gradients of cross-entropy and distillation are PyTorch's, with class weights too") {
  const Side side;
  const int rows = static_cast<int>(side.labels.size());
  std::vector<std::uint32_t> all;
  for (int r = 0; r < rows; ++r) all.push_back(static_cast<std::uint32_t>(r));
  for (const std::string name : objectives) {
    CAPTURE(name);
    Backpropagation network(side.network, rows);
    Loss loss(objective_of(side.fixture, name), rows, side.shape.classes);
    MiniBatch batch(rows, side.shape.inputs, side.shape.classes, true);
    const double mean = run(network, loss, batch, *side.source, all);
    const double expected = static_cast<double>(side.fixture.at(name + ".loss").front());
    CHECK(std::fabs(mean - expected) < 1e-5 * expected);
    std::vector<float> gradient(side.shape.parameter_count());
    network.layout().unpack(network.gradient().data(), gradient);
    const auto& whole = side.fixture.at(name + ".gradient");
    for (int layer = 0; layer < side.shape.layers(); ++layer) {  // each weight and bias is a tensor of its own
      CAPTURE(layer);
      const std::size_t weight = side.shape.weight_offset(layer), bias = side.shape.bias_offset(layer),
                        end = side.shape.weight_offset(layer + 1);
      const auto part = [&](const std::vector<float>& of, std::size_t from, std::size_t to) {
        return std::span(of).subspan(from, to - from);
      };
      CHECK(deviation(part(gradient, weight, bias), part(whole, weight, bias)) < 1e-5);
      CHECK(deviation(part(gradient, bias, end), part(whole, bias, end)) < 1e-5);
    }
  }
}

TEST_CASE("weights and losses over 50 steps of AdamW are PyTorch's") {
  const Side side;
  constexpr std::uint32_t batch_size = 32, steps = 50;
  for (const std::string name : objectives) {
    CAPTURE(name);
    Backpropagation network(side.network, batch_size);
    Loss loss(objective_of(side.fixture, name), batch_size, side.shape.classes);
    MiniBatch batch(batch_size, side.shape.inputs, side.shape.classes, true);
    Optimizer optimizer({.learning_rate = 1e-3f, .weight_decay = 1e-4f}, network.layout().size(), steps);
    std::vector<float> losses;
    for (std::uint32_t step = 0; step < steps; ++step) {
      std::vector<std::uint32_t> rows;
      for (std::uint32_t r = 0; r < batch_size; ++r)
        rows.push_back((step * batch_size + r) % static_cast<std::uint32_t>(side.labels.size()));
      losses.push_back(static_cast<float>(run(network, loss, batch, *side.source, rows)));
      optimizer.step(network.packed_parameters(), network.gradient());
    }
    std::vector<float> trained(side.shape.parameter_count());
    network.layout().unpack(network.packed_parameters().data(), trained);
    CHECK(deviation(losses, side.fixture.at(name + ".losses")) < 1e-5);
    // Adam divides by the gradient's size: where that is near 0, its rounding error moves a weight by a visible share
    // of the 0.05 that 50 steps can go. 1e-4 of the largest weight (about 1) is two thousandths of that way.
    CHECK(deviation(trained, side.fixture.at(name + ".trained")) < 1e-4);
    // And the way itself, which is not hidden by what the weights were before.
    std::vector<float> way = trained, expected_way = side.fixture.at(name + ".trained");
    for (std::size_t i = 0; i < way.size(); ++i) {
      way[i] -= side.network.parameters()[i];
      expected_way[i] -= side.network.parameters()[i];
    }
    CHECK(deviation(way, expected_way) < 1e-2);
  }
}
