#include "distillery/recipe.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "support.hpp"

using namespace distillery;
using Catch::Approx;

namespace {

/// One network that is right in the first `right` of `rows` rows.
TrialScore trial(std::size_t rows, std::size_t right, double nll) {
  TrialScore score{std::vector<std::uint8_t>(rows), nll};
  for (std::size_t row = 0; row < right; ++row) score.correct[row] = 1;
  return score;
}

}  // namespace

TEST_CASE("Of recipes about as accurate, the one with the smallest likelihood loss is chosen") {
  // 90 and 89 of 100 rows, three of them decided differently: the deviation of a row is √(2·0.99² + 1.01² + 97·0.01²) / √99.
  TrialScore other = trial(100, 88, 0.4);
  other.correct[99] = 1;
  const RecipeChoice choice = choose_recipe(std::vector<std::vector<TrialScore>>{{trial(100, 90, 0.5)}, {other}});
  CHECK(choice.chosen == 1);
  CHECK(choice.candidates[1].behind.estimate == Approx(0.01));
  CHECK(choice.candidates[1].behind.upper - 0.01 == Approx(0.0173787).epsilon(1e-5));
  CHECK(choice.candidates[0].behind.estimate == 0.0);
}

TEST_CASE("A recipe that is clearly less accurate is not chosen for its likelihood") {
  const RecipeChoice choice = choose_recipe(std::vector<std::vector<TrialScore>>{{trial(100, 90, 0.5)}, {trial(100, 80, 0.1)}});
  CHECK(choice.chosen == 0);
  CHECK(choice.candidates[1].behind.lower > 0);
}

TEST_CASE("A recipe's figures are means over its trials, and of equal recipes the first is chosen") {
  const std::vector<TrialScore> both{trial(10, 8, 0.2), trial(10, 6, 0.4)};
  const RecipeChoice choice = choose_recipe(std::vector<std::vector<TrialScore>>{both, both});
  CHECK(choice.chosen == 0);
  CHECK(choice.candidates[1].trials == 2);
  CHECK(choice.candidates[1].accuracy == Approx(0.7));
  CHECK(choice.candidates[1].nll == Approx(0.3));
}

TEST_CASE("A recipe whose trials all diverged is not chosen; where all did, none is") {
  CHECK(choose_recipe(std::vector<std::vector<TrialScore>>{{}, {trial(10, 1, 3)}}).chosen == 1);
  CHECK(choose_recipe(std::vector<std::vector<TrialScore>>{{}, {}}).chosen == -1);
  CHECK(support::code_of([] { choose_recipe(std::vector<std::vector<TrialScore>>{{trial(10, 1, 3)}, {trial(9, 1, 3)}}); }) ==
        ErrorCode::shape_mismatch);
}

TEST_CASE("Among the standard recipes are labels alone, and each has a twin with transfer rows") {
  const auto recipes = standard_recipes();
  REQUIRE(recipes.size() == 8);
  CHECK_FALSE(recipes[0].transfer);
  bool labels = false;
  for (std::size_t i = 0; i < recipes.size(); i += 2) {
    Recipe twin = recipes[i];
    twin.transfer = true;
    CHECK(recipes[i + 1] == twin);
    labels |= recipes[i].soft_weight == 0;
  }
  CHECK(labels);
}
