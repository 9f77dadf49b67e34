#include "distillery/generators.hpp"

#include <array>

#include "distillery/math.hpp"
#include "distillery/random.hpp"

namespace distillery {

namespace {

/// A point of class 0 or 1 on its curve; `u` in [0, 1) is the position along it.
std::array<double, 2> point(Shape2d shape, std::uint32_t label, double u) noexcept {
  switch (shape) {
    case Shape2d::moons: {
      const double x = math::cos_turn(0.5 * u), y = math::sin_turn(0.5 * u);
      if (label == 0) return {x, y};
      return {1.0 - x, 0.5 - y};
    }
    case Shape2d::circles: {
      const double radius = label == 0 ? 1.0 : 0.5;
      return {radius * math::cos_turn(u), radius * math::sin_turn(u)};
    }
    case Shape2d::spirals: {
      // Length along an arm grows with the square of the radius, so the root spreads points evenly along it.
      const double radius = math::sqrt(u);
      const double turn = 1.75 * radius + 0.5 * label;
      return {radius * math::cos_turn(turn), radius * math::sin_turn(turn)};
    }
  }
  return {};
}

}  // namespace

Dataset generate(Shape2d shape, std::uint32_t rows, double noise, std::uint64_t seed) {
  if (shape != Shape2d::moons && shape != Shape2d::circles && shape != Shape2d::spirals)
    fail(ErrorCode::invalid_option, "There is no such shape: moons, circles and spirals can be made.");
  require_between(2, 1'000'000, rows, "The number of rows");
  require_between(0, 10, noise, "The noise");
  return guarded([&] {
    const Random random(seed, Stream::generator);
    const auto kind = static_cast<std::uint32_t>(shape);
    Dataset data{Matrix(static_cast<Eigen::Index>(rows), 2), std::vector<std::int32_t>(rows), {"0", "1"}};
    for (std::uint32_t row = 0; row < rows; ++row) {
      const std::uint32_t label = row % 2;
      const auto [x, y] = point(shape, label, random.uniform(row, 0, kind));
      const auto [dx, dy] = random.normal(row, 1, kind);
      const auto at = static_cast<Eigen::Index>(row);
      data.features(at, 0) = static_cast<float>(x + noise * dx);
      data.features(at, 1) = static_cast<float>(y + noise * dy);
      data.labels[row] = static_cast<std::int32_t>(label);
    }
    return data;
  });
}

}  // namespace distillery
