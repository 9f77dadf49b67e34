#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "distillery/loss.hpp"
#include "distillery/statistics.hpp"

/// How students are taught, and which way suits a size.
namespace distillery {

/// What a student is asked to learn, and from which rows. The rest of its training is the same for all of a plan's recipes.
struct Recipe {
  double temperature = 1;    ///< T of the soft targets, 0.05 … 100
  double soft_weight = 0.9;  ///< α of the objective, 0 … 1; 0: labels alone, so nothing is distilled
  bool transfer = false;     ///< whether transfer rows teach beside the training rows
  SoftLoss loss = SoftLoss::divergence;
  double other_weight = 2;   ///< β of the decoupled loss, 0 … 100
  bool assistant = false;    ///< whether the last of the assistants teaches, not the ensemble itself

  bool operator==(const Recipe&) const = default;
};

/// The candidates of the automatic choice: labels alone, half and mostly soft targets, and these at T = 3, each without and
/// with transfer rows. The first is the one to take where nothing can be tried.
/// assistants: also those with soft targets once more, taught by the assistant.
std::vector<Recipe> standard_recipes(bool assistants = false);

/// How one trained network did on the validation rows.
struct TrialScore {
  std::vector<std::uint8_t> correct;  ///< per row
  double nll = 0;
};

/// How a recipe did in its trials.
struct RecipeScore {
  std::uint32_t trials = 0;  ///< that did not diverge; with none the rest means nothing
  double accuracy = 0, nll = 0;
  /// The most accurate recipe's accuracy less this one's: the difference, and that one standard error over paired rows
  /// below and above.
  Interval behind;
};

struct RecipeChoice {
  std::vector<RecipeScore> candidates;
  std::int32_t chosen = -1;  ///< index of a candidate; −1 where none has a trial
};

/// Of the recipes that are not clearly less accurate than the most accurate one (by at most one standard error, as in
/// the rule of Breiman et al. 1984), the one with the smallest negative log-likelihood: rows that are right or wrong tell
/// good recipes apart too coarsely, and the likelihood alone may favour a calibrated network that decides worse. trials: of
/// each candidate, its networks on the same rows. Throws shape_mismatch.
RecipeChoice choose_recipe(std::span<const std::vector<TrialScore>> trials);

}  // namespace distillery
