#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace distillery {

/// What a random number is for. A stream never shares numbers with another one of the same seed.
/// The values are part of "same seed, same bytes": append, never reorder.
enum class Stream : std::uint32_t {
  initialisation = 1,
  shuffle = 2,
  dropout = 3,
  split = 4,
  generator = 5,
  derivation = 6,
  transfer = 7,
  bootstrap = 8,
};

using RandomBlock = std::array<std::uint32_t, 4>;

/// Threefry-4x32 with 13 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; 12 rounds already
/// pass BigCrush). A pure function of key and counter, so slices, lanes and resumption cannot shift the numbers.
RandomBlock threefry(const RandomBlock& key, const RandomBlock& counter) noexcept;

/// Counter-based random numbers of one seed and stream. Holds no state: every draw names its place.
class Random {
 public:
  Random(std::uint64_t seed, Stream stream) noexcept
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
             static_cast<std::uint32_t>(stream), 0u} {}

  const RandomBlock& key() const noexcept { return key_; }
  RandomBlock block(std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0, std::uint32_t d = 0) const noexcept {
    return threefry(key_, {a, b, c, d});
  }
  /// Uniform in [0, 1) with 53 bits, from the first two words of the block at (a, b, c, d).
  double uniform(std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0, std::uint32_t d = 0) const noexcept;
  /// Two independent standard normal values (Box and Muller 1958) from the block at (a, b, c, d).
  std::array<double, 2> normal(std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0,
                               std::uint32_t d = 0) const noexcept;

 private:
  RandomBlock key_;
};

/// A seed for part `index` of role `role` of a larger job, independent of the seeds of all other parts.
std::uint64_t derive_seed(std::uint64_t seed, std::uint32_t role, std::uint32_t index, std::uint32_t sub = 0) noexcept;

/// Shuffles in place (Fisher and Yates), the same way everywhere for the same seed, stream and round.
void shuffle(std::span<std::uint32_t> values, std::uint64_t seed, Stream stream, std::uint32_t round) noexcept;

}  // namespace distillery
