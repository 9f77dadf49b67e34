#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace distillery {

/// An estimate with its confidence interval. Never NaN: where no interval can be had (one value), `count` tells, and
/// lower = upper = estimate.
struct Interval {
  double estimate = 0, lower = 0, upper = 0;
  std::uint32_t count = 0;  ///< how many values (seeds, or rows) it rests on
};

/// Distribution function of Student's t with `degrees` > 0 degrees of freedom (through the regularised incomplete beta
/// function, by continued fraction).
double student_t_cdf(double t, double degrees) noexcept;
/// The t with student_t_cdf(t) = probability, 0 < probability < 1, to 1e-12 relative.
double student_t_quantile(double probability, double degrees) noexcept;
/// Standard normal distribution function, without loss in the lower tail, and its quantile, 0 < probability < 1.
double normal_cdf(double x) noexcept;
double normal_quantile(double probability) noexcept;

/// Mean with its two-sided t interval over the values. confidence in (0, 1), such as 0.95.
Interval t_interval(std::span<const double> values, double confidence);
/// The same over the differences a[i] − b[i] of paired values.
Interval paired_t_interval(std::span<const double> a, std::span<const double> b, double confidence);
/// Two-sided p-value of the paired t test that the mean difference is 0; 1 with fewer than 2 pairs or where all
/// differences are 0, 0 where they are equal and not 0.
double paired_t_p_value(std::span<const double> a, std::span<const double> b);

/// An estimate from n values with the jackknife's t interval (Tukey 1958). without: the same estimate with the i-th value left
/// out. Where that is not finite, or of fewer than 2 values, the interval is the estimate alone.
Interval jackknife_interval(double estimate, std::span<const double> without, double confidence);

/// mean(numerators) / mean(denominators) over pairs from the same replicate, such as what distilling and what the
/// ensemble gain over one baseline, with Fieller's interval (Fieller 1954): all ratios ρ that the paired t test of
/// numerator − ρ · denominator = 0 does not reject. Nothing where the denominators' own t interval reaches 0 (always
/// with fewer than 2 pairs): no finite interval would hold the ratio then.
std::optional<Interval> ratio_of_means(std::span<const double> numerators, std::span<const double> denominators,
                                       double confidence);

/// A share of rows with its score interval (Wilson 1927).
Interval wilson_interval(std::size_t successes, std::size_t rows, double confidence);

/// Difference of two shares measured on the same rows: (a only − b only) / rows, with the adjusted Wald interval for
/// matched pairs (Agresti & Min 2005: half a row added to each of the four cells).
/// a_only: rows where only a is right; b_only: where only b is. Two-sided confidence.
Interval matched_pairs_interval(std::size_t a_only, std::size_t b_only, std::size_t rows, double confidence);

/// Mean over a seeds × rows table of differences (values[seed * rows + row]), with a two-sided interval that covers
/// both new seeds and new rows: variance = var(row means)/rows + var(seed means)/seeds, Satterthwaite's degrees of
/// freedom. With one seed, rows alone. Conservative, since the row noise is counted in both terms.
Interval crossed_interval(std::span<const float> values, std::size_t seeds, std::size_t rows, double confidence);

}  // namespace distillery
