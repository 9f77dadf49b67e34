// Networks as values: their shape, counts, first weights, answers; packing for the kernels and back.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "distillery/mlp.hpp"
#include "distillery/network.hpp"
#include "support.hpp"

using namespace distillery;
using support::code_of;
using support::first_difference;
using support::Numbers;
using support::values;

namespace {

std::optional<ErrorCode> code_of_shape(const Architecture& architecture) {
  return code_of([&] {
    architecture.validate();
    return 0;
  });
}

Matrix random_matrix(int rows, int columns, std::uint64_t seed) {
  Numbers numbers(seed);
  Matrix matrix(rows, columns);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) matrix(r, c) = numbers.signed_unit();
  return matrix;
}

}  // namespace

TEST_CASE("a reference teacher has 46,658 parameters, twelve 559,896, the reference student 3,490") {
  const Architecture teacher{20, {256, 128, 64}, 2, {0.3f, 0.3f}};
  CHECK(teacher.parameter_count() == 46'658);
  CHECK(12 * teacher.parameter_count() == 559'896);
  CHECK(Architecture{20, {64, 32}, 2, {}}.parameter_count() == 3'490);
  CHECK(Mlp(teacher, 1).parameters().size() == 46'658);
  CHECK(Architecture{4, {}, 3, {}}.parameter_count() == 15);
}

TEST_CASE("the parameters are one block: weight [fan_out × fan_in], then bias, layer by layer") {
  const Architecture shape{5, {4, 3}, 2, {0.5f}};
  const Mlp network(shape, 1);
  CHECK(shape.layers() == 3);
  CHECK(shape.weight_offset(0) == 0);
  CHECK(shape.bias_offset(0) == 20);
  CHECK(shape.weight_offset(1) == 24);
  CHECK(shape.bias_offset(1) == 36);
  CHECK(shape.weight_offset(2) == 39);
  CHECK(shape.bias_offset(2) == 45);
  CHECK(shape.parameter_count() == 47);
  CHECK(network.weight(1).data() == network.parameters().data() + 24);
  CHECK(network.weight(1).size() == 12);
  CHECK(network.bias(2).data() == network.parameters().data() + 45);
  CHECK(network.bias(2).size() == 2);
  CHECK(shape.dropout_after(0) == 0.5f);
  CHECK(shape.dropout_after(1) == 0.0f);
}

TEST_CASE("every invalid shape is refused, the largest and smallest valid ones are not") {
  CHECK(code_of_shape({1, {}, 2, {}}) == std::nullopt);
  CHECK(code_of_shape({65536, {1}, 1000, {}}) == std::nullopt);
  CHECK(code_of_shape({1, std::vector<int>(16, 1), 2, {}}) == std::nullopt);
  CHECK(code_of_shape({1, {65535}, 2, {0.95f}}) == std::nullopt);
  CHECK(code_of_shape({2, {3}, 2, {0.0f}}) == std::nullopt);

  const auto invalid = [](const Architecture& shape) { return code_of_shape(shape) == ErrorCode::invalid_option; };
  CHECK(invalid({0, {3}, 2, {}}));
  CHECK(invalid({-1, {3}, 2, {}}));
  CHECK(invalid({65537, {3}, 2, {}}));
  CHECK(invalid({2, {3}, 1, {}}));
  CHECK(invalid({2, {3}, 1001, {}}));
  CHECK(invalid({2, {3}, std::numeric_limits<int>::min(), {}}));
  CHECK(invalid({2, {0}, 2, {}}));
  CHECK(invalid({2, {3, -5}, 2, {}}));
  CHECK(invalid({2, {65537}, 2, {}}));
  CHECK(invalid({2, std::vector<int>(17, 1), 2, {}}));
  CHECK(invalid({2, {3}, 2, {0.1f, 0.1f}}));
  CHECK(invalid({2, {3}, 2, {-0.1f}}));
  CHECK(invalid({2, {3}, 2, {0.96f}}));
  CHECK(invalid({2, {3}, 2, {std::numeric_limits<float>::quiet_NaN()}}));
  CHECK(invalid({2, {20000, 20000}, 2, {}}));                   // 4·10^8 parameters
  CHECK(invalid({65536, std::vector<int>(16, 65535), 2, {}}));  // 7·10^10: beyond 32 bits
  CHECK(code_of([] { return Mlp({2, {3}, 1, {}}, 1); }) == ErrorCode::invalid_option);
  CHECK(code_of([] { return Mlp({2, {3}, 1, {}}, std::vector<float>(13)); }) == ErrorCode::invalid_option);
}

TEST_CASE("parameters of the wrong count or not finite are refused") {
  const Architecture shape{2, {3}, 2, {}};
  CHECK(code_of([&] { return Mlp(shape, std::vector<float>(17)); }) == std::nullopt);
  CHECK(code_of([&] { return Mlp(shape, std::vector<float>(16)); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { return Mlp(shape, std::vector<float>(18)); }) == ErrorCode::shape_mismatch);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    std::vector<float> parameters(17);
    parameters.back() = bad;
    CHECK(code_of([&] { return Mlp(shape, parameters); }) == ErrorCode::invalid_data);
  }
}

TEST_CASE("first weights are normal with deviation √(2 / fan_in), first biases 0") {
  const Mlp network({50, {200, 100}, 10, {}}, 17);
  for (int layer = 0; layer < 3; ++layer) {
    CAPTURE(layer);
    const auto weight = network.weight(layer);
    const double n = static_cast<double>(weight.size());
    const double deviation = std::sqrt(2.0 / network.architecture().fan_in(layer));
    double mean = 0, second = 0, third = 0, fourth = 0;
    for (const float value : weight) {
      const double z = static_cast<double>(value) / deviation;
      mean += z / n, second += z * z / n, third += z * z * z / n, fourth += z * z * z * z / n;
    }
    // Moments of a normal sample have standard errors √(1/n), √(2/n), √(15/n), √(96/n); four of each.
    CHECK(std::fabs(mean) < 4 * std::sqrt(1 / n));
    CHECK(std::fabs(second - 1) < 4 * std::sqrt(2 / n));
    CHECK(std::fabs(third) < 4 * std::sqrt(15 / n));
    CHECK(std::fabs(fourth - 3) < 4 * std::sqrt(96 / n));
    CHECK(std::ranges::all_of(network.bias(layer), [](float value) { return value == 0.0f; }));
  }
}

TEST_CASE("the seed decides the first weights, all 64 bits of it") {
  const Architecture shape{3, {5}, 2, {}};
  const auto first = [&](std::uint64_t seed) {
    const Mlp network(shape, seed);
    return std::vector<float>(network.parameters().begin(), network.parameters().end());
  };
  CHECK(first(1) == first(1));
  CHECK(first(1) != first(2));
  CHECK(first(1) != first(1 + (std::uint64_t{1} << 32)));
  // No two layers share their numbers.
  const Mlp square({4, {4, 4}, 4, {}}, 3);
  CHECK_FALSE(std::ranges::equal(square.weight(0), square.weight(1)));
  CHECK_FALSE(std::ranges::equal(square.weight(1), square.weight(2)));
}

TEST_CASE("a network by hand: ReLU between layers, none at the end") {
  // h = relu([x0 − x1, x0 + x1 + 1]), z = [h0 − h1, 2·h1 + 0.5]
  const Mlp network({2, {2}, 2, {}}, {1, -1, 1, 1, 0, 1, 1, -1, 0, 2, 0, 0.5f});
  Matrix x(3, 2);
  x << 3, 1, 1, 3, -5, -4;
  const Matrix z = network.logits(x);
  Matrix expected(3, 2);
  expected << -3, 10.5f, -5, 10.5f, 0, 0.5f;
  CHECK(z == expected);
}

TEST_CASE("logits are the affine maps of a plain double-precision network, whatever the sizes") {
  for (const Architecture& shape : {Architecture{7, {33, 5}, 3, {}}, Architecture{1, {1}, 2, {}},
                                    Architecture{13, {}, 4, {}}, Architecture{20, {64, 32}, 2, {}}}) {
    const Mlp network(shape, 5);
    const Matrix x = random_matrix(131, shape.inputs, 6);
    const Matrix z = network.logits(x);
    for (int r = 0; r < 131; r += 13) {
      std::vector<double> values_in(static_cast<std::size_t>(shape.inputs));
      for (int i = 0; i < shape.inputs; ++i) values_in[static_cast<std::size_t>(i)] = static_cast<double>(x(r, i));
      for (int layer = 0; layer < shape.layers(); ++layer) {
        std::vector<double> out;
        for (int o = 0; o < shape.fan_out(layer); ++o) {
          double sum = static_cast<double>(network.bias(layer)[static_cast<std::size_t>(o)]);
          for (std::size_t i = 0; i < values_in.size(); ++i)
            sum += values_in[i] *
                   static_cast<double>(network.weight(layer)[static_cast<std::size_t>(o) * values_in.size() + i]);
          out.push_back(layer + 1 < shape.layers() ? std::max(sum, 0.0) : sum);
        }
        values_in = out;
      }
      // Sums of at most 65 terms of order 1: a few units of 2^-23.
      for (int c = 0; c < shape.classes; ++c)
        CHECK(std::fabs(static_cast<double>(z(r, c)) - values_in[static_cast<std::size_t>(c)]) < 3e-6);
    }
  }
}

TEST_CASE("a row's logits do not depend on the batch that it comes in") {
  const Mlp network({9, {37, 18}, 5, {0.4f, 0.4f}}, 8);
  const Matrix x = random_matrix(200, 9, 9);
  const Matrix whole = network.logits(x);
  for (const int rows : {1, 2, 63, 64, 65, 128, 129}) {
    const Matrix part = network.logits(x.middleRows(71 - rows / 2, rows));
    CHECK(first_difference(values(part), values(Matrix(whole.middleRows(71 - rows / 2, rows)))) == "");
  }
  // Neither on how its features lie in memory: a block of a wider matrix, and one of another order.
  Matrix wide = Matrix::Constant(200, 15, 3.0f);
  wide.middleCols(2, 9) = x;
  CHECK(first_difference(values(network.logits(wide.middleCols(2, 9))), values(whole)) == "");
  const Eigen::MatrixXf by_column = x;
  CHECK(first_difference(values(network.logits(by_column)), values(whole)) == "");
}

TEST_CASE("no rows give no logits, wrong columns a shape mismatch, and dropout does not touch predictions") {
  const Mlp network({3, {4}, 2, {0.9f}}, 1);
  CHECK(network.logits(Matrix(0, 3)).rows() == 0);
  CHECK(network.logits(Matrix(0, 3)).cols() == 2);
  CHECK(code_of([&] { return network.logits(Matrix::Zero(2, 4)); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { return network.logits(Matrix::Zero(2, 2)); }) == ErrorCode::shape_mismatch);
  const Matrix x = random_matrix(20, 3, 2);
  const Mlp without({3, {4}, 2, {}}, std::vector<float>(network.parameters().begin(), network.parameters().end()));
  CHECK(first_difference(values(network.logits(x)), values(without.logits(x))) == "");
}

TEST_CASE("copies of networks, predictors and buffers are independent and give the same answers") {
  const Mlp original({6, {17, 9}, 3, {}}, 4);
  const Matrix x = random_matrix(40, 6, 5);
  const Matrix expected = original.logits(x);
  Mlp copy = original;
  CHECK(copy.parameters().data() != original.parameters().data());
  CHECK(first_difference(values(copy.logits(x)), values(expected)) == "");

  // Buffers of many sizes stand between the copies, so that their addresses differ in every way that malloc allows.
  Predictor first(original);
  std::vector<Predictor> copies;
  std::vector<std::vector<float>> between;
  for (std::size_t i = 0; i < 16; ++i) {
    between.emplace_back(4 * i + 1);
    copies.push_back(i % 2 ? copies.back() : first);
  }
  Predictor assigned(Mlp({2, {3}, 2, {}}, 1));
  assigned = first;
  copies.push_back(assigned);
  for (Predictor& predictor : copies) CHECK(first_difference(values(predictor.logits(x)), values(expected)) == "");

  AlignedFloats floats(33);
  for (std::size_t i = 0; i < 33; ++i) floats.data()[i] = static_cast<float>(i);
  std::vector<AlignedFloats> kept;
  for (std::size_t i = 0; i < 16; ++i) {
    between.emplace_back(4 * i + 1);
    kept.push_back(floats);
    CHECK(first_difference(kept.back().span(), floats.span()) == "");
    CHECK(reinterpret_cast<std::uintptr_t>(kept.back().data()) % 64 == 0);
  }
  const AlignedFloats moved = std::move(kept.front());
  CHECK(moved.data()[32] == 32.0f);
  CHECK(reinterpret_cast<std::uintptr_t>(moved.data()) % 64 == 0);
}

TEST_CASE("packing places every parameter, keeps the padding 0, and unpacking brings all back") {
  for (const Architecture& shape :
       {Architecture{7, {33, 5}, 3, {}}, Architecture{1, {1}, 2, {}}, Architecture{40, {64}, 10, {}}}) {
    const PackedLayout layout(shape);
    std::vector<float> plain(shape.parameter_count());
    for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<float>(i + 1);
    std::vector<float> packed(layout.size(), 0.0f), back(plain.size());
    layout.pack(plain, packed.data());
    layout.unpack(packed.data(), back);
    CHECK(back == plain);
    CHECK(static_cast<std::size_t>(std::ranges::count(packed, 0.0f)) == packed.size() - plain.size());
    for (int layer = 0; layer < shape.layers(); ++layer) {
      const int in = shape.fan_in(layer), out = shape.fan_out(layer);
      const kernels::Panels panels{in, out};
      const auto last = static_cast<std::size_t>(out - 1);
      CHECK(packed[layout.weight(layer) + panels.index(in - 1, out - 1)] ==
            plain[shape.weight_offset(layer) + last * static_cast<std::size_t>(in) + static_cast<std::size_t>(in - 1)]);
      CHECK(packed[layout.bias(layer) + last] == plain[shape.bias_offset(layer) + last]);
    }
  }
}

TEST_CASE("A quantised network has at most 255 steps of one scale per output, and no weight further off than half a step") {
  const Mlp network({5, {7, 4}, 3, {}}, 3), rounded = quantised(network);
  REQUIRE(rounded.architecture() == network.architecture());
  for (int layer = 0; layer < 3; ++layer) {
    const auto exact = network.weight(layer), now = rounded.weight(layer);
    const auto inputs = static_cast<std::size_t>(network.architecture().fan_in(layer));
    CHECK(support::first_difference(network.bias(layer), rounded.bias(layer)) == "");
    for (std::size_t first = 0; first < exact.size(); first += inputs) {
      float most = 0;
      for (std::size_t i = 0; i < inputs; ++i) most = std::max(most, std::fabs(exact[first + i]));
      const float scale = most / 127;
      for (std::size_t i = 0; i < inputs; ++i) {
        // The scale is a float, so a step is off by its rounding: 2^-24 of 127 steps.
        CHECK(std::fabs(now[first + i] - exact[first + i]) <= 0.5f * scale + 1e-5f * most);
        const float steps = now[first + i] / scale;
        CHECK(std::fabs(steps - std::round(steps)) < 1e-3f);
        CHECK(std::fabs(steps) < 127.5f);
      }
    }
  }
  CHECK(support::first_difference(quantised(rounded).parameters(), rounded.parameters()) == "");
}

TEST_CASE("Halves are rounded to the even step, zeros stay zeros without a sign, and a row of zeros has the scale 1") {
  // 127 makes the scale 1.
  const Mlp network({5, {}, 2, {}}, {127, 0.5f, 1.5f, -2.5f, -0.25f, 0, 0, 0, 0, -0.0f, 9, 9});
  const Mlp rounded = quantised(network);
  CHECK(support::first_difference(rounded.weight(0), std::vector<float>{127, 0, 2, -2, 0, 0, 0, 0, 0, 0}) == "");
}
