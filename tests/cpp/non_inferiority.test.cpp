#include "distillery/non_inferiority.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include "distillery/comparison.hpp"
#include "support.hpp"
#include "oracle.hpp"

using namespace distillery;
using support::code_of;

namespace {

/// Exact chance that `event(a_only, b_only)` happens on `rows` rows with these shares: every likely outcome weighed.
template <class Event>
double chance(std::size_t rows, double a_share, double b_share, Event&& event) {
  const auto n = static_cast<double>(rows);
  const auto most = [n](double share) {
    return static_cast<std::size_t>(std::min(n, n * share + 7 * std::sqrt(n * share) + 12));
  };
  double sum = 0;
  for (std::size_t a = 0; a <= (a_share > 0 ? most(a_share) : 0); ++a) {
    for (std::size_t b = 0; b <= most(b_share) && a + b <= rows; ++b) {
      if (!event(a, b)) continue;
      const auto x = static_cast<double>(a), y = static_cast<double>(b), rest = n - x - y;
      const double log_share = std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(y + 1) - std::lgamma(rest + 1) +
                               (a ? x * std::log(a_share) : 0) + (b ? y * std::log(b_share) : 0) +
                               rest * std::log1p(-a_share - b_share);
      sum += std::exp(log_share);
    }
  }
  return sum;
}

}  // namespace

// The oracle finds the restricted maximum of the likelihood by root search, we by formula.
TEST_CASE("Tango's test and interval agree with a maximisation of the likelihood by scipy") {
  for_each_oracle_line("non_inferiority", [](OracleLine& line) {
    const std::size_t a_only = line.count(), b_only = line.count(), rows = line.count();
    const double margin = line.number();
    CHECK(is_close(non_inferiority_p_value(a_only, b_only, rows, margin), line.number(), 1e-10));
  });
  for_each_oracle_line("score_interval", [](OracleLine& line) {
    const std::size_t a_only = line.count(), b_only = line.count(), rows = line.count();
    const Interval interval = matched_pairs_score_interval(a_only, b_only, rows, line.number());
    CHECK(interval.count == rows);
    CHECK(is_close(interval.estimate, line.number(), 1e-15));
    CHECK(is_close(interval.lower, line.number(), 1e-10, 1e-13));
    CHECK(is_close(interval.upper, line.number(), 1e-10, 1e-13));
  });
  for_each_oracle_line("rows_for_margin", [](OracleLine& line) {
    const double margin = line.number(), discordant = line.number(), confidence = line.number(), power = line.number();
    CHECK(rows_for_margin(margin, discordant, confidence, power) == static_cast<std::uint64_t>(line.number()));
  });
}

TEST_CASE("The test rejects exactly where the score interval lies above the margin") {
  for (std::size_t a_only = 0; a_only <= 12; ++a_only) {
    for (std::size_t b_only = 0; b_only <= 12; ++b_only) {
      const Interval interval = matched_pairs_score_interval(a_only, b_only, 60, 0.9);
      CHECK((interval.lower < interval.estimate && interval.estimate < interval.upper));
      for (const double margin : {0.001, 0.02, 0.05, 0.1, 0.3, 0.9}) {
        INFO(a_only << " " << b_only << " " << margin);
        CHECK((non_inferiority_p_value(a_only, b_only, 60, margin) < 0.05) == (interval.lower > -margin));
      }
      const Interval mirrored = matched_pairs_score_interval(b_only, a_only, 60, 0.9);
      CHECK((mirrored.lower == -interval.upper && mirrored.upper == -interval.lower));
    }
  }
}

TEST_CASE("The score interval ends where shares do, and without rows there is none") {
  CHECK(matched_pairs_score_interval(4, 0, 4, 0.95).upper == 1.0);
  CHECK(matched_pairs_score_interval(0, 4, 4, 0.95).lower == -1.0);
  // Without discordant rows, by hand: n m / (1 − m) = z², so m = z² / (n + z²).
  const double square = 1.959963984540054 * 1.959963984540054;
  CHECK(is_close(matched_pairs_score_interval(0, 0, 100, 0.95).lower, -square / (100 + square), 1e-13));
  CHECK(matched_pairs_score_interval(0, 0, 0, 0.95).count == 0);
  CHECK(non_inferiority_p_value(0, 0, 0, 0.01) == 1.0);
  CHECK(non_inferiority_p_value(0, 9, 9, 0.01) > 0.99);
}

// The reason for Tango's test: where a is worse by exactly the margin, it calls a non-inferior at most about as often
// as it says, however few rows differ. No sampling: the chances are exact.
TEST_CASE("A model worse by the margin passes in at most 6% of cases at 5%; by the adjusted Wald interval, in 13%") {
  double worst = 0, worst_wald = 0;
  for (const std::size_t rows : {50u, 200u, 500u}) {
    for (const double margin : {0.01, 0.03, 0.05}) {
      for (const double factor : {1.0, 1.2, 1.5, 2.0, 4.0}) {
        const double discordant = factor * margin;
        const double a_share = 0.5 * (discordant - margin), b_share = 0.5 * (discordant + margin);
        const double size = chance(rows, a_share, b_share, [&](std::size_t a, std::size_t b) {
          return non_inferiority_p_value(a, b, rows, margin) < 0.05;
        });
        worst = std::max(worst, size);
        if (factor > 1.0) continue;  // the Wald interval is at its worst where a is never the only one right
        worst_wald = std::max(worst_wald, chance(rows, a_share, b_share, [&](std::size_t a, std::size_t b) {
          return matched_pairs_interval(a, b, rows, 0.9).lower > -margin;
        }));
      }
    }
  }
  INFO(worst << " " << worst_wald);
  CHECK(worst < 0.06);
  CHECK(worst > 0.04);  // and no less often: the test is not merely timid
  CHECK(worst_wald > 0.13);
}

TEST_CASE("As many rows as a margin needs show an equal model non-inferior about as often as asked") {
  for (const double discordant : {0.01, 0.02, 0.05}) {
    for (const double margin : {0.01, 0.02, 0.05}) {
      const auto rows = static_cast<std::size_t>(rows_for_margin(margin, discordant, 0.95, 0.8));
      const double power = chance(rows, 0.5 * discordant, 0.5 * discordant, [&](std::size_t a, std::size_t b) {
        return non_inferiority_p_value(a, b, rows, margin) < 0.05;
      });
      INFO(rows << " rows: " << power);
      CHECK((power > 0.74 && power < 0.87));  // whole rows make it jump where a handful of them differ
    }
  }
}

TEST_CASE("The margin that rows support undoes the rows that a margin needs") {
  for (const double discordant : {0.0, 0.001, 0.02, 0.3, 1.0}) {
    double previous = 1.0;
    for (const std::size_t rows : {10u, 100u, 1000u, 4000u, 100000u}) {
      const double margin = supported_margin(rows, discordant, 0.975, 0.8);
      INFO(discordant << " " << rows << ": " << margin);
      CHECK(margin < previous);
      CHECK(rows_for_margin(margin * (1 + 1e-9), discordant, 0.975, 0.8) <= rows);
      CHECK(rows_for_margin(margin * (1 - 1e-9), discordant, 0.975, 0.8) >= rows);
      previous = margin;
    }
  }
  CHECK(supported_margin(0, 0.1, 0.975, 0.8) == 1.0);
  // As the margin shrinks, the variance is the discordant share's: ((z_0.975 + z_0.8) / margin)².
  CHECK(is_close(static_cast<double>(rows_for_margin(1e-6, 1.0, 0.975, 0.8)), 7.848879734e12, 1e-9));
}

TEST_CASE("Non-inferiority refuses what it cannot use") {
  CHECK(code_of([] { matched_pairs_score_interval(2, 2, 3, 0.95); }) == ErrorCode::invalid_data);
  CHECK(code_of([] { matched_pairs_score_interval(1, ~std::size_t{0}, 3, 0.95); }) == ErrorCode::invalid_data);
  CHECK(code_of([] { matched_pairs_score_interval(1, 1, 3, 1.0); }) == ErrorCode::invalid_option);
  for (const double margin : {0.0, 1.0, -0.01, std::nan("")}) {
    CHECK(code_of([&] { non_inferiority_p_value(1, 1, 3, margin); }) == ErrorCode::invalid_option);
    CHECK(code_of([&] { rows_for_margin(margin, 0.1, 0.95, 0.8); }) == ErrorCode::invalid_option);
  }
  CHECK(code_of([] { rows_for_margin(1e-7, 0.1, 0.95, 0.8); }) == ErrorCode::invalid_option);
  for (const double share : {-0.1, 1.1, std::nan("")})
    CHECK(code_of([&] { supported_margin(100, share, 0.95, 0.8); }) == ErrorCode::invalid_option);
  for (const double probability : {0.4, 1.0, std::nan("")}) {
    CHECK(code_of([&] { supported_margin(100, 0.1, probability, 0.8); }) == ErrorCode::invalid_option);
    CHECK(code_of([&] { supported_margin(100, 0.1, 0.95, probability); }) == ErrorCode::invalid_option);
  }
}

TEST_CASE("Of a published run, student and baseline differ by 7 of 1,000 rows: nothing, where more than 9 are discordant") {
  // Shared rows are right for both; only how many tell the two apart is not published.
  const auto compared = [](std::int32_t discordant) {
    std::vector<std::int32_t> labels(1000, 0), student(1000, 0), baseline(1000, 0);
    const std::int32_t student_only = (discordant + 7) / 2;
    for (std::int32_t row = 0; row < discordant; ++row) (row < student_only ? baseline : student)[static_cast<std::size_t>(row)] = 1;
    return compare_predictions(student, baseline, labels, 0.95);
  };
  for (std::int32_t discordant = 7; discordant <= 61; discordant += 2) {
    const PredictionComparison found = compared(discordant);
    CHECK(found.a_only - found.b_only == 7);
    CHECK(found.a_only + found.b_only == static_cast<std::uint32_t>(discordant));
    CHECK(std::fabs(found.difference.estimate - 0.007) < 1e-12);
    CHECK((found.p >= 0.05) == (discordant > 9));
  }
}

TEST_CASE("Predictions are counted row by row, and what cannot be compared is refused") {
  const std::vector<std::int32_t> labels{0, 1, 2, 1, 0}, a{0, 1, 2, 0, 0}, b{0, 2, 2, 0, 1}, few{0};
  const PredictionComparison found = compare_predictions(a, b, labels, 0.95);
  CHECK(found.rows == 5);
  CHECK(found.a_right == 4);
  CHECK(found.b_right == 2);
  CHECK(found.a_only == 2);
  CHECK(found.b_only == 0);
  CHECK(code_of([&] { compare_predictions(a, few, labels, 0.95); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { compare_predictions({}, {}, {}, 0.95); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { compare_predictions(a, b, labels, 1); }) == ErrorCode::invalid_option);
}
