#pragma once

#include <cmath>

/// Elementary functions of our own, in basic operations of IEEE 754 double precision only: the same bits with every
/// compiler, libm and engine. Accurate to a few units in the last place over the ranges stated.
namespace distillery::math {

/// IEEE requires the square root to be correctly rounded, so the machine's own is everybody's.
inline double sqrt(double x) noexcept { return std::sqrt(x); }

/// e^x. 0 below -708 (no subnormal results), infinity above 709.78.
double exp(double x) noexcept;
/// Natural logarithm for x > 0; -infinity at 0, NaN below.
double log(double x) noexcept;
/// ln(1 + x) for x > -1, without the loss that computing 1 + x brings.
double log1p(double x) noexcept;
/// cos(2πt) and sin(2πt) for |t| < 2^51, exact at every quarter turn; NaN beyond.
double cos_turn(double t) noexcept;
double sin_turn(double t) noexcept;
/// Natural logarithm of the gamma function for x > 0.
double log_gamma(double x) noexcept;
/// ln Γ(x) − ((x − 1/2) ln x − x + ln(2π)/2) for x ≥ 12: what Stirling's formula leaves, at most 1/(12x).
double stirling_rest(double x) noexcept;
/// Error function, and 1 − erf(x) without its loss for large x. erfc is good to 16 units in the last place,
/// and 0 above 26.6 (no subnormal results).
double erf(double x) noexcept;
double erfc(double x) noexcept;

}  // namespace distillery::math
