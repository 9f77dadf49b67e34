#include "distillery/statistics.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <limits>


#include "distillery/random.hpp"
#include "support.hpp"
#include "oracle.hpp"

using namespace distillery;
using support::code_of;

namespace {

void check_interval(const Interval& interval, OracleLine& line, double relative) {
  const double estimate = line.number(), lower = line.number(), upper = line.number();
  INFO("got " << interval.estimate << " " << interval.lower << " " << interval.upper);
  // Bounds near 0 are differences of larger numbers: relative to the interval's width.
  const double absolute = relative * (upper - lower);
  CHECK(is_close(interval.estimate, estimate, relative, absolute));
  CHECK(is_close(interval.lower, lower, relative, absolute));
  CHECK(is_close(interval.upper, upper, relative, absolute));
}

}  // namespace

// Ours agrees with mpmath to 2e-13 (measured once on a wide grid), scipy's distribution function to about 1e-12.
TEST_CASE("Student's t distribution agrees with scipy, its quantiles with mpmath") {
  for_each_oracle_line("student_t_cdf", [](OracleLine& line) {
    const double t = line.number(), degrees = line.number(), expected = line.number();
    CHECK(is_close(student_t_cdf(t, degrees), expected, 1e-11));
  });
  for_each_oracle_line("student_t_quantile", [](OracleLine& line) {
    const double p = line.number(), degrees = line.number(), expected = line.number();
    INFO("got " << student_t_quantile(p, degrees));
    CHECK(is_close(student_t_quantile(p, degrees), expected, 1e-12));
  });
}

TEST_CASE("Normal probabilities and quantiles agree with scipy") {
  for_each_oracle_line("normal_cdf", [](OracleLine& line) {
    const double x = line.number(), expected = line.number();
    CHECK(is_close(normal_cdf(x), expected, 1e-13));
  });
  for_each_oracle_line("normal_quantile", [](OracleLine& line) {
    const double p = line.number(), expected = line.number();
    CHECK(is_close(normal_quantile(p), expected, 1e-14, 1e-16));
  });
}

TEST_CASE("The quantile of t undoes its distribution function, from heavy tails to the normal limit") {
  for (const double degrees : {0.3, 1.0, 2.5, 11.0, 24.0, 1e3, 1e9, 1e16, 1e18}) {
    for (const double p : {1e-12, 1e-4, 0.02, 0.24, 0.26, 0.4999, 0.5, 0.5001, 0.9}) {
      INFO("degrees " << degrees << ", p " << p);
      // The rounding of 1 − p and of t limits it.
      CHECK(is_close(student_t_cdf(student_t_quantile(p, degrees), degrees), p, 1e-11));
    }
  }
  // Far out, the tail falls as t^-degrees; the square of 1e160 would be infinite.
  CHECK(is_close(student_t_cdf(-1e160, 0.5), 1e-10 * student_t_cdf(-1e140, 0.5), 1e-12));
  CHECK(std::isnan(student_t_quantile(0.0, 3.0)));
  CHECK(std::isnan(student_t_quantile(0.5, 0.0)));
  CHECK(std::isnan(normal_quantile(1.0)));
}

TEST_CASE("Means, paired differences and their intervals agree with scipy") {
  for_each_oracle_line("t_interval", [](OracleLine& line) {
    const double confidence = line.number();
    const auto values = line.list();
    const Interval interval = t_interval(values, confidence);
    CHECK(interval.count == values.size());
    check_interval(interval, line, 1e-11);
  });
  for_each_oracle_line("paired_t_interval", [](OracleLine& line) {
    const double confidence = line.number();
    const auto a = line.list(), b = line.list();
    check_interval(paired_t_interval(a, b, confidence), line, 1e-11);
  });
  for_each_oracle_line("paired_t_p_value", [](OracleLine& line) {
    const auto a = line.list(), b = line.list();
    CHECK(is_close(paired_t_p_value(a, b), line.number(), 1e-10));  // the mean's rounding, magnified by the tail
  });
}

TEST_CASE("Intervals of shares agree with scipy") {
  for_each_oracle_line("wilson", [](OracleLine& line) {
    const std::size_t successes = line.count(), rows = line.count();
    const Interval interval = wilson_interval(successes, rows, line.number());
    CHECK(interval.count == rows);
    check_interval(interval, line, 1e-12);
  });
  for_each_oracle_line("matched_pairs", [](OracleLine& line) {
    const std::size_t a_only = line.count(), b_only = line.count(), rows = line.count();
    check_interval(matched_pairs_interval(a_only, b_only, rows, line.number()), line, 1e-12);
  });
}

TEST_CASE("The bounds of a ratio are where scipy's paired t test starts to reject it") {
  for_each_oracle_line("ratio_of_means", [](OracleLine& line) {
    const double confidence = line.number();
    const auto numerators = line.list(), denominators = line.list();
    const auto interval = ratio_of_means(numerators, denominators, confidence);
    REQUIRE(interval.has_value());
    CHECK(interval->count == numerators.size());
    check_interval(*interval, line, 1e-9);  // their root is found where the p-value is good to about 1e-12
  });
}

TEST_CASE("A ratio is refused exactly where the denominators' interval reaches 0") {
  const std::vector<double> numerators{1.0, 2.0, 4.0}, spread{-1.0, 0.0, 1.0};
  const double edge = t_interval(spread, 0.95).upper;  // from here on, spread + edge has its lower bound above 0
  for (const double sign : {-1.0, 1.0}) {
    for (const double distance : {0.5, 0.999, 1.001, 2.0}) {
      std::vector<double> denominators;
      for (const double value : spread) denominators.push_back(sign * (value + distance * edge));
      const auto ratio = ratio_of_means(numerators, denominators, 0.95);
      CHECK(ratio.has_value() == (distance > 1.0));
      if (ratio) CHECK((ratio->lower < ratio->estimate && ratio->estimate < ratio->upper));
    }
  }
  CHECK_FALSE(ratio_of_means({}, {}, 0.95));
  CHECK_FALSE(ratio_of_means(std::vector{1.0}, std::vector{2.0}, 0.95));
  CHECK_FALSE(ratio_of_means(std::vector{1.0, 2.0}, std::vector{0.0, 0.0}, 0.95));
}

TEST_CASE("A ratio with a constant denominator is the numerators' t interval over it; of equal ratios, a point") {
  const std::vector<double> numerators{1.0, 2.0, 4.0};
  const Interval plain = t_interval(numerators, 0.9);
  const auto half = ratio_of_means(numerators, std::vector{2.0, 2.0, 2.0}, 0.9);
  REQUIRE(half.has_value());
  CHECK(is_close(half->lower, 0.5 * plain.lower, 1e-14));
  CHECK(is_close(half->upper, 0.5 * plain.upper, 1e-14));
  const auto point = ratio_of_means(std::vector{2.0, 2.5, 3.0}, std::vector{4.0, 5.0, 6.0}, 0.95);
  REQUIRE(point.has_value());
  CHECK((point->estimate == 0.5 && point->lower == 0.5 && point->upper == 0.5));
}

TEST_CASE("Intervals over seeds and rows agree with numpy and scipy") {
  for_each_oracle_line("crossed", [](OracleLine& line) {
    const std::size_t seeds = line.count(), rows = line.count();
    const double confidence = line.number();
    const auto table = line.list();
    const std::vector<float> values(table.begin(), table.end());
    check_interval(crossed_interval(values, seeds, rows, confidence), line, 1e-11);
  });
}

TEST_CASE("An interval that cannot be had is a point, never NaN") {
  const auto is_point = [](const Interval& interval, double at, std::uint32_t count) {
    return interval.estimate == at && interval.lower == at && interval.upper == at && interval.count == count;
  };
  CHECK(is_point(t_interval({}, 0.95), 0.0, 0));
  CHECK(is_point(t_interval(std::vector{0.1}, 0.95), 0.1, 1));
  CHECK(is_point(t_interval(std::vector{0.1, 0.1, 0.1}, 0.95), 0.1, 3));  // 0.1 + 0.1 + 0.1 is not 3 × 0.1
  CHECK(is_point(paired_t_interval(std::vector{0.5, 0.7}, std::vector{0.5, 0.7}, 0.95), 0.0, 2));
  CHECK(is_point(wilson_interval(0, 0, 0.95), 0.0, 0));
  CHECK(is_point(matched_pairs_interval(0, 0, 0, 0.95), 0.0, 0));
  CHECK(is_point(crossed_interval({}, 0, 0, 0.95), 0.0, 0));
  CHECK(is_point(crossed_interval({}, 3, 0, 0.95), 0.0, 0));
  CHECK(is_point(crossed_interval(std::vector{2.0f}, 1, 1, 0.95), 2.0, 1));
  CHECK(is_point(crossed_interval(std::vector{2.0f, 2.0f, 2.0f, 2.0f}, 2, 2, 0.95), 2.0, 2));
}

TEST_CASE("Intervals of shares end exactly where shares do") {
  for (std::size_t rows = 1; rows < 500; ++rows) {
    CHECK(wilson_interval(0, rows, 0.95).lower == 0.0);
    CHECK(wilson_interval(rows, rows, 0.95).upper == 1.0);
  }
  CHECK(matched_pairs_interval(2, 0, 2, 0.95).upper == 1.0);
  CHECK(matched_pairs_interval(0, 2, 2, 0.95).lower == -1.0);
}

TEST_CASE("The paired p-value of degenerate differences is 1 or 0") {
  CHECK(paired_t_p_value({}, {}) == 1.0);
  CHECK(paired_t_p_value(std::vector{1.0}, std::vector{2.0}) == 1.0);
  CHECK(paired_t_p_value(std::vector{1.0, 2.0}, std::vector{1.0, 2.0}) == 1.0);
  CHECK(paired_t_p_value(std::vector{1.0, 2.0, 3.0}, std::vector{0.5, 1.5, 2.5}) == 0.0);
}

TEST_CASE("Statistics refuse what they cannot use") {
  const std::vector<double> two{1.0, 2.0}, three{1.0, 2.0, 3.0}, endless{1.0, std::nan("")}, huge{1e300, -1e300};
  for (const double confidence : {0.0, 1.0, -0.5, 95.0, std::nan("")})
    CHECK(code_of([&] { t_interval(two, confidence); }) == ErrorCode::invalid_option);
  CHECK(code_of([&] { paired_t_interval(two, three, 0.95); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { paired_t_p_value(two, three); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { t_interval(endless, 0.95); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { t_interval(std::vector{HUGE_VAL}, 0.95); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { t_interval(huge, 0.95); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { ratio_of_means(two, three, 0.95); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { ratio_of_means(two, two, 1.0); }) == ErrorCode::invalid_option);
  CHECK(code_of([&] { ratio_of_means(endless, two, 0.95); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { ratio_of_means(two, endless, 0.95); }) == ErrorCode::invalid_data);
  const std::vector<double> vast{1e300, 1e300}, tiny{1e-100, 1e-100};
  CHECK(code_of([&] { ratio_of_means(vast, tiny, 0.95); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { wilson_interval(4, 3, 0.95); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { matched_pairs_interval(2, 2, 3, 0.95); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { matched_pairs_interval(1, ~std::size_t{0}, 3, 0.95); }) == ErrorCode::invalid_data);
  const std::vector<float> six(6);
  CHECK(code_of([&] { crossed_interval(six, 4, 2, 0.95); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { crossed_interval(six, 0, 2, 0.95); }) == ErrorCode::shape_mismatch);
}

TEST_CASE("A 90% t interval covers the true mean about 90% of the time") {
  const Random random(5, Stream::generator);
  int covered = 0;
  constexpr int trials = 2000;
  for (std::uint32_t trial = 0; trial < trials; ++trial) {
    std::vector<double> values;
    for (std::uint32_t i = 0; i < 3; ++i) {
      const auto pair = random.normal(trial, i);
      values.insert(values.end(), pair.begin(), pair.end());
    }
    const Interval interval = t_interval(values, 0.9);
    covered += interval.lower <= 0.0 && 0.0 <= interval.upper;
  }
  CHECK(std::abs(covered - 1800) < 54);  // four standard errors: sqrt(2000 · 0.9 · 0.1) = 13.4
}

TEST_CASE("The jackknife of a mean is its t interval, and of one value the estimate alone") {
  const std::vector<double> values{1, 4, 2, 8, 5};
  std::vector<double> without;
  for (const double value : values) without.push_back((20 - value) / 4);
  const Interval mean = t_interval(values, 0.9), jackknife = jackknife_interval(4, without, 0.9);
  CHECK(std::fabs(jackknife.lower - mean.lower) < 1e-12);
  CHECK(std::fabs(jackknife.upper - mean.upper) < 1e-12);
  CHECK((jackknife.estimate == 4 && jackknife.count == 5));
  for (const std::vector<double>& little : {std::vector<double>{3}, std::vector<double>{1, std::numeric_limits<double>::infinity()}}) {
    const Interval alone = jackknife_interval(2, little, 0.9);
    CHECK((alone.estimate == 2 && alone.lower == 2 && alone.upper == 2 && alone.count == little.size()));
  }
}
