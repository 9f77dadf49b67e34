#pragma once

#include <cstddef>
#include <cstdint>

#include "distillery/statistics.hpp"

/// Is one model worse than another, on the same rows, by less than a margin? Everything here rests on Tango's score
/// test (Tango 1998), since decisions about small margins are made from few discordant rows, where intervals by the
/// estimated variance mislead. Type I error at a nominal 5% (exact, over 30 … 3000 rows, margins 0.005 … 0.05 and
/// discordant shares from the margin up to 0.3): below 6%, 1.3% to 4.8% on average over these; that of
/// `matched_pairs_interval`: up to 13.4%, and of the plain Wald interval: up to 86%.
namespace distillery {

/// The score interval of the difference (a only − b only) / rows: the differences that Tango's test does not reject.
/// a_only: rows where only a is right; b_only: where only b is. Two-sided confidence in (0, 1). At 95% it covers at
/// least 92.9% (exact, over 30 … 3000 rows, discordant shares 0.005 … 0.3 and differences from 0 to all of them), where
/// `matched_pairs_interval` falls to 86.5%.
Interval matched_pairs_score_interval(std::size_t a_only, std::size_t b_only, std::size_t rows, double confidence);

/// One-sided p-value of "a is worse than b by `margin` or more", 0 < margin < 1, a difference of shares. A small one
/// shows a as non-inferior; p < α where the score interval of confidence 1 − 2α lies above −margin. 1 without rows.
double non_inferiority_p_value(std::size_t a_only, std::size_t b_only, std::size_t rows, double margin);

/// How many rows show a model that is truly as good as another to be non-inferior by `margin`, with probability
/// `power`, to one-sided `confidence` (0.975 for the lower end of a 95% interval), where a share `discordant` of rows
/// has only one of the two right: ((z_confidence √w₀ + z_power √discordant) / margin)², w₀ being the variance per row
/// that Tango's test expects there (Nam 1997). discordant in [0, 1]; margin in [1e-6, 1); confidence and power in
/// [0.5, 1).
std::uint64_t rows_for_margin(double margin, double discordant, double confidence, double power);
/// The inverse: the smallest margin that these rows can support. 1 where they support none.
double supported_margin(std::size_t rows, double discordant, double confidence, double power);

}  // namespace distillery
