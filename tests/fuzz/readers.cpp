#include "readers.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "distillery/dataset.hpp"
#include "distillery/error.hpp"
#include "distillery/jobs.hpp"
#include "distillery/model_file.hpp"
#include "distillery/plan.hpp"
#include "distillery/trainer.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define MEASURES_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEASURES_MEMORY 1
#endif
#endif
#ifdef MEASURES_MEMORY   // of sanitizer/allocator_interface.h, which not every package of Clang brings
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                                         void (*free_hook)(const volatile void*));
extern "C" std::size_t __sanitizer_get_allocated_size(const volatile void*);
#endif

namespace readers {

namespace {

using namespace distillery;

// ---- what the files are of ------------------------------------------------------------------------------------------

Dataset small_data() {
  Dataset data{Matrix(16, 2), {}, {"no", "y\"\xC3\xA4\\\x01"}};
  for (int r = 0; r < 16; ++r) {
    data.features.row(r) << static_cast<float>(r), static_cast<float>(r * r % 7);
    data.labels.push_back(r % 2);
  }
  return data;
}

std::shared_ptr<const Workbench> bench() {
  static const auto shared = [] {
    PlanOptions options;
    options.split = {.validation = 0.25, .test = 0.25};
    options.teachers = {.count = 1, .hidden = {2}, .dropout = {0.1f}, .training = {.epochs = 2, .batch_size = 4}};
    options.students.sizes = {{2}};
    options.students.seeds = 1;
    options.students.trials = 1;
    options.students.recipes = {{1, 0.5f, false}, {1, 0, false}};
    options.students.transfer.method = TransferMethod::none;
    options.students.training.epochs = 2;
    return std::make_shared<const Workbench>(small_data(), options);
  }();
  return shared;
}

std::shared_ptr<const TableSource> rows() {
  static const auto shared = [] {
    const Dataset data = small_data();
    return std::make_shared<const TableSource>(data.features, data.labels, 2);
  }();
  return shared;
}
constexpr TrainOptions training{.epochs = 2, .batch_size = 4};

JobRun started(const Plan& plan, JobId id) { return JobRun(bench(), id, plan.input(id)); }
Bytes result_of(const Plan& plan, JobId id) {
  JobRun run = started(plan, id);
  while (!run.advance(100)) {}
  return run.result();
}

// ---- the readers ----------------------------------------------------------------------------------------------------

std::vector<Bytes> models() {
  const auto file = [](const Architecture& shape, std::vector<std::string> names) {
    const auto inputs = static_cast<std::size_t>(shape.inputs);
    return save_model({Mlp(shape, 1), {std::vector<float>(inputs, 0.5f), std::vector<float>(inputs, 2)}, std::move(names)});
  };
  return {file({2, {3}, 2, {}}, {"no", "yes"}), file({1, {}, 2, {}}, {"", "\xC3\xA4\"\\\n"}),
          file({2, {2, 2}, 3, {0.1f, 0.2f}}, {"a", "b", "\xF0\x9F\x8C\xBF"})};
}
Bytes read_model(ByteView file) { return save_model(load_model(file)); }

std::vector<Bytes> datasets() {
  Dataset more = small_data();
  more.unlabelled = Matrix::Constant(3, 2, 0.25f);
  more.ensemble = Matrix::Constant(19, 2, 0.5f);
  return {save_dataset(small_data()), save_dataset(more)};
}
Bytes read_dataset(ByteView file) { return save_dataset(load_dataset(file)); }

std::vector<Bytes> checkpoints() {
  std::vector<Bytes> files;
  Trainer trainer(Mlp({2, {3}, 2, {0.1f}}, 1), rows(), {}, training);
  for (; !trainer.finished(); trainer.advance(8)) files.push_back(trainer.checkpoint());
  files.push_back(trainer.checkpoint());
  return files;
}
Bytes read_checkpoint(ByteView file) { return Trainer::resume(file, rows(), {}, training).checkpoint(); }

constexpr JobId teacher = 0;
std::vector<Bytes> job_checkpoints() {
  const Plan plan(bench());
  JobRun run = started(plan, teacher);
  std::vector<Bytes> files{run.checkpoint()};
  for (int slice = 0; slice < 2; ++slice) {
    run.advance(4);
    files.push_back(run.checkpoint());
  }
  return files;
}
Bytes read_job_checkpoint(ByteView file) {
  if (file.empty()) fail(ErrorCode::corrupt_file, "An empty checkpoint is none: it means a start from the beginning.");
  return JobRun(bench(), teacher, {}, file).checkpoint();
}

std::vector<Bytes> job_results() {
  JobResult diverged, trial, test;
  diverged.diverged = true;
  diverged.loss = diverged.accuracy = {0.5};
  trial.loss = trial.accuracy = {0.5, 0.25};
  trial.trial = {{1, 0, 1}, 0.5};
  test.held_out_logits = {1, -1};
  std::vector<Bytes> files{result_of(Plan(bench()), teacher)};
  for (const JobResult& result : {diverged, trial, test}) files.push_back(encode(bench()->fingerprint(), teacher, result));
  return files;
}
Bytes read_job_result(ByteView file) {
  return encode(bench()->fingerprint(), teacher, decode(bench()->fingerprint(), teacher, file));
}

std::vector<Bytes> runs() {
  Plan plan(bench());
  std::vector<Bytes> files{plan.save()};
  plan.suspend(teacher, started(plan, teacher).checkpoint());
  files.push_back(plan.save());
  while (!plan.finished()) {
    const JobId id = plan.ready_jobs().front().id;
    plan.absorb(id, result_of(plan, id));
    files.push_back(plan.save());
  }
  return files;
}
Bytes read_run(ByteView file) {
  const Plan plan = Plan::resume(bench(), file);
  plan.report();
  return plan.save();
}

// A checkpoint's trainer is made before all of it is known to fit, and holds weights in panels of 32 columns, five times.
constexpr double plain = 2, trained = 64;
constexpr Reader table[] = {
    {"model", models, read_model, plain},
    {"dataset", datasets, read_dataset, plain},
    {"checkpoint", checkpoints, read_checkpoint, trained},
    {"job-checkpoint", job_checkpoints, read_job_checkpoint, trained},
    {"job-result", job_results, read_job_result, plain},
    {"run", runs, read_run, plain},
};

// ---- memory ---------------------------------------------------------------------------------------------------------

std::ptrdiff_t live = 0, peak = 0;
#ifdef MEASURES_MEMORY
void count_allocation(const volatile void*, std::size_t size) {
  live += static_cast<std::ptrdiff_t>(size);
  peak = std::max(peak, live);
}
void count_release(const volatile void* at) {
  if (at) live -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(at));
}
[[maybe_unused]] const int counting = __sanitizer_install_malloc_and_free_hooks(count_allocation, count_release);
#endif

// ---- faults on purpose ----------------------------------------------------------------------------------------------

volatile char sink;
void break_something(std::string_view fault, ByteView file, Bytes& read) {
  if (fault == "overflow") {
    const std::unique_ptr<char[]> block(new char[8]);
    std::memset(block.get(), 1, 8);
    const volatile std::size_t beyond = 8;
    sink = block.get()[beyond];
  } else if (fault == "leak") {
    char* volatile lost = new char[64];   // a compiler may leave out what nobody sees
    lost = nullptr;
  } else if (fault == "memory") {
    Bytes much(4 * file.size() + (2 << 20));
    sink = static_cast<char>(much[0]);
  } else if (fault == "round-trip" && !read.empty()) {
    read.pop_back();
  }
}

}  // namespace

std::span<const Reader> all() { return table; }

const Reader* find(std::string_view name) {
  const auto at = std::ranges::find(table, name, &Reader::name);
  return at == std::end(table) ? nullptr : at;
}

Outcome run(const Reader& reader, ByteView file, std::string& broken) {
  static const char* const fault = std::getenv("DISTILLERY_FUZZ_FAULT");
  broken.clear();
  Outcome outcome{"read", {}};
  live = peak = 0;
  try {
    outcome.bytes = reader.read(file);
    if (fault) break_something(fault, file, outcome.bytes);
  } catch (const Error& error) {
    outcome.code = error_name(error.code());
    if (fault && std::string_view(fault) == "accept") outcome.code = "read";
    if (std::string_view(error.what()).size() < 20) broken = "an error without a sentence";
  }
  // What it read is written, too, and a little stands beside.
  const double allowed = reader.most * static_cast<double>(file.size()) + 3 * static_cast<double>(outcome.bytes.size()) + 0x1p20;
  if (static_cast<double>(peak) > allowed)
    broken = "it allocated " + std::to_string(peak) + " bytes for a file of " + std::to_string(file.size());
  if (outcome.code != "read") return outcome;
  try {
    if (reader.read(outcome.bytes) != outcome.bytes) broken = "what it wrote is read as something else";
  } catch (const Error& error) {
    broken = std::string("what it wrote is refused: ") + error.what();
  }
  return outcome;
}

void reseal(Bytes& file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  constexpr std::string_view key = "\"crc32c\":\"";
  constexpr std::size_t digits = 8;
  if (text.starts_with("DST") && file.size() >= 12) {
    const std::uint32_t crc = crc32c(ByteView(file).first(file.size() - 4));
    std::memcpy(file.data() + file.size() - 4, &crc, 4);
  } else if (const auto at = text.find(key); at != text.npos && at + key.size() + digits <= file.size()) {
    const std::size_t digits_at = at + key.size();
    const std::uint32_t crc = crc32c(ByteView(file).subspan(digits_at + digits), crc32c(ByteView(file).first(digits_at)));
    char written[digits + 1];
    std::snprintf(written, sizeof written, "%08x", static_cast<unsigned>(crc));
    std::memcpy(file.data() + digits_at, written, digits);
  }
}

}  // namespace readers
