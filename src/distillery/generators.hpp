#pragma once

#include <cstdint>

#include "distillery/dataset.hpp"

namespace distillery {

/// Two-dimensional sets of two classes, made on the spot. The same rows for the same arguments everywhere.
/// rows: 2 … 1,000,000, alternating classes; noise: standard deviation of the normal noise added to both
/// coordinates, 0 … 10. Throws invalid_option.
enum class Shape2d : std::uint8_t { moons = 0, circles = 1, spirals = 2 };

Dataset generate(Shape2d shape, std::uint32_t rows, double noise, std::uint64_t seed);

}  // namespace distillery
