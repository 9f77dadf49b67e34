#pragma once

#include <cstddef>
#include <span>
#include <vector>

/// Tests of hypotheses without assumptions of normality, and what becomes of their p-values where there are many.
namespace distillery {

/// Holm's step-down adjustment of a family of p-values (Holm 1979), in the order given: rejecting where the adjusted
/// value is at most α keeps the chance of any false rejection within α, however the tests depend on each other. Of m
/// values, the i-th smallest becomes the largest so far of (m − i + 1) · p, at most 1. Throws invalid_data for one
/// outside [0, 1].
std::vector<double> holm_adjusted(std::span<const double> p_values);

/// Two-sided p-value of Wilcoxon's signed-rank test (Wilcoxon 1945) that the differences a[i] − b[i] lie symmetrically
/// around 0. Differences of exactly 0 are dropped first. Exact for up to 50 that are left if no two have the same size;
/// else the normal approximation with the variance corrected for ties, without a continuity correction (as SciPy). 1
/// where nothing is left. Shares that should tie may differ in their last digit: pass counts.
double wilcoxon_p_value(std::span<const double> a, std::span<const double> b);

/// Two-sided p-value of McNemar's exact test that two models are right equally often, from rows where only one of them
/// is: the binomial sign test min(1, 2 · P(X ≤ min(a_only, b_only))), X ~ Binomial(a_only + b_only, ½) (McNemar 1947;
/// Dietterich 1998). 1 where the models never differ, 0 below 1e-307.
double mcnemar_p_value(std::size_t a_only, std::size_t b_only);

}  // namespace distillery
