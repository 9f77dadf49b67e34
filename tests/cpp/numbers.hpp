#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace support {

/// Random numbers for tests: SplitMix64 (Steele, Lea & Flood 2014).
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t bits() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  /// Uniform in [0, n).
  std::size_t below(std::size_t n) noexcept { return static_cast<std::size_t>(bits() % n); }
  /// Uniform in [0, 1), a multiple of 2^-24: exact in single precision.
  float unit() noexcept { return static_cast<float>(bits() >> 40) * 0x1p-24f; }
  /// Uniform in [−1, 1).
  float signed_unit() noexcept { return 2 * unit() - 1; }
  /// Mean 0, deviation 1, bounded by ±6: the sum of twelve uniform values.
  float bell() noexcept {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(unit());
    return static_cast<float>(sum);
  }
  std::vector<float> bells(std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = bell();
    return values;
  }

 private:
  std::uint64_t state_;
};

}  // namespace support
