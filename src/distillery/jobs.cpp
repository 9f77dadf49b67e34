#include "distillery/jobs.hpp"

#include <algorithm>
#include <cmath>

#include "distillery/error.hpp"

namespace distillery {

namespace {

/// In the order of their ids.
constexpr std::array twins{JobKind::baseline, JobKind::student, JobKind::matched};

}  // namespace

JobIds::JobIds(const PlanOptions& options)
    : teachers(options.teachers.count), assistants(static_cast<std::uint32_t>(options.students.assistants.size())),
      sizes(static_cast<std::uint32_t>(options.students.sizes.size())), seeds(options.students.seeds),
      first_seeds(std::min(options.students.first_seeds, seeds)),
      recipes(static_cast<std::uint32_t>(options.students.recipes.size())), trials(options.students.trials) {
  if (recipes == 1) recipes = 0;
}

std::uint32_t JobIds::tried_size(std::uint32_t group) const noexcept {
  const std::uint32_t first = group * group_size, last = std::min(first + group_size, sizes) - 1;
  return (first + last) / 2;
}

JobId JobIds::network(JobKind kind, std::uint32_t index, std::uint32_t seed) const noexcept {
  if (kind == JobKind::teacher) return index;
  if (kind == JobKind::assistant) return teachers + index;
  const auto turn = static_cast<std::uint32_t>(std::ranges::find(twins, kind) - twins.begin());
  const std::uint32_t block = sizes * first_seeds, others = seeds - first_seeds;
  if (seed < first_seeds)
    return first_baseline() + turn * block + index * first_seeds + seed + (turn > 0 ? trial_count() : 0);
  return first_baseline() + 3 * block + trial_count() + (turn * sizes + index) * others + seed - first_seeds;
}

JobId JobIds::trial(std::uint32_t group, std::uint32_t recipe, std::uint32_t number) const noexcept {
  return first_baseline() + sizes * first_seeds + trials_before(group) + recipe * trials_of(group) + number;
}

std::uint32_t JobIds::trials_before(std::uint32_t group) const noexcept {
  std::uint32_t count = 0;
  for (std::uint32_t before = 0; before < group; ++before) count += recipes * trials_of(before);
  return count;
}

Job JobIds::job(JobId id) const noexcept {
  if (id < teachers) return {.id = id, .kind = JobKind::teacher, .index = id};
  if (id < first_baseline()) return {.id = id, .kind = JobKind::assistant, .index = id - teachers};
  if (id >= networks()) return {.id = id, .kind = JobKind::test, .index = id - networks()};
  const std::uint32_t block = sizes * first_seeds;
  std::uint32_t at = id - first_baseline();
  if (at >= block && at < block + trial_count()) {
    at -= block;
    std::uint32_t group = 0;
    while (at >= trials_before(group + 1)) ++group;
    at -= trials_before(group);
    return {.id = id, .kind = JobKind::trial, .index = tried_size(group), .seed = at % trials_of(group),
            .recipe = at / trials_of(group)};
  }
  if (at >= block) at -= trial_count();
  const auto one_of = [&](std::uint32_t place, std::uint32_t each, std::uint32_t first) {
    return Job{.id = id, .kind = twins[place / (sizes * each)], .index = place / each % sizes, .seed = first + place % each};
  };
  return at < 3 * block ? one_of(at, first_seeds, 0) : one_of(at - 3 * block, seeds - first_seeds, first_seeds);
}

namespace {

constexpr std::uint32_t version = 3;  // 2 had other ids
constexpr std::string_view result_magic = "DSTJ";

constexpr std::vector<double> JobResult::*histories[] = {&JobResult::loss, &JobResult::accuracy};
constexpr std::vector<float> JobResult::*blocks[] = {&JobResult::parameters, &JobResult::train_logits,
                                                     &JobResult::held_out_logits, &JobResult::quantised_logits};

}  // namespace

Bytes encode(std::uint32_t fingerprint, JobId id, const JobResult& result) {
  ByteWriter out(result_magic, version);
  std::size_t size = 64 + result.trial.correct.size();
  for (const auto history : histories) size += (result.*history).size() * sizeof(double);
  for (const auto block : blocks) size += (result.*block).size() * sizeof(float);
  out.reserve(size);
  out.put(fingerprint);
  out.put(id);
  out.put(static_cast<std::uint8_t>(result.diverged));
  for (const auto history : histories) out.put(result.*history);
  for (const auto block : blocks) out.put(result.*block);
  out.put(result.trial.correct);
  out.put(result.trial.nll);
  return std::move(out).seal();
}

void check_owner(ByteReader& in, std::uint32_t fingerprint, JobId id) {
  if (in.get<std::uint32_t>() != fingerprint || in.get<JobId>() != id)
    fail(ErrorCode::shape_mismatch, "These bytes belong to another job, data set, plan or flavour.");
}

JobResult decode(std::uint32_t fingerprint, JobId id, ByteView bytes) {
  const auto file = unseal(result_magic, version, bytes, "job result");
  if (file.version < version) fail(ErrorCode::unsupported_version, "This job result is of a version before 0.1.");
  ByteReader in(file.payload, "job result");
  check_owner(in, fingerprint, id);
  JobResult result;
  const auto flag = [&in](std::uint8_t value) {
    if (value > 1) in.fail("a flag in it is out of range");
    return value == 1;
  };
  result.diverged = flag(in.get<std::uint8_t>());
  const auto finite = [&in](double value) {
    if (!std::isfinite(value)) in.fail("a number in it is not finite");
  };
  const auto read = [&]<class T>(std::vector<T>& values) {
    values = in.get_vector<T>();
    for (const T value : values) finite(static_cast<double>(value));
  };
  for (const auto history : histories) read(result.*history);
  for (const auto block : blocks) read(result.*block);
  result.trial.correct = in.get_vector<std::uint8_t>();
  for (const std::uint8_t value : result.trial.correct) flag(value);
  result.trial.nll = in.get<double>();
  finite(result.trial.nll);
  in.finish();
  return result;
}

}  // namespace distillery
