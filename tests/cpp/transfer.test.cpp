#include "distillery/transfer.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <numeric>

#include "support.hpp"

using namespace distillery;
using support::code_of;

namespace {

/// Three columns of random numbers, then one of 0 and 1.
Matrix table(int rows) {
  support::Numbers numbers(7);
  Matrix features(rows, 4);
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < 3; ++c) features(r, c) = static_cast<float>(numbers.bits() >> 40) * 0x1p-22f - 2.0f;
    features(r, 3) = static_cast<float>(numbers.bits() % 2);
  }
  return features;
}

std::vector<std::uint32_t> every_second(int rows) {
  std::vector<std::uint32_t> list;
  for (int r = 0; r < rows; r += 2) list.push_back(static_cast<std::uint32_t>(r));
  return list;
}

struct Made {
  Matrix features;
  std::vector<TransferOrigin> origins;
};

Made make(const Matrix& features, const std::vector<std::uint32_t>& rows, const TransferOptions& options, std::uint64_t seed = 1) {
  Made made{Matrix(static_cast<Eigen::Index>(transfer_count(options, rows.size())), features.cols()), {}};
  made.origins = make_transfer_rows(features, rows, options, seed,
                                    std::span(made.features.data(), static_cast<std::size_t>(made.features.size())));
  return made;
}

}  // namespace

TEST_CASE("Jitter moves columns by noise of the stated deviation and leaves discrete ones alone") {
  const Matrix features = table(2000);
  const auto rows = every_second(2000);
  const Made made = make(features, rows, {.method = TransferMethod::jitter, .copies = 3, .deviation = 0.25f});
  REQUIRE(made.features.rows() == 3000);
  REQUIRE(made.origins.size() == 3000);
  double sum = 0, squares = 0;
  for (Eigen::Index r = 0; r < 3000; ++r) {
    const TransferOrigin& origin = made.origins[static_cast<std::size_t>(r)];
    CHECK(origin.first == static_cast<std::uint32_t>(r % 1000));
    CHECK(origin.weight == 1.0f);
    const auto from = static_cast<Eigen::Index>(rows[origin.first]);
    CHECK(made.features(r, 3) == features(from, 3));
    for (int c = 0; c < 3; ++c) {
      const double moved = static_cast<double>(made.features(r, c) - features(from, c));
      sum += moved;
      squares += moved * moved;
    }
  }
  // 9,000 draws: the mean has a standard error of 0.0026, the mean square one of 1.5% of 1/16. Four of them.
  CHECK(std::fabs(sum / 9000) < 0.0106);
  CHECK(std::fabs(squares / 9000 - 0.0625) < 0.06 * 0.0625);
}

TEST_CASE("Mixup rows lie between two rows, by a weight from the beta distribution") {
  const Matrix features = table(4000);
  const auto rows = every_second(4000);
  for (const float alpha : {0.2f, 1.0f, 2.0f}) {
    const Made made = make(features, rows, {.method = TransferMethod::mixup, .copies = 2, .alpha = alpha});
    double sum = 0, squares = 0;
    std::vector<int> partners(rows.size());
    for (Eigen::Index r = 0; r < made.features.rows(); ++r) {
      const TransferOrigin& origin = made.origins[static_cast<std::size_t>(r)];
      REQUIRE(origin.second < rows.size());
      ++partners[origin.second];
      const double weight = static_cast<double>(origin.weight);
      sum += weight;
      squares += (weight - 0.5) * (weight - 0.5);
      for (int c = 0; c < 4; ++c) {
        const double a = static_cast<double>(features(static_cast<Eigen::Index>(rows[origin.first]), c));
        const double b = static_cast<double>(features(static_cast<Eigen::Index>(rows[origin.second]), c));
        // The weight is rounded to a float for the labels, the row is mixed with all its digits: 2^-24 of a span of 4.
        REQUIRE(std::fabs(static_cast<double>(made.features(r, c)) - (weight * a + (1 - weight) * b)) < 1e-6);
      }
    }
    // Beta(α, α): mean 1/2, variance 1 / (4 (2α + 1)) ≤ 1/4; over 4,000 draws 1/2 ± 0.0079, and four of those.
    const double variance = 0.25 / (2 * static_cast<double>(alpha) + 1);
    CHECK(std::fabs(sum / 4000 - 0.5) < 0.032);
    CHECK(std::fabs(squares / 4000 - variance) < 0.1 * variance);
    CHECK(std::ranges::count(partners, 0) < 400);  // of 2,000, each missed with a chance of e^-2 = 0.135: 271 ± 15
  }
}

TEST_CASE("Munge takes values of the nearest other row, with the stated probability and spread") {
  const Matrix features = table(600);
  const auto rows = every_second(600);
  const auto nearest = [&](std::uint32_t position) {
    std::uint32_t best = 0;
    float least = INFINITY;
    for (std::uint32_t other = 0; other < rows.size(); ++other) {
      const float distance = (features.row(static_cast<Eigen::Index>(rows[position])) -
                              features.row(static_cast<Eigen::Index>(rows[other]))).squaredNorm();
      if (other != position && distance < least) least = distance, best = other;
    }
    return static_cast<Eigen::Index>(rows[best]);
  };
  const Made all = make(features, rows, {.method = TransferMethod::munge, .swap = 1, .locality = 1000});
  const Made half = make(features, rows, {.method = TransferMethod::munge, .copies = 4, .swap = 0.5f, .locality = 2});
  int kept = 0;
  double spread = 0;
  std::size_t taken = 0;
  for (std::uint32_t position = 0; position < rows.size(); ++position) {
    const auto from = static_cast<Eigen::Index>(rows[position]), near = nearest(position), at = static_cast<Eigen::Index>(position);
    for (int c = 0; c < 3; ++c)  // a thousandth of the difference, seven deviations at most
      CHECK(std::fabs(all.features(at, c) - features(near, c)) <= 0.007f * std::fabs(features(from, c) - features(near, c)));
    CHECK(all.features(at, 3) == features(near, 3));
    for (Eigen::Index row = at; row < half.features.rows(); row += 300)
      for (int c = 0; c < 3; ++c) {
        if (half.features(row, c) == features(from, c)) {
          ++kept;
          continue;
        }
        const double share = static_cast<double>((half.features(row, c) - features(near, c)) /
                                                 std::fabs(features(from, c) - features(near, c)));
        spread += share * share;
        ++taken;
      }
  }
  CHECK(std::abs(kept - 1800) < 120);  // of 3,600: four deviations of 30
  // Normal with deviation 1/2: the mean square of about 1,800 has a standard error of 3.3% of 1/4.
  CHECK(std::fabs(spread / static_cast<double>(taken) - 0.25) < 0.14 * 0.25);
}

TEST_CASE("Transfer rows depend on the seed, and a copy on nothing but its number") {
  const Matrix features = table(3000);
  const auto rows = every_second(3000);
  for (const auto method : {TransferMethod::jitter, TransferMethod::mixup, TransferMethod::munge}) {
    const Made one = make(features, rows, {.method = method}), two = make(features, rows, {.method = method, .copies = 2});
    CHECK(two.features.topRows(1500) == one.features);
    CHECK(two.features.bottomRows(1500) != one.features);
    CHECK(make(features, rows, {.method = method}, 2).features != one.features);
    Matrix poisoned = features;  // rows that are not listed
    for (int r = 1; r < 3000; r += 2) poisoned.row(r).setConstant(99);
    CHECK(make(poisoned, rows, {.method = method}).features == one.features);
  }
  CHECK(make(features, rows, {}).features.rows() == 0);
}

TEST_CASE("Transfer rows of options, rows or room that do not exist are refused") {
  const Matrix features = table(10);
  const auto refused = [&](const TransferOptions& options) { return code_of([&] { make(features, {0, 1}, options); }); };
  CHECK(refused({.method = static_cast<TransferMethod>(4)}) == ErrorCode::invalid_option);
  CHECK(refused({.method = TransferMethod::jitter, .copies = 0}) == ErrorCode::invalid_option);
  CHECK(refused({.method = TransferMethod::jitter, .deviation = -0.1f}) == ErrorCode::invalid_option);
  CHECK(refused({.method = TransferMethod::mixup, .alpha = 0}) == ErrorCode::invalid_option);
  CHECK(refused({.method = TransferMethod::munge, .swap = 1.1f}) == ErrorCode::invalid_option);
  CHECK(refused({.method = TransferMethod::munge, .locality = NAN}) == ErrorCode::invalid_option);
  CHECK(code_of([&] { make(features, {0, 10}, {.method = TransferMethod::jitter}); }) == ErrorCode::shape_mismatch);
  std::vector<float> room(3);
  const std::vector<std::uint32_t> rows{0};
  CHECK(code_of([&] { make_transfer_rows(features, rows, {.method = TransferMethod::jitter}, 1, room); }) ==
        ErrorCode::shape_mismatch);
}
