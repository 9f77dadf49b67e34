#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "distillery/bytes.hpp"
#include "distillery/matrix.hpp"
#include "distillery/workbench.hpp"

/// What those who run jobs and those who plan them have to agree on. Not for users.
namespace distillery {

/// Ids are laid out as teachers, assistants, plain baselines of the first seeds (size by size, seed by seed), trials, students
/// and matched baselines likewise, then the same three of the other seeds, tests: a job depends only on ones before it.
struct JobIds {
  std::uint32_t teachers, assistants, sizes, seeds, first_seeds, recipes, trials;  // recipes: 0 where there is nothing to choose
  explicit JobIds(const PlanOptions& options);

  static constexpr std::array tested{JobKind::baseline, JobKind::student, JobKind::matched};

  /// Neighbouring sizes share a recipe, which is tried on the middle one.
  static constexpr std::uint32_t group_size = 3;
  std::uint32_t groups() const noexcept { return (sizes + group_size - 1) / group_size; }
  std::uint32_t tried_size(std::uint32_t group) const noexcept;
  /// Small networks vary more from seed to seed, and cost less: the group before the last has twice as many trials of each
  /// recipe as that one, those before have four times as many.
  std::uint32_t trials_of(std::uint32_t group) const noexcept { return trials << std::min(groups() - 1 - group, 2u); }

  JobId network(JobKind kind, std::uint32_t index, std::uint32_t seed) const noexcept;
  JobId trial(std::uint32_t group, std::uint32_t recipe, std::uint32_t number) const noexcept;
  std::uint32_t trial_count() const noexcept { return trials_before(groups()); }
  std::uint32_t networks() const noexcept { return first_baseline() + 3 * sizes * seeds + trial_count(); }
  std::uint32_t first_baseline() const noexcept { return teachers + assistants; }
  JobId test(std::uint32_t index) const noexcept { return networks() + index; }
  std::uint32_t count() const noexcept { return networks() + teachers + sizes; }
  /// Kind, index, seed and recipe of a job that there is.
  Job job(JobId id) const noexcept;

  std::uint32_t trials_before(std::uint32_t group) const noexcept;

  /// Job::input; those of tests count on from `first_test_input`.
  static std::uint32_t soft_targets_input(std::uint32_t recipe) noexcept { return 1 + recipe; }
  static std::uint32_t assistant_input(std::uint32_t assistant) noexcept { return 500 + assistant; }
  static constexpr std::uint32_t first_test_input = 1000;
};

/// Logits as jobs carry them.
inline Eigen::Map<const Matrix> as_matrix(const std::vector<float>& values, int columns, std::size_t offset = 0,
                                          std::size_t rows = SIZE_MAX) {
  if (rows == SIZE_MAX) rows = values.size() / static_cast<std::size_t>(columns);
  return {values.data() + offset, static_cast<Eigen::Index>(rows), columns};
}

/// What a job gives: of a training, history, weights and answers; of a trial, history and score; of a test, only answers
/// (those of its networks in turn).
struct JobResult {
  bool diverged = false;
  std::vector<double> loss, accuracy;     // per epoch
  std::vector<float> parameters;          // of teachers, students and baselines; without a value where it diverged
  std::vector<float> train_logits;        // of teachers and assistants: on the taught rows, for the soft targets
  std::vector<float> held_out_logits;     // on validation rows; of tests, on test rows
  std::vector<float> quantised_logits;    // the same of a student's int8 twin, where that is asked for
  TrialScore trial;                       // on validation rows
};

/// job: whose result it is; of which workbench.
Bytes encode(std::uint32_t fingerprint, JobId job, const JobResult& result);
/// Throws corrupt_file, unsupported_version, or shape_mismatch where it is another job's.
JobResult decode(std::uint32_t fingerprint, JobId job, ByteView bytes);
/// Throws shape_mismatch unless the owner that comes next in `in` is this one.
void check_owner(ByteReader& in, std::uint32_t fingerprint, JobId job);

}  // namespace distillery
