// Training as its caller sees it: epochs, slices, checkpoints, divergence, and the same bytes everywhere.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "distillery/loss.hpp"
#include "distillery/trainer.hpp"
#include "support.hpp"

using namespace distillery;
using support::code_of;
using support::seal;
using support::first_difference;
using support::make_toy;
using support::Toy;

namespace {

std::shared_ptr<const TableSource> source_of(const Toy& toy, bool soft = false) {
  const int classes = static_cast<int>(toy.soft_targets.cols());
  if (soft) return std::make_shared<TableSource>(toy.features, toy.labels, classes, toy.soft_targets);
  return std::make_shared<TableSource>(toy.features, toy.labels, classes);
}

double accuracy(const Mlp& network, const Toy& toy) {
  const Matrix z = network.logits(toy.features);
  int right = 0;
  for (Eigen::Index r = 0; r < z.rows(); ++r) {
    Eigen::Index best = 0;
    z.row(r).maxCoeff(&best);
    right += best == toy.labels[static_cast<std::size_t>(r)];
  }
  return static_cast<double>(right) / static_cast<double>(z.rows());
}

std::vector<float> parameters_of(const Trainer& trainer) {
  const Mlp model = trainer.model();
  return {model.parameters().begin(), model.parameters().end()};
}

/// A training that uses everything: dropout, soft targets, class weights, decay, cosine, a smaller last batch.
struct Everything {
  Toy toy = make_toy(37, 5, 3, 11, 1.0f);
  Mlp network{{5, {9, 6}, 3, {0.3f, 0.2f}}, 12};
  Objective objective{3, 0.7f, {1, 2, 0.5f}};
  TrainOptions options{.epochs = 3,
                       .batch_size = 8,
                       .optimizer = {.learning_rate = 0.02f, .weight_decay = 0.01f, .schedule = Schedule::cosine},
                       .seed = 13};
  std::shared_ptr<const BatchSource> source = source_of(toy, true);

  Trainer trainer() const { return Trainer(network, source, objective, options); }
  Trainer resume(ByteView checkpoint) const { return Trainer::resume(checkpoint, source, objective, options); }
};

std::vector<EpochStats> finish(Trainer& trainer) {
  std::vector<EpochStats> all;
  while (!trainer.finished()) all.push_back(trainer.run_epoch());
  return all;
}

bool same(const EpochStats& a, const EpochStats& b) {
  return a.epoch == b.epoch && a.loss == b.loss && a.accuracy == b.accuracy;
}

/// A source whose features from one epoch on are huge.
class Exploding : public BatchSource {
 public:
  Exploding(std::shared_ptr<const TableSource> table, std::uint32_t from_epoch, float factor)
      : table_(std::move(table)), from_epoch_(from_epoch), factor_(factor) {}
  int inputs() const noexcept override { return table_->inputs(); }
  int classes() const noexcept override { return table_->classes(); }
  std::uint32_t rows() const noexcept override { return table_->rows(); }
  bool soft() const noexcept override { return table_->soft(); }
  void fill(std::uint32_t epoch, std::span<const std::uint32_t> rows, MiniBatch& batch) const override {
    table_->fill(epoch, rows, batch);
    if (epoch < from_epoch_) return;
    for (int r = 0; r < static_cast<int>(rows.size()); ++r)
      for (int i = 0; i < inputs(); ++i) batch.features.row(r)[i] *= factor_;
  }

 private:
  std::shared_ptr<const TableSource> table_;
  std::uint32_t from_epoch_;
  float factor_;
};

}  // namespace

TEST_CASE("a trainer learns what a straight line separates, from labels, from soft targets, and with dropout") {
  const Toy toy = make_toy(120, 4, 3, 1), fresh = make_toy(60, 4, 3, 2);
  for (const Objective& objective : {Objective{}, Objective{3, 1, {}}, Objective{2, 0.5f, {1, 2, 3}}})
    for (const Architecture& shape : {Architecture{4, {16, 8}, 3, {0.2f}}, Architecture{4, {}, 3, {}}}) {
      Trainer trainer(Mlp(shape, 3), source_of(toy, true), objective,
                      {.epochs = 40, .batch_size = 16, .optimizer = {.learning_rate = 0.02f}, .seed = 4});
      const auto stats = finish(trainer);
      CHECK(stats.size() == 40);
      CHECK(stats.back().loss < stats.front().loss);
      CHECK(accuracy(trainer.model(), toy) == 1.0);
      CHECK(accuracy(trainer.model(), fresh) == 1.0);
    }
}

TEST_CASE("without labels, soft targets alone teach") {
  Toy toy = make_toy(120, 4, 3, 1);
  const std::vector<std::int32_t> labels = toy.labels;
  std::fill(toy.labels.begin(), toy.labels.end(), -1);
  Trainer trainer(Mlp({4, {16}, 3, {}}, 3), source_of(toy, true), {2, 0.7f, {}},
                  {.epochs = 30, .batch_size = 16, .optimizer = {.learning_rate = 0.02f}});
  finish(trainer);
  toy.labels = labels;
  CHECK(accuracy(trainer.model(), toy) == 1.0);
}

TEST_CASE("an epoch's statistics are those of its rows on the weights before each step") {
  const Toy toy = make_toy(30, 4, 3, 5, 2.0f);
  const Mlp network({4, {8}, 3, {}}, 6);
  const std::vector<float> class_weights{1, 2, 4};
  Trainer trainer(network, source_of(toy), {1, 0, class_weights}, {.epochs = 1, .batch_size = 30});
  const EpochStats stats = trainer.run_epoch();
  const Matrix z = network.logits(toy.features);
  double loss = 0, weight = 0;
  for (int r = 0; r < 30; ++r) {
    const std::int32_t label = toy.labels[static_cast<std::size_t>(r)];
    double sum = 0;
    for (int c = 0; c < 3; ++c) sum += std::exp(static_cast<double>(z(r, c)));
    const double w = static_cast<double>(class_weights[static_cast<std::size_t>(label)]);
    loss += w * (std::log(sum) - static_cast<double>(z(r, label)));
    weight += w;
  }
  CHECK(stats.epoch == 1);
  CHECK(std::fabs(stats.loss - loss / weight) < 1e-6 * (1 + loss / weight));  // float softmax
  CHECK(std::fabs(stats.accuracy - accuracy(network, toy)) < 1e-12);
}

TEST_CASE("every row is taken once an epoch, in another order each time") {
  struct Recorder : TableSource {
    using TableSource::TableSource;
    void fill(std::uint32_t epoch, std::span<const std::uint32_t> rows, MiniBatch& batch) const override {
      seen.resize(std::max<std::size_t>(seen.size(), epoch + 1));
      seen[epoch].insert(seen[epoch].end(), rows.begin(), rows.end());
      sizes.push_back(rows.size());
      TableSource::fill(epoch, rows, batch);
    }
    mutable std::vector<std::vector<std::uint32_t>> seen;
    mutable std::vector<std::size_t> sizes;
  };
  const Toy toy = make_toy(37, 4, 2, 1);
  const auto source = std::make_shared<Recorder>(toy.features, toy.labels, 2);
  Trainer trainer(Mlp({4, {3}, 2, {}}, 1), source, {}, {.epochs = 3, .batch_size = 8, .seed = 1});
  finish(trainer);
  REQUIRE(source->seen.size() == 3);
  CHECK(source->sizes == std::vector<std::size_t>{8, 8, 8, 8, 5, 8, 8, 8, 8, 5, 8, 8, 8, 8, 5});
  CHECK(source->seen[0] != source->seen[1]);
  CHECK(source->seen[1] != source->seen[2]);
  for (auto& rows : source->seen) {
    std::sort(rows.begin(), rows.end());
    for (std::uint32_t r = 0; r < 37; ++r) CHECK(rows.at(r) == r);
  }
}

TEST_CASE("the same seed gives the same bytes, another seed others") {
  const Everything everything;
  Trainer a = everything.trainer(), b = everything.trainer();
  const auto stats_a = finish(a), stats_b = finish(b);
  CHECK(first_difference(parameters_of(a), parameters_of(b)) == "");
  CHECK(std::equal(stats_a.begin(), stats_a.end(), stats_b.begin(), stats_b.end(), same));
  CHECK(a.checkpoint() == b.checkpoint());
  Everything other;
  other.options.seed += std::uint64_t{1} << 32;
  Trainer c = other.trainer();
  finish(c);
  CHECK(first_difference(parameters_of(a), parameters_of(c)) != "");
}

TEST_CASE("every build gives these bytes") {
  // One training that uses everything, on data in exact arithmetic. To compute the sums anew after an intended change
  // of what training means: run this test in the preset wasm-scalar (the reference kernels) and copy what it prints.
  const Toy toy = make_toy(101, 7, 3, 21, 1.0f);
  const Mlp network({7, {37, 18}, 3, {0.3f, 0.3f}}, 22);
  CHECK(support::fingerprint(network.parameters()) == 0xE8B16E29u);
  Trainer trainer(network, source_of(toy, true), {3, 0.7f, {1, 2, 0.5f}},
                  {.epochs = 8,
                   .batch_size = 16,
                   .optimizer = {.learning_rate = 0.01f, .weight_decay = 1e-4f, .schedule = Schedule::cosine},
                   .seed = (std::uint64_t{23} << 32) + 24});
  for (int epoch = 0; epoch < 5; ++epoch) trainer.run_epoch();
  trainer.advance(40);
  CHECK(crc32c(trainer.checkpoint()) == 0x48674BC7u);
  finish(trainer);
  CHECK(support::fingerprint(parameters_of(trainer)) == 0x43875740u);
  CHECK(support::fingerprint(support::values(trainer.model().logits(toy.features))) == 0x64A74A68u);
}

TEST_CASE("slices of any size are the whole epoch, bit for bit") {
  const Everything everything;
  Trainer whole = everything.trainer();
  const auto expected = finish(whole);
  for (const std::uint32_t slice : {0u, 1u, 3u, 7u, 8u, 9u, 13u, 36u, 37u, 38u, 1000u, 0xFFFFFFFFu}) {
    CAPTURE(slice);
    Trainer trainer = everything.trainer();
    std::vector<EpochStats> stats;
    int calls = 0;
    while (!trainer.finished() && calls < 100) {
      if (const auto epoch = trainer.advance(slice)) stats.push_back(*epoch);
      ++calls;
    }
    // A slice ends with the first batch that fills it, so 13 rows take two batches of 8; an epoch has five.
    const std::uint32_t batches = std::min((std::max(slice, 1u) - 1) / 8 + 1, 5u);
    CHECK(calls == static_cast<int>(3 * ((5 + batches - 1) / batches)));
    CHECK(std::equal(stats.begin(), stats.end(), expected.begin(), expected.end(), same));
    CHECK(first_difference(parameters_of(trainer), parameters_of(whole)) == "");
    CHECK(trainer.checkpoint() == whole.checkpoint());
  }
  Trainer mixed = everything.trainer();
  mixed.advance(9);
  CHECK(mixed.epochs_done() == 0);
  CHECK(same(mixed.run_epoch(), expected[0]));
  CHECK(mixed.epochs_done() == 1);
  CHECK(same(mixed.run_epoch(), expected[1]));
}

TEST_CASE("a training resumed from a checkpoint after any slice ends in the same bytes") {
  const Everything everything;
  Trainer whole = everything.trainer();
  const auto expected = finish(whole);
  Trainer running = everything.trainer();
  std::vector<Bytes> checkpoints{running.checkpoint()};
  while (!running.finished()) {
    running.advance(1);
    checkpoints.push_back(running.checkpoint());
  }
  REQUIRE(checkpoints.size() == 16);
  for (const Bytes& checkpoint : checkpoints) {
    Trainer resumed = everything.resume(checkpoint);
    CHECK(resumed.checkpoint() == checkpoint);
    const auto stats = finish(resumed);
    CHECK(std::equal(stats.rbegin(), stats.rend(), expected.rbegin(), same));
    CHECK(resumed.checkpoint() == checkpoints.back());
    CHECK(first_difference(parameters_of(resumed), parameters_of(whole)) == "");
  }
  // Also when it is interrupted after every slice.
  Bytes last = checkpoints.front();
  for (int slice = 0; slice < 15; ++slice) {
    Trainer trainer = everything.resume(last);
    trainer.advance(1);
    last = trainer.checkpoint();
  }
  CHECK(last == checkpoints.back());
  CHECK(everything.resume(last).finished());
}

TEST_CASE("the model of a checkpoint in the middle of an epoch is the network as it was then") {
  const Everything everything;
  Trainer trainer = everything.trainer();
  trainer.run_epoch();
  trainer.advance(20);
  const auto before = parameters_of(trainer);
  CHECK(first_difference(parameters_of(everything.resume(trainer.checkpoint())), before) == "");
  trainer.advance(1);
  CHECK(first_difference(parameters_of(trainer), before) != "");
}

TEST_CASE("a copied trainer goes on by itself to the same bytes") {
  [](auto&& original) {
    using T = std::remove_cvref_t<decltype(original)>;
    if constexpr (std::is_copy_constructible_v<T>) {
      original.advance(11);
      std::vector<T> copies;
      std::vector<std::vector<float>> between;  // so that the copies lie at all alignments
      for (std::size_t i = 0; i < 5; ++i) {
        between.emplace_back(4 * i + 1);
        copies.push_back(original);
      }
      finish(original);
      for (T& copy : copies) {
        finish(copy);
        CHECK(first_difference(parameters_of(copy), parameters_of(original)) == "");
      }
    }
  }(Everything().trainer());
}

TEST_CASE("a batch larger than the data is the data, one row is enough, and so is one class's worth of rows") {
  const Toy toy = make_toy(37, 4, 2, 1);
  const auto train = [&](std::uint32_t batch_size) {
    Trainer trainer(Mlp({4, {5}, 2, {0.5f}}, 1), source_of(toy), {},
                    {.epochs = 2, .batch_size = batch_size, .seed = 3});
    finish(trainer);
    return trainer.checkpoint();
  };
  CHECK(train(38) == train(37));
  CHECK(train(65'535) == train(37));
  CHECK(train(36) != train(37));
  const Toy one = make_toy(1, 4, 2, 1);
  Trainer trainer(Mlp({4, {5}, 2, {}}, 1), source_of(one), {}, {.epochs = 3, .batch_size = 64});
  CHECK(finish(trainer).back().epoch == 3);
}

TEST_CASE("a finished trainer says so") {
  const Everything everything;
  Trainer trainer = everything.trainer();
  CHECK_FALSE(trainer.finished());
  finish(trainer);
  CHECK(trainer.finished());
  CHECK(trainer.epochs_done() == 3);
  const auto before = trainer.checkpoint();
  CHECK(code_of([&] { return trainer.run_epoch(); }) == ErrorCode::wrong_state);
  CHECK(code_of([&] { return trainer.advance(1); }) == ErrorCode::wrong_state);
  CHECK(trainer.checkpoint() == before);
}

// ---- checkpoints from outside ------------------------------------------------------------------------------------

TEST_CASE("a checkpoint cut short anywhere, or with any bit changed, is refused as corrupt") {
  Everything small;
  small.network = Mlp({5, {2}, 3, {0.3f}}, 1);
  Trainer trainer = small.trainer();
  trainer.run_epoch();
  trainer.advance(1);
  Bytes bytes = trainer.checkpoint();
  REQUIRE(code_of([&] { return small.resume(bytes); }) == std::nullopt);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    REQUIRE(code_of([&] { return small.resume(ByteView(bytes).first(size)); }) == ErrorCode::corrupt_file);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    CAPTURE(bit);
    REQUIRE(code_of([&] { return small.resume(bytes); }) == ErrorCode::corrupt_file);
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
  bytes.push_back(std::byte{0});
  CHECK(code_of([&] { return small.resume(bytes); }) == ErrorCode::corrupt_file);
}

TEST_CASE("a forged checkpoint with a right checksum is refused by its contents, or trains without harm") {
  Everything small;
  small.network = Mlp({5, {2}, 3, {0.3f}}, 1);
  Trainer trainer = small.trainer();
  trainer.run_epoch();
  trainer.advance(1);
  const Bytes file = trainer.checkpoint();
  const ByteView payload = unseal("DSTC", 1, file, "checkpoint").payload;
  REQUIRE(seal("DSTC", 1, payload) == file);
  int refused = 0;
  for (std::size_t at = 0; at + 4 <= payload.size(); ++at)
    for (const std::uint32_t word : {0u, 1u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu, 0x7F800000u}) {
      CAPTURE(at, word);
      Bytes forged(payload.begin(), payload.end());
      std::memcpy(forged.data() + at, &word, sizeof word);
      const auto code = code_of([&] { return small.resume(seal("DSTC", 1, forged)); });
      if (code) {
        CAPTURE(code);
        REQUIRE((code == ErrorCode::corrupt_file || code == ErrorCode::shape_mismatch));
        ++refused;
        continue;
      }
      Trainer resumed = small.resume(seal("DSTC", 1, forged));
      const auto after = code_of([&] {
        if (!resumed.finished()) resumed.run_epoch();
        return resumed.model();
      });
      REQUIRE((!after || after == ErrorCode::diverged));
    }
  CHECK(refused > 100);
  // A position beyond the rows, with all that depends on it made to fit: 40 of 37 rows done, in 5 of 5 batches.
  Bytes forged(payload.begin(), payload.end());
  const auto put = [&](std::size_t at, auto expected, auto value) {
    auto found = expected;
    std::memcpy(&found, forged.data() + at, sizeof found);
    REQUIRE(found == expected);
    std::memcpy(forged.data() + at, &value, sizeof value);
  };
  const std::size_t rows_at = 4 + (8 + 4) + 4 + (8 + 4);  // after inputs, hidden, classes, dropout
  put(rows_at, std::uint32_t{37}, std::uint32_t{37});
  put(rows_at + 8, std::uint32_t{8}, std::uint32_t{40});        // position
  put(rows_at + 12 + 24, std::uint64_t{8}, std::uint64_t{40});  // rows in the sums
  put(rows_at + 12 + 32, std::uint64_t{6}, std::uint64_t{10});  // steps
  CHECK(code_of([&] { return small.resume(seal("DSTC", 1, forged)); }) == ErrorCode::corrupt_file);
  CHECK(code_of([&] { return small.resume(seal("DSTC", 2, payload)); }) == ErrorCode::unsupported_version);
  CHECK(code_of([&] { return small.resume(seal("DSTM", 1, payload)); }) == ErrorCode::corrupt_file);
  CHECK(code_of([&] { return small.resume(seal("DSTC", 1, payload.first(payload.size() - 1))); }) ==
        ErrorCode::corrupt_file);
  CHECK(code_of([&] { return small.resume({}); }) == ErrorCode::corrupt_file);
}

TEST_CASE("a checkpoint of another training is refused") {
  const Everything everything;
  Trainer trainer = everything.trainer();
  trainer.run_epoch();
  trainer.advance(1);
  const Bytes checkpoint = trainer.checkpoint();
  const auto resume = [&](const Toy& toy, bool soft, const TrainOptions& options) {
    return code_of([&] { return Trainer::resume(checkpoint, source_of(toy, soft), everything.objective, options); });
  };
  CHECK(resume(everything.toy, true, everything.options) == std::nullopt);
  CHECK(resume(make_toy(36, 5, 3, 1), true, everything.options) == ErrorCode::shape_mismatch);  // rows
  CHECK(resume(make_toy(37, 4, 3, 1), true, everything.options) == ErrorCode::shape_mismatch);  // columns
  Toy four = make_toy(37, 5, 4, 1);
  CHECK(code_of([&] {
          return Trainer::resume(checkpoint, source_of(four, true), {3, 0.7f, {}}, everything.options);
        }) == ErrorCode::shape_mismatch);                                                 // classes
  CHECK(resume(everything.toy, false, everything.options) == ErrorCode::invalid_option);  // no soft targets
  TrainOptions options = everything.options;
  options.batch_size = 7;  // 8 rows are done: not a whole number of batches
  CHECK(resume(everything.toy, true, options) == ErrorCode::shape_mismatch);
  options = everything.options;
  trainer.run_epoch();
  options.epochs = 1;
  CHECK(code_of([&] {
          return Trainer::resume(trainer.checkpoint(), everything.source, everything.objective, options);
        }) == ErrorCode::shape_mismatch);
}

// ---- divergence --------------------------------------------------------------------------------------------------

TEST_CASE("divergence is an error that keeps the last good model, and the trainer then says wrong_state") {
  const Toy toy = make_toy(37, 4, 3, 1);
  const auto table = source_of(toy, true);
  for (const Objective& objective : {Objective{}, Objective{3, 0.5f, {}}, Objective{3, 1, {}}})
    for (const float factor : {1e38f, 1e30f, 1e24f}) {  // overflows the sums; a gradient; a gradient's square
      CAPTURE(objective.soft_weight, factor);
      const auto source = std::make_shared<Exploding>(table, 2, factor);
      Trainer trainer(Mlp({4, {8, 6}, 3, {0.1f}}, 1), source, objective, {.epochs = 5, .batch_size = 8});
      trainer.run_epoch();
      trainer.run_epoch();
      const auto good = parameters_of(trainer);
      CHECK(code_of([&] { return trainer.run_epoch(); }) == ErrorCode::diverged);
      CHECK(first_difference(parameters_of(trainer), good) == "");
      CHECK_FALSE(trainer.finished());
      CHECK(trainer.epochs_done() == 2);
      CHECK(code_of([&] { return trainer.run_epoch(); }) == ErrorCode::wrong_state);
      CHECK(code_of([&] { return trainer.advance(1); }) == ErrorCode::wrong_state);
      CHECK(code_of([&] { return trainer.checkpoint(); }) == ErrorCode::wrong_state);
      CHECK(first_difference(parameters_of(trainer), good) == "");
      CHECK(std::isfinite(trainer.model().logits(toy.features).sum()));
    }
}

TEST_CASE("divergence in the first epoch keeps the network that training began with") {
  const Toy toy = make_toy(37, 4, 3, 1);
  const Mlp network({4, {8}, 3, {}}, 1);
  Trainer trainer(network, std::make_shared<Exploding>(source_of(toy), 0, 1e24f), {}, {.epochs = 5, .batch_size = 8});
  CHECK(code_of([&] { return trainer.run_epoch(); }) == ErrorCode::diverged);
  CHECK(first_difference(parameters_of(trainer), network.parameters()) == "");
}

TEST_CASE("an infinite loss is divergence even where every gradient and weight is finite") {
  Toy toy = make_toy(2, 1, 2, 1);
  toy.features.setConstant(1e18f);
  toy.labels = {0, 0};
  // The label's logit is −10^39, so −∞; its gradient is −1, and 10^18 squared still is a number.
  Trainer trainer(Mlp({1, {}, 2, {}}, {-1e21f, 0, 0, 0}), source_of(toy), {}, {.epochs = 1, .batch_size = 2});
  CHECK(code_of([&] { return trainer.run_epoch(); }) == ErrorCode::diverged);
}

TEST_CASE("a learning rate of 10 with as much decay diverges, and at no slice before is a number not finite") {
  const Toy toy = make_toy(200, 4, 3, 1, 1.0f);
  for (const bool soft : {false, true}) {
    const auto source = std::make_shared<Exploding>(source_of(toy, soft), 0, 100.0f);
    const Objective objective{2, soft ? 0.7f : 0.0f, {}};
    // Each step multiplies the weights by 1 − 10·10 = −99, so they leave the finite numbers within 20 steps.
    const TrainOptions options{.epochs = 3, .batch_size = 4, .optimizer = {.learning_rate = 10, .weight_decay = 10}};
    Trainer trainer(Mlp({4, {8, 8}, 3, {}}, 1), source, objective, options);
    std::optional<ErrorCode> code;
    for (int slice = 0; slice < 150 && !code; ++slice) {
      CAPTURE(soft, slice);
      code = code_of([&] { return trainer.advance(1); });
      if (code) break;
      REQUIRE(code_of([&] { return trainer.model(); }) == std::nullopt);
      const Bytes checkpoint = trainer.checkpoint();
      REQUIRE(code_of([&] { return Trainer::resume(checkpoint, source, objective, options); }) == std::nullopt);
    }
    CHECK(code == ErrorCode::diverged);
    CHECK(code_of([&] { return trainer.model(); }) == std::nullopt);
  }
}

// ---- subnormal numbers -------------------------------------------------------------------------------------------

TEST_CASE("on separable data, trained far beyond need, no weight or moment is ever subnormal") {
  const Toy toy = make_toy(24, 4, 2, 1);
  const auto source = source_of(toy);
  // A β₂ of 0.9 lets second moments fade as fast as first ones; with 0.999 this would take 30,000 steps to show.
  const TrainOptions options{.epochs = 700, .batch_size = 8, .optimizer = {.learning_rate = 0.1f, .beta2 = 0.9f}};
  Trainer trainer(Mlp({4, {12, 6}, 2, {0.3f}}, 2), source, {}, options);
  std::size_t zeros = 0;
  while (!trainer.finished()) {
    trainer.run_epoch();
    if (trainer.epochs_done() % 10 != 0) continue;
    const Bytes checkpoint = trainer.checkpoint();
    // The last four fifths or so of a checkpoint: a count of 8 bytes before each block of weights, moments, last
    // weights.
    const std::size_t count = trainer.model().parameters().size(), block = 8 + 4 * count;
    const std::size_t first = checkpoint.size() - 4 - 4 * block;
    for (std::size_t b = 0; b < 4; ++b) {
      std::uint64_t stated = 0;
      std::memcpy(&stated, checkpoint.data() + first + b * block, sizeof stated);
      REQUIRE(stated == count);
      for (std::size_t i = 0; i < count; ++i) {
        float value = 0;
        std::memcpy(&value, checkpoint.data() + first + b * block + 8 + 4 * i, sizeof value);
        REQUIRE(std::fpclassify(value) != FP_SUBNORMAL);
        zeros += b > 0 && value == 0;
      }
    }
  }
  CHECK(zeros > 0);  // they did fade
}

// ---- options -----------------------------------------------------------------------------------------------------

TEST_CASE("every invalid option of a training has its code") {
  const Toy toy = make_toy(10, 4, 3, 1);
  const Mlp network({4, {5}, 3, {}}, 1);
  const auto code = [&](const TrainOptions& options, const Objective& objective = {}) {
    return code_of([&] { return Trainer(network, source_of(toy, true), objective, options); });
  };
  const auto with_optimizer = [](OptimizerOptions optimizer) { return TrainOptions{.optimizer = optimizer}; };
  CHECK(code({}) == std::nullopt);
  CHECK(code({.epochs = 1, .batch_size = 1}) == std::nullopt);
  CHECK(code({.epochs = 1'000'000, .batch_size = 65'535}) == std::nullopt);
  CHECK(code({.epochs = 0}) == ErrorCode::invalid_option);
  CHECK(code({.epochs = 1'000'001}) == ErrorCode::invalid_option);
  CHECK(code({.batch_size = 0}) == ErrorCode::invalid_option);
  CHECK(code({.batch_size = 65'536}) == ErrorCode::invalid_option);
  CHECK(code(with_optimizer({.learning_rate = 0})) == ErrorCode::invalid_option);
  CHECK(code(with_optimizer({.weight_decay = -1})) == ErrorCode::invalid_option);
  CHECK(code(with_optimizer({.beta1 = 1})) == ErrorCode::invalid_option);
  CHECK(code(with_optimizer({.beta2 = 1})) == ErrorCode::invalid_option);
  CHECK(code(with_optimizer({.epsilon = 0})) == ErrorCode::invalid_option);
  CHECK(code(with_optimizer({.schedule = static_cast<Schedule>(7)})) == ErrorCode::invalid_option);
  CHECK(code({}, {0, 0.5f, {}}) == ErrorCode::invalid_option);
  CHECK(code({}, {1, 2, {}}) == ErrorCode::invalid_option);
  CHECK(code({}, {1, 0, {1, 2}}) == ErrorCode::shape_mismatch);
  CHECK(code({}, {1, 0, {1, 2, 0}}) == ErrorCode::invalid_option);

  CHECK(code_of([&] { return Trainer(network, nullptr, {}, {}); }) == ErrorCode::invalid_option);
  CHECK(code_of([&] { return Trainer(network, source_of(toy), {1, 0.5f, {}}, {}); }) == ErrorCode::invalid_option);
  CHECK(code_of([&] { return Trainer(network, source_of(make_toy(10, 5, 3, 1)), {}, {}); }) ==
        ErrorCode::shape_mismatch);
  CHECK(code_of([&] { return Trainer(network, source_of(make_toy(10, 4, 2, 1)), {}, {}); }) ==
        ErrorCode::shape_mismatch);
}

TEST_CASE("a table with unusable rows is refused") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const Toy toy = make_toy(6, 3, 2, 1);
  const auto code = [](const Toy& t, bool soft = false) { return code_of([&] { return source_of(t, soft); }); };
  CHECK(code(toy) == std::nullopt);
  CHECK(code(toy, true) == std::nullopt);
  const auto changed = [&](auto change) {
    Toy other = toy;
    change(other);
    return other;
  };
  CHECK(code(changed([](Toy& t) { t.features.resize(0, 3), t.labels.clear(); })) == ErrorCode::invalid_data);
  CHECK(code(changed([](Toy& t) { t.labels.pop_back(); })) == ErrorCode::shape_mismatch);
  CHECK(code(changed([](Toy& t) { t.labels.push_back(0); })) == ErrorCode::shape_mismatch);
  CHECK(code(changed([](Toy& t) { t.labels[3] = -1; })) == std::nullopt);
  CHECK(code(changed([](Toy& t) { t.labels[3] = -2; })) == ErrorCode::invalid_data);
  CHECK(code(changed([](Toy& t) { t.labels[3] = 2; })) == ErrorCode::invalid_data);
  for (const float bad : {nan, infinity, -infinity})
    CHECK(code(changed([&](Toy& t) { t.features(5, 2) = bad; })) == ErrorCode::invalid_data);
  CHECK(code(changed([](Toy& t) { t.soft_targets = t.soft_targets.topRows(5).eval(); }), true) ==
        ErrorCode::shape_mismatch);
  for (const float bad : {nan, -0.3f, 1.3f, 0.5f})
    CHECK(code(changed([&](Toy& t) { t.soft_targets(5, 1) = bad; }), true) == ErrorCode::invalid_data);
  CHECK(code(changed([](Toy& t) {
               t.soft_targets.resize(6, 3), t.soft_targets.rowwise() = Eigen::RowVector3f(0.6f, -0.2f, 0.6f);
             }),
             true) == ErrorCode::invalid_data);
  CHECK(code(changed([](Toy& t) { t.soft_targets.row(2) << 1, 0; }), true) == std::nullopt);
  CHECK(code_of([&] { return TableSource(toy.features, toy.labels, 2, Matrix(Matrix::Constant(6, 3, 1.0f / 3))); }) ==
        ErrorCode::shape_mismatch);
  CHECK(code_of([&] { return TableSource(nullptr, nullptr, nullptr, 2); }) == ErrorCode::invalid_data);
  const auto features = std::make_shared<const Matrix>(toy.features);
  const auto labels = std::make_shared<const std::vector<std::int32_t>>(toy.labels);
  const auto rows = [](std::vector<std::uint32_t> list) { return std::make_shared<const std::vector<std::uint32_t>>(std::move(list)); };
  CHECK(code_of([&] { return TableSource(features, labels, rows({5, 6}), 2); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { return TableSource(features, labels, rows({}), 2); }) == ErrorCode::invalid_data);
  CHECK(TableSource(features, labels, rows({5, 0}), 2).rows() == 2);
  CHECK(code_of([&] { return TableSource(features, labels, rows({0, 1, 2}), 2, {}, 2); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { return TableSource(features, labels, rows({0, 1}), 2, {}, 0); }) == ErrorCode::shape_mismatch);
}

TEST_CASE("A source with variants gives every row of an epoch once, itself or another variant, by turns") {
  Matrix features(6, 1);
  for (int row = 0; row < 6; ++row) features(row, 0) = static_cast<float>(row);
  // Rows 0 and 1, then two rows made of each; only the first two have labels.
  const TableSource source(std::make_shared<const Matrix>(features),
                           std::make_shared<const std::vector<std::int32_t>>(std::vector<std::int32_t>{0, 1, -1, -1, -1, -1}),
                           nullptr, 2, {}, 3);
  REQUIRE(source.rows() == 2);
  const float expected[3][2] = {{0, 3}, {2, 5}, {4, 1}};
  const std::uint32_t labelled[3] = {1, 0, 1};
  const std::uint32_t both[] = {0, 1};
  for (std::uint32_t epoch = 0; epoch < 6; ++epoch) {
    MiniBatch batch(2, 1, 2, false);
    Backpropagation network(Mlp({1, {}, 2, {}}, 1), 2);
    batch.features = network.input(2);
    source.fill(epoch, both, batch);
    for (int row = 0; row < 2; ++row) CHECK(batch.features.row(row)[0] == expected[epoch % 3][row]);
    CHECK(source.labelled(epoch) == labelled[epoch % 3]);
  }
}
