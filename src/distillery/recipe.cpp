#include "distillery/recipe.hpp"

#include <cmath>

#include "distillery/error.hpp"

namespace distillery {

std::vector<Recipe> standard_recipes(bool assistants) {
  std::vector<Recipe> recipes;
  for (const Recipe& recipe : {Recipe{1, 0.9}, Recipe{1, 0.5}, Recipe{3, 0.9}, Recipe{1, 0}})
    for (const bool transfer : {false, true}) recipes.push_back({recipe.temperature, recipe.soft_weight, transfer});
  const std::size_t count = assistants ? recipes.size() : 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (recipes[i].soft_weight == 0) continue;
    recipes.push_back(recipes[i]);
    recipes.back().assistant = true;
  }
  return recipes;
}

namespace {

/// Per row, how many of the networks are right, as a share.
std::vector<double> shares_of(const std::vector<TrialScore>& trials) {
  std::vector<double> shares(trials.front().correct.size());
  for (const TrialScore& trial : trials)
    for (std::size_t row = 0; row < shares.size(); ++row) shares[row] += trial.correct[row];
  for (double& share : shares) share /= static_cast<double>(trials.size());
  return shares;
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// The mean of best − other, and one standard error to both sides.
Interval difference(std::span<const double> best, std::span<const double> other) {
  const auto rows = static_cast<double>(best.size());
  const double estimate = mean(best) - mean(other);
  double squares = 0;
  for (std::size_t row = 0; row < best.size(); ++row) {
    const double deviation = best[row] - other[row] - estimate;
    squares += deviation * deviation;
  }
  const double error = rows > 1 ? std::sqrt(squares / (rows - 1) / rows) : 0;
  return {estimate, estimate - error, estimate + error, static_cast<std::uint32_t>(best.size())};
}

}  // namespace

RecipeChoice choose_recipe(std::span<const std::vector<TrialScore>> trials) {
  return guarded([&] {
    RecipeChoice choice;
    std::vector<std::vector<double>> shares;
    std::size_t rows = 0;
    const std::vector<double>* best = nullptr;
    double most = -1;
    choice.candidates.resize(trials.size());
    shares.resize(trials.size());
    for (std::size_t i = 0; i < trials.size(); ++i) {
      if (trials[i].empty()) continue;
      if (rows == 0) rows = trials[i].front().correct.size();
      for (const TrialScore& trial : trials[i])
        if (trial.correct.size() != rows)
          fail(ErrorCode::shape_mismatch, {"A trial has ", trial.correct.size(), " rows, another ", rows, "."});
      RecipeScore& score = choice.candidates[i];
      shares[i] = shares_of(trials[i]);
      score.trials = static_cast<std::uint32_t>(trials[i].size());
      score.accuracy = mean(shares[i]);
      for (const TrialScore& trial : trials[i]) score.nll += trial.nll / static_cast<double>(trials[i].size());
      if (score.accuracy <= most) continue;
      most = score.accuracy;
      best = &shares[i];
    }
    for (std::size_t i = 0; i < trials.size(); ++i) {
      RecipeScore& score = choice.candidates[i];
      if (score.trials == 0) continue;
      score.behind = difference(*best, shares[i]);
      if (score.behind.lower > 0) continue;
      if (choice.chosen < 0 || score.nll < choice.candidates[static_cast<std::size_t>(choice.chosen)].nll)
        choice.chosen = static_cast<std::int32_t>(i);
    }
    return choice;
  });
}

}  // namespace distillery
