#include "distillery/math.hpp"

#include <bit>
#include <cstdint>
#include <limits>

namespace distillery::math {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// ln 2 in two parts. The first ends in 20 zero bits, so its product with any binary exponent is exact.
constexpr double ln2_high = 0x1.62e42fef00000p-1;
constexpr double ln2_low = 0x1.473de6af278edp-34;

/// 2^k for -1022 <= k <= 1023.
double power_of_two(int k) noexcept { return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + k) << 52); }

/// c[0] + c[1] x + c[2] x² + …
template <std::size_t N>
double polynomial(const double (&c)[N], double x) noexcept {
  double sum = c[N - 1];
  for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + c[i];
  return sum;
}

/// sin(πu/2) and cos(πu/2) for |u| <= 1/2, by Taylor: the first term left out is below 1e-19.
double sin_quarter(double u) noexcept {
  constexpr double c[] = {-1.0 / 6,          1.0 / 120,         -1.0 / 5040,           1.0 / 362880,
                          -1.0 / 39916800.0, 1.0 / 6227020800.0, -1.0 / 1307674368000.0, 1.0 / 355687428096000.0};
  const double x = u * 0x1.921fb54442d18p+0;
  const double square = x * x;
  return x + x * square * polynomial(c, square);
}
double cos_quarter(double u) noexcept {
  constexpr double c[] = {1.0 / 24,          -1.0 / 720,          1.0 / 40320,           -1.0 / 3628800,
                          1.0 / 479001600.0, -1.0 / 87178291200.0, 1.0 / 20922789888000.0, -1.0 / 6402373705728000.0};
  const double x = u * 0x1.921fb54442d18p+0;
  const double square = x * x;
  return 1.0 - (0.5 * square - square * square * polynomial(c, square));
}

struct Quadrant {
  int number;  ///< 0 … 3
  double u;    ///< position in it, in quarter turns from its axis, |u| <= 1/2
};
Quadrant quadrant(double t) noexcept {
  const double quarters = 4.0 * t;
  const double nearest = std::floor(quarters + 0.5);
  return {static_cast<int>(nearest - 4.0 * std::floor(nearest * 0.25)), quarters - nearest};  // all exact
}

/// e^(-x²), with the rounding error of the square made good: x² = h² + (x - h)(x + h), where h² is exact.
double exp_of_minus_square(double x) noexcept {
  const double h = std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) & ~std::uint64_t{0x7FFFFFF});
  return exp(-h * h) * exp(-(x - h) * (x + h));
}

/// ln Γ(2 + z) for |z| <= 1/2: (1 - γ) z + Σ (-1)^k (ζ(k) - 1) z^k / k, from k = 2.
double log_gamma_near_two(double z) noexcept {
  constexpr double c[] = {0.3224670334241132,      -0.067352301053198102,   0.020580808427784546,
                          -0.0073855510286739857,  0.0028905103307415234,   -0.001192753911703261,
                          0.00050966952474304245,  -0.00022315475845357939, 9.9457512781808531e-05,
                          -4.4926236738133142e-05, 2.0507212775670691e-05,  -9.4394882752683967e-06,
                          4.3748667899074882e-06,  -2.0392157538013662e-06, 9.5514121304074194e-07,
                          -4.4924691987645662e-07, 2.1207184805554665e-07,  -1.0043224823968099e-07,
                          4.7698101693639804e-08,  -2.2711094608943164e-08, 1.0838659214896955e-08,
                          -5.1834750419700466e-09, 2.4836745438024785e-09,  -1.1921401405860912e-09,
                          5.7313672416788623e-10,  -2.7595228851242334e-10};
  constexpr double one_minus_euler = 0x1.b0ee6072093cep-2;
  return z * (one_minus_euler + z * polynomial(c, z));
}

}  // namespace

double exp(double x) noexcept {
  if (!(x >= -708.0)) return x < -708.0 ? 0.0 : x;  // x: NaN
  if (x > 709.782712893384) return infinity;
  const double k = std::floor(x * 0x1.71547652b82fep+0 + 0.5);
  // e^x = 2^k e^r with |r| <= ln(2)/2; r itself is kept as r + rest.
  const double high = x - k * ln2_high;
  const double low = k * ln2_low;
  const double r = high - low;
  const double rest = (high - r) - low;
  constexpr double c[] = {1.0 / 2,       1.0 / 6,         1.0 / 24,         1.0 / 120,
                          1.0 / 720,     1.0 / 5040,      1.0 / 40320,      1.0 / 362880,
                          1.0 / 3628800, 1.0 / 39916800.0, 1.0 / 479001600.0, 1.0 / 6227020800.0};
  const double power = 1.0 + (r + (rest + r * r * polynomial(c, r)));
  const int exponent = static_cast<int>(k);
  return exponent > 1023 ? power * 2.0 * 0x1p1023 : power * power_of_two(exponent);
}

double log(double x) noexcept {
  if (!(x > 0.0)) return x == 0.0 ? -infinity : nan;
  if (x == infinity) return x;
  int exponent = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    exponent = -54;
  }
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  exponent += static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
  if (m > 0x1.6a09e667f3bcdp+0) {  // √2: keeps m around 1, so that nothing cancels
    m *= 0.5;
    ++exponent;
  }
  // ln m = 2 artanh s = 2s + sR with s = f / (2 + f), and 2s = f - sf keeps the leading term exact.
  constexpr double c[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                          2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21};
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double square = s * s;
  const double r = square * polynomial(c, square);
  const double k = static_cast<double>(exponent);
  return k * ln2_high + (f - (s * (f - r) - k * ln2_low));
}

double log1p(double x) noexcept {
  if (x == infinity) return x;
  const double sum = 1.0 + x;
  if (sum == 1.0) return x;
  if (!(sum > 0.0)) return log(sum);
  const double lost = x >= 1.0 ? 1.0 - (sum - x) : x - (sum - 1.0);
  return log(sum) + lost / sum;
}

double cos_turn(double t) noexcept {
  if (!(std::fabs(t) < 0x1p51)) return nan;
  const auto [number, u] = quadrant(t);
  switch (number) {
    case 0: return cos_quarter(u);
    case 1: return 0.0 - sin_quarter(u);
    case 2: return -cos_quarter(u);
    default: return sin_quarter(u);
  }
}

double sin_turn(double t) noexcept {
  if (!(std::fabs(t) < 0x1p51)) return nan;
  const auto [number, u] = quadrant(t);
  switch (number) {
    case 0: return sin_quarter(u);
    case 1: return cos_quarter(u);
    case 2: return 0.0 - sin_quarter(u);
    default: return -cos_quarter(u);
  }
}

double stirling_rest(double x) noexcept {
  constexpr double c[] = {1.0 / 12,       -1.0 / 360, 1.0 / 1260,    -1.0 / 1680, 5.0 / 5940,
                          -691.0 / 360360, 7.0 / 1092, -3617.0 / 122400};
  const double inverse = 1.0 / x;
  return inverse * polynomial(c, inverse * inverse);
}

double log_gamma(double x) noexcept {
  if (!(x > 0.0)) return x == 0.0 ? infinity : nan;
  if (x < 0.5) return log_gamma_near_two(x) - log1p(x) - log(x);
  if (x < 1.5) return log_gamma_near_two(x - 1.0) - log(x);
  if (x < 12.0) {
    double product = 1.0;
    while (x > 2.5) {
      x -= 1.0;
      product *= x;
    }
    return log_gamma_near_two(x - 2.0) + (product == 1.0 ? 0.0 : log(product));
  }
  if (x > 2.5e305) return infinity;  // above 2.55e305 the result is too large; near it, intermediate values are
  constexpr double half_log_two_pi = 0x1.d67f1c864beb5p-1;
  const double logarithm = log(x);
  return x * (logarithm - 1.0) - (0.5 * logarithm - half_log_two_pi - stirling_rest(x));
}

double erf(double x) noexcept {
  const double a = std::fabs(x);
  if (!(a < 6.0)) return a >= 6.0 ? (x < 0.0 ? -1.0 : 1.0) : x;  // x: NaN
  if (a >= 1.0) return x < 0.0 ? erfc(a) - 1.0 : 1.0 - erfc(a);
  // 2/√π e^(-x²) Σ 2^n x^(2n+1) / (2n+1)!!: all terms have one sign, so nothing cancels.
  const double twice = 2.0 * a * a;
  double sum = 1.0;
  for (int n = 20; n > 0; --n) sum = 1.0 + sum * twice / (2 * n + 1);
  return x * sum * (0x1.20dd750429b6dp+0 * exp_of_minus_square(a));
}

double erfc(double x) noexcept {
  if (!(x >= 1.0)) return 1.0 - erf(x);
  if (x > 26.6) return 0.0;
  // e^(-x²)/√π · 1/(x + 1/2/(x + 2/2/(x + 3/2/(x + …)))), from a depth that no longer changes the result.
  double fraction = x;
  for (int n = 20 + static_cast<int>(200.0 / (x * x)); n > 0; --n) fraction = x + 0.5 * n / fraction;
  return exp_of_minus_square(x) * 0x1.20dd750429b6dp-1 / fraction;
}

}  // namespace distillery::math
