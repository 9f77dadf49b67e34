#include "distillery/statistics.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "distillery/error.hpp"
#include "distillery/math.hpp"

namespace distillery {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double root_half = 0.70710678118654752440;
// From here on t differs from the normal distribution by less than a double shows, even far out in the tail.
constexpr double normal_degrees = 1e17;

/// ln B(a, 1/2), with an absolute error of a few epsilon for every a: where ln Γ gets large, the two of them are
/// subtracted term by term instead.
double log_beta_half(double a) noexcept {
  constexpr double log_root_pi = 0.57236494292470008707;
  if (a < 12.0) return math::log_gamma(a) + log_root_pi - math::log_gamma(a + 0.5);
  const double ratio = a * math::log1p(0.5 / a) - 0.5 + math::stirling_rest(a + 0.5) - math::stirling_rest(a);
  return log_root_pi - 0.5 * math::log(a) - ratio;
}

/// 1/(1 + term(1)/(1 + term(2)/(1 + …))) by Lentz's method.
template <class Term>
double continued_fraction(Term&& term) noexcept {
  // A denominator of 0 becomes a tiny one.
  const auto guard = [](double value) { return std::fabs(value) < 1e-300 ? 1e-300 : value; };
  double c = 1.0, d = 0.0, fraction = 1.0;
  for (int n = 1; n < 100000; ++n) {
    const double value = term(n);
    d = 1.0 / guard(1.0 + value * d);
    c = guard(1.0 + value / c);
    const double change = c * d;
    fraction *= change;
    if (std::fabs(change - 1.0) < epsilon) break;
  }
  return 1.0 / fraction;
}

/// I_y(1/2, a) · B(1/2, a) / (2 √y (1 − y)^a): DLMF 8.17.22. Converges fast while y < 3/(2a + 5).
double inside_fraction(double a, double y) noexcept {
  return continued_fraction([a, y](int n) {
    const double m = n / 2, at = 0.5 + n;  // whole division
    return n % 2 ? -(0.5 + m) / (at - 1.0) * ((a + 0.5 + m) / at) * y : m / (at - 1.0) * ((a - m) / at) * y;
  });
}

/// I_x(a, 1/2) · a B(a, 1/2) √(1 − x) / x^a at x/(1 − x) = w: Gauss's fraction for F(1/2, 1; a + 1; −w) (DLMF 15.7.5).
/// All its terms are positive and it needs only the ratio w, so nothing cancels where x is close to 1. For large a it
/// becomes Laplace's fraction for the normal tail.
double outside_fraction(double a, double w) noexcept {
  return continued_fraction([a, w](int n) {
    const double m = n / 2, at = a + n;  // whole division
    return n % 2 ? (0.5 + m) / at * ((a + m) / (at - 1.0)) * w : m / at * ((a - 0.5 + m) / (at - 1.0)) * w;
  });
}

/// Probabilities of |T|, each without cancellation where it is small.
struct TwoSided {
  double inside, outside;  ///< P(|T| < t), P(|T| > t)
};

TwoSided student_t_two_sided(double t, double degrees) noexcept {
  t = std::fabs(t);
  if (t == 0.0) return {0.0, 1.0};
  if (degrees > normal_degrees) return {math::erf(t * root_half), math::erfc(t * root_half)};
  if (t > 1e150) {  // t² would overflow; by then the tail is its leading term
    const double a = 0.5 * degrees;
    const double outside =
        math::exp(degrees * (0.5 * math::log(degrees) - math::log(t)) - math::log(a) - log_beta_half(a));
    return {1.0 - outside, outside};
  }
  // P(|T| > t) = I_x(ν/2, 1/2) with x = ν / (ν + t²), and P(|T| < t) = I_y(1/2, ν/2) with y = 1 − x.
  const double a = 0.5 * degrees, square = t * t;
  const double log_x = -math::log1p(square / degrees);
  const double log_y = square < degrees ? math::log(square / (degrees + square)) : -math::log1p(degrees / square);
  const double log_beta = log_beta_half(a);
  const double y = square / (degrees + square);
  if (y < 1.5 / (a + 2.5)) {
    const double factor = 2.0 * math::exp(a * log_x + 0.5 * log_y - log_beta);
    const double inside = std::min(1.0, factor * inside_fraction(a, y));
    return {inside, 1.0 - inside};
  }
  const double factor = math::exp(a * log_x - 0.5 * log_y - log_beta) / a;
  const double outside = std::min(1.0, factor * outside_fraction(a, degrees / square));
  return {1.0 - outside, outside};
}

double student_t_log_density(double t, double degrees) noexcept {
  const double a = 0.5 * degrees;
  if (degrees > normal_degrees) return -0.5 * t * t - 0.91893853320467274178;
  return -0.5 * math::log(degrees) - log_beta_half(a) - (a + 0.5) * math::log1p(t * t / degrees);
}

/// The t >= 0 with P(T > t) = tail and P(0 < T < t) = centre, where tail + centre = 1/2. Newton's method within a
/// bracket that shrinks with every step. Near the middle it works on probabilities; in the tail on logarithms of both,
/// where even heavy tails are nearly straight.
template <class Probabilities, class LogDensity>
double solve_upper(double tail, double centre, Probabilities&& two_sided, LogDensity&& log_density) noexcept {
  if (centre <= 0.0) return 0.0;
  const bool middle = centre < 0.25;
  double low = 0.0, high = 1.0;
  while (high < 1e300 && 0.5 * two_sided(high).outside > tail) {
    low = high;
    high *= high < 64.0 ? 2.0 : high < 1e10 ? 16.0 : 1e10;
  }
  double t = low > 0.0 ? math::sqrt(low) * math::sqrt(high) : 0.5 * high;
  for (int step = 0; step < 200; ++step) {
    const TwoSided at = two_sided(t);
    const double density = math::exp(log_density(t));
    const double error = middle ? 0.5 * at.inside - centre : tail - 0.5 * at.outside;  // > 0: t is too large
    if (error == 0.0) return t;
    (error > 0.0 ? high : low) = t;
    double next = nan;
    if (middle) {
      next = t - error / density;
    } else if (at.outside > 0.0 && density > 0.0) {
      const double share = 0.5 * at.outside;
      next = t * math::exp((math::log(share) - math::log(tail)) * share / (density * t));
    }
    if (!(next > low && next < high))
      next = low > 0.0 && high > 4.0 * low ? math::sqrt(low) * math::sqrt(high) : 0.5 * (low + high);
    if (std::fabs(next - t) <= 2.0 * epsilon * t || next == low || next == high) return next;
    t = next;
  }
  return t;
}

/// From P(T > t) = tail <= 1/2, signs and symmetry aside.
double student_t_upper(double tail, double degrees) noexcept {
  return solve_upper(
      tail, 0.5 - tail, [degrees](double t) { return student_t_two_sided(t, degrees); },
      [degrees](double t) { return student_t_log_density(t, degrees); });
}
double normal_upper(double tail) noexcept { return student_t_upper(tail, 2.0 * normal_degrees); }

void check_confidence(double confidence) {
  if (!(confidence > 0.0 && confidence < 1.0))
    fail(ErrorCode::invalid_option, "A confidence must lie between 0 and 1, such as 0.95.");
}

void check_finite(double value) {
  if (!std::isfinite(value)) fail(ErrorCode::invalid_data, "A value is not finite, or too large to average.");
}

std::uint32_t count_of(std::size_t values) noexcept {
  return static_cast<std::uint32_t>(std::min<std::size_t>(values, std::numeric_limits<std::uint32_t>::max()));
}

struct Moments {
  double mean = 0.0;
  double variance = 0.0;  ///< of one value, with n − 1; 0 exactly where all values are equal
  bool constant = true;
};

Moments moments(std::span<const double> values) {
  Moments result;
  if (values.empty()) return result;
  for (const double value : values) {
    result.mean += value;
    result.constant = result.constant && value == values.front();
    check_finite(value);
  }
  if (result.constant) {
    result.mean = values.front();  // the mean of equal values may round to another one
    return result;
  }
  result.mean /= static_cast<double>(values.size());
  for (const double value : values) result.variance += (value - result.mean) * (value - result.mean);
  result.variance /= static_cast<double>(values.size() - 1);
  check_finite(result.mean);
  check_finite(result.variance);
  return result;
}

Interval around(double estimate, double deviation, double degrees, double confidence, std::size_t count) {
  const double margin = deviation > 0.0 ? student_t_upper(0.5 * (1.0 - confidence), degrees) * deviation : 0.0;
  check_finite(margin);
  return {estimate, estimate - margin, estimate + margin, count_of(count)};
}

void check_pairs(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size())
    fail(ErrorCode::shape_mismatch, {"Paired values must be as many: ", a.size(), " and ", b.size(), " do not pair."});
}

std::vector<double> differences(std::span<const double> a, std::span<const double> b) {
  check_pairs(a, b);
  std::vector<double> result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = a[i] - b[i];
  return result;
}

Interval t_interval_of(std::span<const double> values, double confidence) {
  const Moments found = moments(values);
  const auto n = static_cast<double>(values.size());
  return around(found.mean, found.constant ? 0.0 : math::sqrt(found.variance / n), n - 1.0, confidence, values.size());
}

}  // namespace

double student_t_cdf(double t, double degrees) noexcept {
  if (!(degrees > 0.0) || t != t) return nan;
  const double outside = 0.5 * student_t_two_sided(t, degrees).outside;
  return t > 0.0 ? 1.0 - outside : outside;
}

double student_t_quantile(double probability, double degrees) noexcept {
  if (!(degrees > 0.0) || !(probability > 0.0 && probability < 1.0)) return nan;
  if (probability < 0.5) return -student_t_upper(probability, degrees);
  return student_t_upper(1.0 - probability, degrees);
}

double normal_cdf(double x) noexcept { return 0.5 * math::erfc(-x * root_half); }

double normal_quantile(double probability) noexcept {
  if (!(probability > 0.0 && probability < 1.0)) return nan;
  if (probability < 0.5) return -normal_upper(probability);
  return normal_upper(1.0 - probability);
}

Interval t_interval(std::span<const double> values, double confidence) {
  check_confidence(confidence);
  return t_interval_of(values, confidence);
}

Interval paired_t_interval(std::span<const double> a, std::span<const double> b, double confidence) {
  check_confidence(confidence);
  return guarded([&] { return t_interval_of(differences(a, b), confidence); });
}

double paired_t_p_value(std::span<const double> a, std::span<const double> b) {
  return guarded([&] {
    const std::vector<double> pairs = differences(a, b);
    const Moments found = moments(pairs);
    if (pairs.size() < 2) return 1.0;
    if (found.constant) return found.mean == 0.0 ? 1.0 : 0.0;
    const auto n = static_cast<double>(pairs.size());
    const double deviation = math::sqrt(found.variance / n);
    if (!(deviation > 0.0)) return found.mean == 0.0 ? 1.0 : 0.0;  // differences too small to be squared
    return student_t_two_sided(found.mean / deviation, n - 1.0).outside;
  });
}

Interval jackknife_interval(double estimate, std::span<const double> without, double confidence) {
  return guarded([&]() -> Interval {
    const auto count = static_cast<double>(without.size());
    std::vector<double> pseudo;
    for (const double left_out : without) pseudo.push_back(count * estimate - (count - 1) * left_out);
    const Interval alone{estimate, estimate, estimate, static_cast<std::uint32_t>(without.size())};
    if (pseudo.size() < 2 || !std::ranges::all_of(pseudo, [](double value) { return std::isfinite(value); })) return alone;
    const Interval spread = t_interval(pseudo, confidence);
    return {estimate, estimate - (spread.estimate - spread.lower), estimate + (spread.upper - spread.estimate), alone.count};
  });
}

std::optional<Interval> ratio_of_means(std::span<const double> numerators, std::span<const double> denominators,
                                       double confidence) {
  check_confidence(confidence);
  return guarded([&]() -> std::optional<Interval> {
    check_pairs(numerators, denominators);
    const Moments above = moments(numerators), below = moments(denominators);
    if (numerators.size() < 2) return std::nullopt;
    const auto n = static_cast<double>(numerators.size());
    const double t = student_t_upper(0.5 * (1.0 - confidence), n - 1.0), per_variance = t * t / n;
    const double leading = below.mean * below.mean - per_variance * below.variance;
    if (!(leading > 0.0)) return std::nullopt;
    const double ratio = above.mean / below.mean;
    check_finite(ratio);
    // In the distance from the ratio, by the residuals, Fieller's quadratic loses no digits.
    std::vector<double> residuals(numerators.size());
    for (std::size_t i = 0; i < residuals.size(); ++i) residuals[i] = numerators[i] - ratio * denominators[i];
    const Moments rest = moments(residuals);
    double covariance = 0.0;
    for (std::size_t i = 0; i < residuals.size(); ++i)
      covariance += (residuals[i] - rest.mean) * (denominators[i] - below.mean);
    covariance *= per_variance / (n - 1.0);
    const double half_width = math::sqrt(covariance * covariance + per_variance * rest.variance * leading);
    const double lower = ratio - (half_width + covariance) / leading;
    const double upper = ratio + (half_width - covariance) / leading;
    check_finite(lower);
    check_finite(upper);
    return Interval{ratio, lower, upper, count_of(numerators.size())};
  });
}

Interval wilson_interval(std::size_t successes, std::size_t rows, double confidence) {
  check_confidence(confidence);
  if (successes > rows) fail(ErrorCode::invalid_data, {successes, " successes cannot come from ", rows, " rows."});
  if (rows == 0) return {};
  const auto n = static_cast<double>(rows), k = static_cast<double>(successes);
  const double share = k / n;
  const double z = normal_upper(0.5 * (1.0 - confidence)), square = z * z;
  const double centre = (k + 0.5 * square) / (n + square);
  const double margin = z / (n + square) * math::sqrt(k * (1.0 - share) + 0.25 * square);
  return {share, successes == 0 ? 0.0 : std::max(0.0, centre - margin),
          successes == rows ? 1.0 : std::min(1.0, centre + margin), count_of(rows)};
}

Interval matched_pairs_interval(std::size_t a_only, std::size_t b_only, std::size_t rows, double confidence) {
  check_confidence(confidence);
  if (a_only > rows || b_only > rows - a_only) fail(ErrorCode::invalid_data, "More rows differ than there are.");
  if (rows == 0) return {};
  const auto n = static_cast<double>(rows);
  const double difference = static_cast<double>(a_only) - static_cast<double>(b_only);
  const double adjusted = n + 2.0;
  const double discordant = static_cast<double>(a_only) + static_cast<double>(b_only) + 1.0;
  const double centre = difference / adjusted;
  const double deviation = math::sqrt(discordant - difference * difference / adjusted) / adjusted;
  const double margin = normal_upper(0.5 * (1.0 - confidence)) * deviation;
  return {difference / n, std::max(-1.0, centre - margin), std::min(1.0, centre + margin), count_of(rows)};
}

Interval crossed_interval(std::span<const float> values, std::size_t seeds, std::size_t rows, double confidence) {
  check_confidence(confidence);
  if (seeds > 0 ? values.size() / seeds != rows || values.size() % seeds != 0 : !values.empty())
    fail(ErrorCode::shape_mismatch, "The table is not seeds × rows.");
  if (values.empty()) return {};
  return guarded([&] {
    std::vector<double> seed_mean(seeds, 0.0), row_mean(rows, 0.0);
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      for (std::size_t row = 0; row < rows; ++row) {
        const auto value = static_cast<double>(values[seed * rows + row]);
        seed_mean[seed] += value;
        row_mean[row] += value;
      }
    }
    for (double& value : seed_mean) value /= static_cast<double>(rows);
    for (double& value : row_mean) value /= static_cast<double>(seeds);
    const Moments by_seed = moments(seed_mean), by_row = moments(row_mean);
    const double seed_part = by_seed.variance / static_cast<double>(seeds);
    const double row_part = by_row.variance / static_cast<double>(rows);
    const double variance = seed_part + row_part;
    const std::size_t count = seeds > 1 ? seeds : rows;
    if (!(variance > 0.0)) return around(by_seed.mean, 0.0, 1.0, confidence, count);
    // Satterthwaite, on shares of the variance, so that nothing is squared out of range.
    const double seed_share = seed_part / variance, row_share = row_part / variance;
    double inverse_degrees = 0.0;
    if (seeds > 1) inverse_degrees += seed_share * seed_share / static_cast<double>(seeds - 1);
    if (rows > 1) inverse_degrees += row_share * row_share / static_cast<double>(rows - 1);
    return around(by_seed.mean, math::sqrt(variance), 1.0 / inverse_degrees, confidence, count);
  });
}

}  // namespace distillery
