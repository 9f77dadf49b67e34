#include "distillery/random.hpp"

#include <bit>
#include <utility>

#include "distillery/math.hpp"

namespace distillery {

RandomBlock threefry(const RandomBlock& key, const RandomBlock& counter) noexcept {
  constexpr int rotation[8][2] = {{10, 26}, {11, 21}, {13, 27}, {23, 5}, {6, 20}, {17, 11}, {25, 10}, {18, 20}};
  const std::uint32_t schedule[5] = {key[0], key[1], key[2], key[3],
                                     0x1BD11BDAu ^ key[0] ^ key[1] ^ key[2] ^ key[3]};
  RandomBlock x;
  for (std::size_t i = 0; i < 4; ++i) x[i] = counter[i] + schedule[i];
  for (std::uint32_t round = 0; round < 13; ++round) {
    const auto& r = rotation[round % 8];
    const std::size_t first = round % 2 ? 3 : 1;
    x[0] += x[first];
    x[first] = std::rotl(x[first], r[0]) ^ x[0];
    x[2] += x[4 - first];
    x[4 - first] = std::rotl(x[4 - first], r[1]) ^ x[2];
    if (round % 4 == 3) {
      const std::uint32_t injection = round / 4 + 1;
      for (std::uint32_t i = 0; i < 4; ++i) x[i] += schedule[(injection + i) % 5];
      x[3] += injection;
    }
  }
  return x;
}

namespace {

double unit(std::uint32_t high, std::uint32_t low) noexcept {
  const std::uint64_t bits = (static_cast<std::uint64_t>(high) << 32 | low) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

}  // namespace

double Random::uniform(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) const noexcept {
  const RandomBlock x = block(a, b, c, d);
  return unit(x[0], x[1]);
}

std::array<double, 2> Random::normal(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) const noexcept {
  const RandomBlock x = block(a, b, c, d);
  const double radius = math::sqrt(-2.0 * math::log(1.0 - unit(x[0], x[1])));  // 1 - u is never 0
  const double turn = unit(x[2], x[3]);
  return {radius * math::cos_turn(turn), radius * math::sin_turn(turn)};
}

std::uint64_t derive_seed(std::uint64_t seed, std::uint32_t role, std::uint32_t index, std::uint32_t sub) noexcept {
  const RandomBlock x = Random(seed, Stream::derivation).block(role, index, sub);
  return static_cast<std::uint64_t>(x[0]) << 32 | x[1];
}

void shuffle(std::span<std::uint32_t> values, std::uint64_t seed, Stream stream, std::uint32_t round) noexcept {
  const Random random(seed, stream);
  for (std::size_t i = values.size(); i > 1; --i) {
    // A 64-bit draw scaled to [0, i): the bias is below i / 2^64.
    const RandomBlock x = random.block(static_cast<std::uint32_t>(i), round);
    const std::uint64_t high = static_cast<std::uint64_t>(x[0]) * i;
    const std::uint64_t low = static_cast<std::uint64_t>(x[1]) * i;
    const std::size_t j = static_cast<std::size_t>((high + (low >> 32)) >> 32);
    std::swap(values[i - 1], values[j]);
  }
}

}  // namespace distillery
