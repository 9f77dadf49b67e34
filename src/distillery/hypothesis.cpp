#include "distillery/hypothesis.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "distillery/error.hpp"
#include "distillery/math.hpp"
#include "distillery/statistics.hpp"

namespace distillery {

namespace {

constexpr double log_two = 0.69314718055994530942;
constexpr double half_log_two_pi = 0.91893853320467274178;
constexpr double root_half_over_pi = 0.39894228040143267794;  // 1/√(2π)

/// What Stirling's formula leaves of ln n!, for n ≥ 1.
double factorial_rest(double n) noexcept {
  if (n >= 12.0) return math::stirling_rest(n);
  return math::log_gamma(n + 1.0) - ((n + 0.5) * math::log(n) - n + half_log_two_pi);
}

/// P(X = k) for X ~ Binomial(n, 1/2), k ≤ n/2, n ≥ 1, in Loader's form (2000): the large parts of the factorials cancel
/// before they are rounded.
double fair_binomial(double k, double n) noexcept {
  if (k == 0.0) return math::exp(-n * log_two);
  const double rest = n - k, d = (rest - k) / n;
  const double deviance = 0.5 * n * ((1.0 - d) * math::log1p(-d) + (1.0 + d) * math::log1p(d));
  const double stirling = factorial_rest(n) - factorial_rest(k) - factorial_rest(rest);
  return math::exp(stirling - deviance) * root_half_over_pi * math::sqrt(n / k / rest);
}

/// P(X ≤ k), from the largest term down.
double fair_binomial_tail(double k, double n) noexcept {
  double term = fair_binomial(k, n), sum = term;
  for (; k > 0.0 && term > 1e-18 * sum; k -= 1.0) {
    term *= k / (n - k + 1.0);
    sum += term;
  }
  return sum;
}

/// The smaller rank sum of the two signs, and what its distribution depends on.
struct SignedRanks {
  std::size_t count = 0;
  double smaller = 0;  ///< twice that rank sum: half ranks become whole
  double ties = 0;     ///< Σ (t³ − t) over groups of t equal sizes
};

SignedRanks signed_ranks(std::span<const double> a, std::span<const double> b) {
  std::vector<std::pair<double, bool>> sizes;  // |difference|, a is larger
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = a[i] - b[i];
    if (!std::isfinite(difference))
      fail(ErrorCode::invalid_data, {"The difference of pair ", i + 1, " is not finite."});
    if (difference != 0.0) sizes.emplace_back(std::fabs(difference), difference > 0.0);
  }
  std::sort(sizes.begin(), sizes.end());
  SignedRanks ranks{sizes.size(), 0.0, 0.0};
  double sums[2] = {0.0, 0.0};
  for (std::size_t first = 0, next = 0; first < sizes.size(); first = next) {
    while (next < sizes.size() && sizes[next].first == sizes[first].first) ++next;
    const auto rank = static_cast<double>(first + next + 1), t = static_cast<double>(next - first);
    for (std::size_t i = first; i < next; ++i) sums[sizes[i].second] += rank;
    ranks.ties += t * t * t - t;
  }
  ranks.smaller = std::min(sums[0], sums[1]);
  return ranks;
}

/// P(rank sum ≤ bound) where every rank 1 … count has either sign by the toss of a coin.
double rank_sum_tail(std::size_t count, std::size_t bound) {
  std::vector<double> shares(bound + 1, 0.0);
  shares[0] = 1.0;
  for (std::size_t rank = 1; rank <= count; ++rank) {
    for (std::size_t sum = bound + 1; sum-- > 0;)
      shares[sum] = 0.5 * (shares[sum] + (sum >= rank ? shares[sum - rank] : 0.0));
  }
  double tail = 0.0;
  for (const double share : shares) tail += share;
  return tail;
}

}  // namespace

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  return guarded([&] {
    std::vector<std::pair<double, std::size_t>> sorted;
    for (const double p : p_values) {
      if (!(p >= 0.0 && p <= 1.0))
        fail(ErrorCode::invalid_data, {"p-value ", sorted.size() + 1, " of the family is ", p, ", outside 0 to 1."});
      sorted.emplace_back(p, sorted.size());
    }
    std::sort(sorted.begin(), sorted.end());
    std::vector<double> adjusted(sorted.size());
    double so_far = 0.0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      so_far = std::max(so_far, std::min(1.0, static_cast<double>(sorted.size() - i) * sorted[i].first));
      adjusted[sorted[i].second] = so_far;
    }
    return adjusted;
  });
}

double wilcoxon_p_value(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size())
    fail(ErrorCode::shape_mismatch, {"Paired values must be as many: ", a.size(), " and ", b.size(), " do not pair."});
  return guarded([&] {
    const SignedRanks ranks = signed_ranks(a, b);
    if (ranks.count == 0) return 1.0;
    if (ranks.count <= 50 && ranks.ties == 0.0)
      return std::min(1.0, 2.0 * rank_sum_tail(ranks.count, static_cast<std::size_t>(0.5 * ranks.smaller)));
    const auto n = static_cast<double>(ranks.count);
    const double mean = 0.25 * n * (n + 1.0);
    const double variance = (n * (n + 1.0) * (2.0 * n + 1.0) - 0.5 * ranks.ties) / 24.0;
    return 2.0 * normal_cdf((0.5 * ranks.smaller - mean) / math::sqrt(variance));
  });
}

double mcnemar_p_value(std::size_t a_only, std::size_t b_only) {
  const double a = static_cast<double>(a_only), b = static_cast<double>(b_only);
  if (a + b > 1e12) fail(ErrorCode::invalid_data, "More rows differ than a table can hold.");
  if (a + b == 0.0) return 1.0;
  return std::min(1.0, 2.0 * fair_binomial_tail(std::min(a, b), a + b));
}

}  // namespace distillery
