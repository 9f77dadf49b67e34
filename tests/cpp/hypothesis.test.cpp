#include "distillery/hypothesis.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <bit>

#include "support.hpp"
#include "oracle.hpp"

using namespace distillery;
using support::code_of;

TEST_CASE("Wilcoxon's signed-rank test agrees with scipy, exact and approximate") {
  for_each_oracle_line("wilcoxon", [](OracleLine& line) {
    const auto a = line.list(), b = line.list();
    const double expected = line.number();
    CHECK(is_close(wilcoxon_p_value(a, b), expected, 1e-12));
    CHECK(wilcoxon_p_value(b, a) == wilcoxon_p_value(a, b));
  });
}

TEST_CASE("Wilcoxon's exact test counts the signs that give as extreme a rank sum") {
  support::Numbers numbers(1);
  for (std::uint32_t n = 1; n <= 12; ++n) {
    std::vector<double> a, zeros(n, 0.0);
    unsigned positive = 0;  // the ranks are 1 … n in order
    for (unsigned i = 0; i < n; ++i) {
      const bool sign = numbers.below(3) > 0;
      a.push_back((sign ? 1.0 : -1.0) * (i + 0.5));
      if (sign) positive += i + 1;
    }
    const unsigned all = n * (n + 1) / 2, bound = std::min(positive, all - positive);
    unsigned extreme = 0;
    for (std::uint32_t signs = 0; signs < 1u << n; ++signs) {
      unsigned sum = 0;
      for (unsigned i = 0; i < n; ++i) sum += signs >> i & 1 ? i + 1 : 0;
      extreme += sum <= bound || sum >= all - bound;
    }
    CHECK(wilcoxon_p_value(a, zeros) == extreme / static_cast<double>(1u << n));
  }
}

TEST_CASE("Wilcoxon's test drops pairs without a difference, and has nothing to say without any other") {
  const std::vector<double> a{1, 2, 3, 4, 5.5}, b{0, 4, 0, 0, 0}, with_equal{1, 9, 2, 3, 4, 5.5}, too{0, 9, 4, 0, 0, 0};
  CHECK(wilcoxon_p_value(a, b) == wilcoxon_p_value(with_equal, too));
  CHECK(wilcoxon_p_value(a, a) == 1.0);
  CHECK(wilcoxon_p_value({}, {}) == 1.0);
}

TEST_CASE("McNemar's exact test agrees with scipy's binomial test") {
  for_each_oracle_line("mcnemar", [](OracleLine& line) {
    const std::size_t a_only = line.count(), b_only = line.count();
    const double expected = line.number();
    CHECK(is_close(mcnemar_p_value(a_only, b_only), expected, 1e-11));
    CHECK(mcnemar_p_value(b_only, a_only) == mcnemar_p_value(a_only, b_only));
  });
}

TEST_CASE("McNemar's exact test counts the coin tosses that are as uneven") {
  for (unsigned n = 1; n <= 16; ++n) {
    for (unsigned k = 0; k <= n; ++k) {
      unsigned extreme = 0;
      const unsigned bound = std::min(k, n - k);
      for (unsigned tosses = 0; tosses < 1u << n; ++tosses) {
        const auto heads = static_cast<unsigned>(std::popcount(tosses));
        extreme += heads <= bound || heads >= n - bound;
      }
      CHECK(is_close(mcnemar_p_value(k, n - k), extreme / static_cast<double>(1u << n), 1e-14));
    }
  }
  CHECK(mcnemar_p_value(0, 0) == 1.0);
  CHECK(mcnemar_p_value(0, 2000) == 0.0);  // 2^-1999
  CHECK(mcnemar_p_value(500000, 500000) == 1.0);
}

// Holm's procedure is the closed test by Bonferroni's (Marcus, Peritz & Gabriel 1976): a hypothesis falls at the level
// where every set of hypotheses that it belongs to does.
TEST_CASE("Holm's adjustment is the closed test over all sets of hypotheses") {
  support::Numbers numbers(2);
  for (std::size_t m = 1; m <= 8; ++m) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::vector<double> p;
      for (std::size_t i = 0; i < m; ++i) p.push_back(static_cast<double>(numbers.below(40)) / 64);  // with ties
      std::vector<double> expected(m, 0.0);
      for (std::uint32_t set = 1; set < 1u << m; ++set) {
        double smallest = 1.0;
        for (std::size_t i = 0; i < m; ++i)
          if (set >> i & 1) smallest = std::min(smallest, p[i]);
        const double together = std::min(1.0, smallest * std::popcount(set));
        for (std::size_t i = 0; i < m; ++i)
          if (set >> i & 1) expected[i] = std::max(expected[i], together);
      }
      CHECK(holm_adjusted(p) == expected);
    }
  }
  CHECK(holm_adjusted({}).empty());
  CHECK(holm_adjusted(std::vector{0.0, 1.0}) == std::vector{0.0, 1.0});
}

TEST_CASE("Tests of hypotheses refuse what they cannot use") {
  const std::vector<double> two{1.0, 2.0}, three{1.0, 2.0, 3.0}, endless{1.0, HUGE_VAL}, unknown{std::nan(""), 0.0};
  CHECK(code_of([&] { wilcoxon_p_value(two, three); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { wilcoxon_p_value(two, endless); }) == ErrorCode::invalid_data);
  CHECK(support::message_of([&] { wilcoxon_p_value(two, endless); }).find("pair 2") != std::string::npos);
  CHECK(code_of([&] { wilcoxon_p_value(unknown, two); }) == ErrorCode::invalid_data);
  for (const double p : {-0.1, 1.1, std::nan("")})
    CHECK(code_of([&] { holm_adjusted(std::vector{0.5, p}); }) == ErrorCode::invalid_data);
  if constexpr (sizeof(std::size_t) > 4)
    CHECK(code_of([&] { mcnemar_p_value(~std::size_t{0}, 1); }) == ErrorCode::invalid_data);
}
