#include "distillery/random.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

using namespace distillery;

TEST_CASE("Threefry gives the known answers of its authors") {
  // Random123, kat_vectors, threefry4x32 with 13 rounds.
  CHECK(threefry({0, 0, 0, 0}, {0, 0, 0, 0}) == RandomBlock{0x531c7e4f, 0x39491ee5, 0x2c855a92, 0x3d6abf9a});
  const std::uint32_t ones = 0xffffffff;
  CHECK(threefry({ones, ones, ones, ones}, {ones, ones, ones, ones}) ==
        RandomBlock{0xc4189358, 0x1c9cc83a, 0xd5881c67, 0x6a0a89e0});
  CHECK(threefry({0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
        RandomBlock{0x4aa71d8f, 0x734738c2, 0x431fc6a8, 0xae6debf1});
}

TEST_CASE("Uniform numbers have the moments of their distribution") {
  const Random random(7, Stream::dropout);
  constexpr int n = 100000;
  double sum = 0.0, squares = 0.0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const double u = random.uniform(i, 3);
    CHECK_FALSE((u < 0.0 || u >= 1.0));
    sum += u;
    squares += u * u;
  }
  // Five standard errors: sqrt(1/12/n) = 0.00091 and sqrt(4/45/n) = 0.00094.
  CHECK(std::fabs(sum / n - 0.5) < 0.0046);
  CHECK(std::fabs(squares / n - 1.0 / 3.0) < 0.0047);
}

TEST_CASE("Normal numbers have the moments of their distribution, and pairs are independent") {
  const Random random(11, Stream::generator);
  constexpr int n = 50000;
  double sum = 0.0, squares = 0.0, fourth = 0.0, product = 0.0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const auto [a, b] = random.normal(i);
    CHECK((std::isfinite(a) && std::isfinite(b)));
    sum += a + b;
    squares += a * a + b * b;
    fourth += a * a * a * a + b * b * b * b;
    product += a * b;
  }
  // Five standard errors over 2n values: variances 1, 2 and 96; over n products: 1.
  CHECK(std::fabs(sum / (2 * n)) < 5 * std::sqrt(1.0 / (2 * n)));
  CHECK(std::fabs(squares / (2 * n) - 1.0) < 5 * std::sqrt(2.0 / (2 * n)));
  CHECK(std::fabs(fourth / (2 * n) - 3.0) < 5 * std::sqrt(96.0 / (2 * n)));
  CHECK(std::fabs(product / n) < 5 * std::sqrt(1.0 / n));
}

TEST_CASE("Seeds, streams and all four places give different numbers") {
  std::set<RandomBlock> seen;
  for (const std::uint64_t seed : {0ull, 1ull, 1ull << 32}) {
    for (const Stream stream : {Stream::initialisation, Stream::shuffle, Stream::split}) {
      const Random random(seed, stream);
      seen.insert(random.block(0));
      seen.insert(random.block(1));
      seen.insert(random.block(0, 1));
      seen.insert(random.block(0, 0, 1));
      seen.insert(random.block(0, 0, 0, 1));
    }
  }
  CHECK(seen.size() == 3 * 3 * 5);
}

TEST_CASE("Derived seeds differ by role, index, sub-index and parent") {
  std::set<std::uint64_t> seen;
  for (const std::uint64_t seed : {5ull, 6ull}) {
    for (std::uint32_t role = 0; role < 5; ++role) {
      for (std::uint32_t index = 0; index < 20; ++index) {
        for (std::uint32_t sub = 0; sub < 5; ++sub) seen.insert(derive_seed(seed, role, index, sub));
      }
    }
  }
  CHECK(seen.size() == 2 * 5 * 20 * 5);
}

TEST_CASE("A shuffle is a permutation, the same for the same seed, stream and round") {
  std::vector<std::uint32_t> values(1000), sorted(1000);
  std::iota(sorted.begin(), sorted.end(), 0u);
  values = sorted;
  shuffle(values, 1, Stream::shuffle, 0);
  auto again = sorted, other_round = sorted, other_seed = sorted, other_stream = sorted;
  shuffle(again, 1, Stream::shuffle, 0);
  shuffle(other_round, 1, Stream::shuffle, 1);
  shuffle(other_seed, 2, Stream::shuffle, 0);
  shuffle(other_stream, 1, Stream::split, 0);
  CHECK(values == again);
  CHECK(values != sorted);
  CHECK(values != other_round);
  CHECK(values != other_seed);
  CHECK(values != other_stream);
  CHECK(std::set<std::uint32_t>(values.begin(), values.end()).size() == 1000);
}

TEST_CASE("Every value lands on every place about equally often") {
  constexpr std::size_t size = 6;
  constexpr std::uint32_t rounds = 6000;
  int count[size][size] = {};
  for (std::uint32_t round = 0; round < rounds; ++round) {
    std::vector<std::uint32_t> values(size);
    std::iota(values.begin(), values.end(), 0u);
    shuffle(values, 3, Stream::shuffle, round);
    for (std::size_t place = 0; place < size; ++place) ++count[place][values[place]];
  }
  double chi_square = 0.0;
  for (const auto& row : count) {
    for (const int c : row) chi_square += (c - 1000.0) * (c - 1000.0) / 1000.0;
  }
  // 25 degrees of freedom: mean 25, deviation 7; beyond 60 has a probability below 1e-4, and the seed is fixed.
  CHECK(chi_square < 60.0);
}

TEST_CASE("Shuffling nothing or one value does nothing") {
  std::vector<std::uint32_t> none, one{42};
  shuffle(none, 1, Stream::shuffle, 0);
  shuffle(one, 1, Stream::shuffle, 0);
  CHECK(one == std::vector<std::uint32_t>{42});
}
