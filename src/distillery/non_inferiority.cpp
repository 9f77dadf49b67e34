#include "distillery/non_inferiority.hpp"

#include <algorithm>
#include <limits>

#include "distillery/error.hpp"
#include "distillery/math.hpp"

namespace distillery {

namespace {

/// Shares of the rows where only one of the two models is right.
struct Discordant {
  double a_only, b_only;
};

/// Variance of one row's part of the difference where that is `difference`, with the likeliest share q of b only: the
/// larger root of 2q² − linear · q + constant.
double restricted_variance(Discordant shares, double difference) noexcept {
  const double spread = difference * (1.0 - difference);
  const double linear = shares.a_only + shares.b_only - (2.0 - shares.a_only + shares.b_only) * difference;
  const double constant = -shares.b_only * spread;
  const double q = 0.25 * (linear + math::sqrt(std::max(0.0, linear * linear - 8.0 * constant)));
  return std::max(0.0, 2.0 * q + spread);
}

/// The difference at which Tango's statistic, (a_only − b_only − difference) / √(variance / rows), falls to z > 0. It
/// falls as the difference grows.
double lower_bound(Discordant shares, double rows, double z) noexcept {
  double low = -1.0, high = shares.a_only - shares.b_only;
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (low + high);
    const double deviation = math::sqrt(restricted_variance(shares, middle) / rows);
    (shares.a_only - shares.b_only - middle > z * deviation ? low : high) = middle;
  }
  return low;
}

Discordant shares_of(std::size_t a_only, std::size_t b_only, std::size_t rows) {
  if (a_only > rows || b_only > rows - a_only) fail(ErrorCode::invalid_data, "More rows differ than there are.");
  if (rows == 0) return {0.0, 0.0};
  const auto n = static_cast<double>(rows);
  return {static_cast<double>(a_only) / n, static_cast<double>(b_only) / n};
}

/// What a design asks for: normal quantiles of confidence and power, discordant share.
struct Design {
  Design(double discordant_share, double confidence, double power) : discordant(discordant_share) {
    require_between(0, 1, discordant, "The share of discordant rows");
    for (const double probability : {confidence, power}) {
      if (!(probability >= 0.5 && probability < 1.0))
        fail(ErrorCode::invalid_option, "Confidence and power must lie between 0.5 and 1, such as 0.975 and 0.8.");
    }
    z_confidence = normal_quantile(confidence);
    z_power = normal_quantile(power);
  }
  double rows(double margin) const noexcept {
    const double variance = restricted_variance({0.5 * discordant, 0.5 * discordant}, -margin);
    const double root = (z_confidence * math::sqrt(variance) + z_power * math::sqrt(discordant)) / margin;
    return root * root;
  }

  double discordant, z_confidence, z_power;
};

}  // namespace

Interval matched_pairs_score_interval(std::size_t a_only, std::size_t b_only, std::size_t rows, double confidence) {
  if (!(confidence > 0.0 && confidence < 1.0))
    fail(ErrorCode::invalid_option, "A confidence must lie between 0 and 1, such as 0.95.");
  const Discordant shares = shares_of(a_only, b_only, rows);
  if (rows == 0) return {};
  const auto n = static_cast<double>(rows);
  const double z = -normal_quantile(0.5 * (1.0 - confidence));
  const std::size_t most = std::numeric_limits<std::uint32_t>::max();
  return {shares.a_only - shares.b_only, lower_bound(shares, n, z), -lower_bound({shares.b_only, shares.a_only}, n, z),
          static_cast<std::uint32_t>(std::min(rows, most))};
}

double non_inferiority_p_value(std::size_t a_only, std::size_t b_only, std::size_t rows, double margin) {
  if (!(margin > 0.0 && margin < 1.0))
    fail(ErrorCode::invalid_option, {"The margin is ", margin, "; it must lie between 0 and 1, such as 0.01."});
  const Discordant shares = shares_of(a_only, b_only, rows);
  if (rows == 0) return 1.0;
  const double deviation = math::sqrt(restricted_variance(shares, -margin) / static_cast<double>(rows));
  return normal_cdf(-(shares.a_only - shares.b_only + margin) / deviation);
}

std::uint64_t rows_for_margin(double margin, double discordant, double confidence, double power) {
  if (!(margin >= 1e-6 && margin < 1.0))
    fail(ErrorCode::invalid_option, {"The margin is ", margin, "; it must lie between 0.000001 and 1, such as 0.01."});
  const double rows = Design(discordant, confidence, power).rows(margin);
  const auto whole = static_cast<std::uint64_t>(rows);
  return static_cast<double>(whole) < rows ? whole + 1 : whole;
}

double supported_margin(std::size_t rows, double discordant, double confidence, double power) {
  const Design design(discordant, confidence, power);
  const auto n = static_cast<double>(rows);
  double low = 0.0, high = 1.0;  // larger margins need fewer rows
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (low + high);
    (design.rows(middle) <= n ? high : low) = middle;
  }
  return high;
}

}  // namespace distillery
