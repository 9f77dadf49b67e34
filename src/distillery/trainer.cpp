#include "distillery/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "distillery/error.hpp"
#include "distillery/math.hpp"
#include "distillery/random.hpp"

namespace distillery {

TableSource::TableSource(Features features, Labels labels, RowList rows, int classes, std::optional<Matrix> soft_targets,
                         std::uint32_t variants) try
    : features_(std::move(features)), labels_(std::move(labels)), rows_(std::move(rows)), classes_(classes),
      variants_(variants), soft_targets_(std::move(soft_targets)) {
  if (!features_ || !labels_) fail(ErrorCode::invalid_data, "A source of rows needs features and labels.");
  const auto all = static_cast<std::size_t>(features_->rows());
  if (labels_->size() != all)
    fail(ErrorCode::shape_mismatch, {"There are ", all, " rows and ", labels_->size(), " labels."});
  if (all > 0xFFFFFFFFu) fail(ErrorCode::invalid_data, "At most 4,294,967,295 rows are supported.");
  if (listed() == 0) fail(ErrorCode::invalid_data, "There is no row to train on.");
  if (variants_ == 0 || listed() % variants_ != 0)
    fail(ErrorCode::shape_mismatch, {listed(), " rows are no ", variants_, " lists of equal length."});
  if (rows_ && *std::ranges::max_element(*rows_) >= all)
    fail(ErrorCode::shape_mismatch, {"A row beyond the ", all, " rows of the table is listed."});
  if (!features_->allFinite()) fail(ErrorCode::invalid_data, "A feature is not a finite number.");
  for (std::size_t r = 0; r < all; ++r)
    if ((*labels_)[r] < -1 || (*labels_)[r] >= classes_)
      fail(ErrorCode::invalid_data, {"The label of row ", r + 1, " is ", (*labels_)[r], "; there are ", classes_,
           " classes, counted from 0."});
  length_ = listed() / variants_;
  labelled_.resize(variants_);
  for (std::uint32_t epoch = 0; epoch < variants_; ++epoch)
    for (std::uint32_t i = 0; i < this->rows(); ++i) {
      const std::size_t listed = position(epoch, i);
      labelled_[epoch] += (*labels_)[rows_ ? (*rows_)[listed] : listed] >= 0;
    }
  if (!soft_targets_) return;
  if (soft_targets_->rows() != static_cast<Eigen::Index>(listed()) || soft_targets_->cols() != classes_)
    fail(ErrorCode::shape_mismatch, "The soft targets must have one row per row and one column per class.");
  entropy_.reserve(listed());
  for (Eigen::Index r = 0; r < soft_targets_->rows(); ++r) {
    double entropy = 0, sum = 0;
    for (Eigen::Index c = 0; c < classes_; ++c) {
      const double p = static_cast<double>((*soft_targets_)(r, c));
      if (!(p >= 0 && p <= 1.0001)) sum = -1e9;  // NaN too
      sum += p;
      if (p > 0) entropy -= p * math::log(p);
    }
    if (!(sum > 0.999 && sum < 1.001))
      fail(ErrorCode::invalid_data, {"The soft targets of row ", r + 1, " are not probabilities that sum to 1."});
    entropy_.push_back(static_cast<float>(entropy));
  }
} catch (...) {
  rethrow_as_error();
}

void TableSource::fill(std::uint32_t epoch, std::span<const std::uint32_t> rows, MiniBatch& batch) const {
  const auto inputs = static_cast<std::size_t>(features_->cols()), classes = static_cast<std::size_t>(classes_);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t listed = position(epoch, rows[i]), row = rows_ ? (*rows_)[listed] : listed;
    std::copy_n(features_->data() + row * inputs, inputs, batch.features.row(static_cast<int>(i)));
    batch.labels[i] = (*labels_)[row];
    if (batch.soft_entropy.empty()) continue;
    std::copy_n(soft_targets_->data() + listed * classes, classes, batch.soft_targets.data() + i * classes);
    batch.soft_entropy[i] = entropy_[listed];
  }
}

void TrainOptions::validate() const {
  require_between(1, 1'000'000, epochs, "The number of epochs");
  require_between(1, 65'535, batch_size, "The batch size");
  optimizer.validate();
}

namespace {

const Mlp& checked(const Mlp& network, const BatchSource* source, const Objective& objective,
                   const TrainOptions& options) {
  options.validate();
  const Architecture& shape = network.architecture();
  objective.validate(shape.classes);
  if (!source) fail(ErrorCode::invalid_option, "A trainer needs a source of rows.");
  if (source->inputs() != shape.inputs || source->classes() != shape.classes)
    fail(ErrorCode::shape_mismatch, {"The network takes ", shape.inputs, " columns and knows ", shape.classes,
         " classes; the rows have ", source->inputs(), " columns and ", source->classes(), " classes."});
  if (objective.soft_weight > 0 && !source->soft())
    fail(ErrorCode::invalid_option, "A soft weight above 0 needs rows with soft targets.");
  return network;
}

int batch_rows(const BatchSource& source, const TrainOptions& options) {
  return static_cast<int>(std::min(options.batch_size, source.rows()));
}

std::uint64_t total_steps(const BatchSource& source, const TrainOptions& options) {
  const std::uint64_t batches = (std::uint64_t{source.rows()} + options.batch_size - 1) / options.batch_size;
  return batches * options.epochs;
}

}  // namespace

Trainer::Trainer(const Mlp& network, std::shared_ptr<const BatchSource> source, Objective objective,
                 TrainOptions options) try
    : architecture_(checked(network, source.get(), objective, options).architecture()), source_(std::move(source)),
      options_(options), network_(network, batch_rows(*source_, options)),
      loss_(std::move(objective), batch_rows(*source_, options), architecture_.classes),
      optimizer_(options.optimizer, network_.layout().size(), total_steps(*source_, options)),
      batch_(batch_rows(*source_, options), architecture_.inputs, architecture_.classes,
             loss_.objective().soft_weight > 0),
      dropout_key_(Random(options.seed, Stream::dropout).key()), order_(source_->rows()) {
  const auto packed = network_.packed_parameters();
  last_good_.assign(packed.begin(), packed.end());
  shuffle_rows();
} catch (...) {
  rethrow_as_error();
}

void Trainer::shuffle_rows() {
  std::iota(order_.begin(), order_.end(), 0u);
  shuffle(order_, options_.seed, Stream::shuffle, epochs_done_);
}

EpochStats Trainer::run_epoch() { return *advance(source_->rows()); }

std::optional<EpochStats> Trainer::advance(std::uint32_t rows) {
  if (diverged_) fail(ErrorCode::wrong_state, "This training diverged and cannot go on.");
  if (finished()) fail(ErrorCode::wrong_state, "This training has finished its epochs.");
  return guarded([&]() -> std::optional<EpochStats> {
    const std::uint64_t until = std::uint64_t{position_} + std::max(rows, 1u);
    while (position_ < until) {
      run_batch();
      if (position_ == source_->rows()) return finish_epoch();
    }
    check_finite();
    return std::nullopt;
  });
}

void Trainer::run_batch() {
  const std::uint32_t count = std::min(options_.batch_size, source_->rows() - position_);
  const auto rows = std::span<const std::uint32_t>(order_).subspan(position_, count);
  const int batch_rows = static_cast<int>(count);
  batch_.features = network_.input(batch_rows);
  source_->fill(epochs_done_, rows, batch_);
  const auto logits = network_.forward(batch_rows, {dropout_key_, epochs_done_, rows});
  const LossSums sums = loss_.evaluate(logits, batch_, network_.logit_gradient(batch_rows));
  if (!std::isfinite(sums.loss)) diverge();
  network_.backward(batch_rows);
  optimizer_.step(network_.packed_parameters(), network_.gradient());
  sums_.loss += sums.loss;
  sums_.weight += sums.weight;
  sums_.correct += sums.correct;
  sums_.rows += sums.rows;
  position_ += count;
}

// The loss alone does not tell: ReLU turns a NaN into 0, and an infinite second moment only stops the steps.
void Trainer::check_finite() {
  for (const auto& values : {network_.packed_parameters(), optimizer_.first_moments.span(), optimizer_.second_moments.span()})
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) diverge();
}

EpochStats Trainer::finish_epoch() {
  check_finite();
  const auto packed = network_.packed_parameters();
  std::copy(packed.begin(), packed.end(), last_good_.begin());
  const EpochStats stats{epochs_done_ + 1, sums_.loss / sums_.weight,
                         static_cast<double>(sums_.correct) / std::max(1.0, static_cast<double>(source_->labelled(epochs_done_)))};
  ++epochs_done_;
  position_ = 0;
  sums_ = {};
  if (!finished()) shuffle_rows();
  return stats;
}

void Trainer::diverge() {
  diverged_ = true;
  std::copy(last_good_.begin(), last_good_.end(), network_.packed_parameters().begin());
  fail(ErrorCode::diverged, {"Training diverged in epoch ", epochs_done_ + 1,
       ": the loss or a weight is no longer finite. Use a lower learning rate. The model of the last good epoch is kept."});
}

Mlp Trainer::model() const {
  return guarded([&] {
    std::vector<float> parameters(architecture_.parameter_count());
    network_.layout().unpack(network_.packed_parameters(), parameters);
    return Mlp(architecture_, std::move(parameters));
  });
}

namespace {

constexpr std::string_view magic = kernels::fuses ? "DSTF" : "DSTC";  // who rounds otherwise would go on to other bytes
constexpr std::uint32_t version = 1;

}  // namespace

Bytes Trainer::checkpoint() const {
  if (diverged_) fail(ErrorCode::wrong_state, "This training diverged: there is nothing to go on from.");
  return guarded([&] {
    ByteWriter out(magic, version);
    out.put(static_cast<std::int32_t>(architecture_.inputs));
    out.put(std::vector<std::int32_t>(architecture_.hidden.begin(), architecture_.hidden.end()));
    out.put(static_cast<std::int32_t>(architecture_.classes));
    out.put(architecture_.dropout);
    out.put(source_->rows());
    out.put(epochs_done_);
    out.put(position_);
    out.put(sums_.loss);
    out.put(sums_.weight);
    out.put(sums_.correct);
    out.put(sums_.rows);
    out.put(optimizer_.state.steps);
    out.put(optimizer_.state.beta1_power);
    out.put(optimizer_.state.beta2_power);
    std::vector<float> plain(architecture_.parameter_count());
    for (const float* packed : {network_.packed_parameters(), optimizer_.first_moments.data(),
                                optimizer_.second_moments.data(), last_good_.data()}) {
      network_.layout().unpack(packed, plain);
      out.put(plain);
    }
    return std::move(out).seal();
  });
}

Trainer Trainer::resume(ByteView checkpoint, std::shared_ptr<const BatchSource> source, Objective objective,
                        TrainOptions options) {
  return guarded([&] {
    ByteReader in(unseal(magic, version, checkpoint, "checkpoint").payload, "checkpoint");
    Architecture architecture;
    architecture.inputs = in.get<std::int32_t>();
    const auto hidden = in.get_vector<std::int32_t>();
    architecture.hidden.assign(hidden.begin(), hidden.end());
    architecture.classes = in.get<std::int32_t>();
    architecture.dropout = in.get_vector<float>();
    try {
      architecture.validate();
    } catch (const Error& error) {
      in.fail(error.what());
    }
    const auto rows = in.get<std::uint32_t>();
    const auto epochs_done = in.get<std::uint32_t>(), position = in.get<std::uint32_t>();
    LossSums sums;
    sums.loss = in.get<double>();
    sums.weight = in.get<double>();
    sums.correct = in.get<std::uint64_t>();
    sums.rows = in.get<std::uint64_t>();
    Optimizer::State state;
    state.steps = in.get<std::uint64_t>();
    state.beta1_power = in.get<double>();
    state.beta2_power = in.get<double>();
    auto parameters = in.get_vector<float>();
    const auto first = in.get_vector<float>(), second = in.get_vector<float>(), last_good = in.get_vector<float>();
    in.finish();
    for (const auto& block : {std::span<const float>(parameters), std::span<const float>(first),
                              std::span<const float>(second), std::span<const float>(last_good)}) {
      if (block.size() != architecture.parameter_count()) in.fail("a block of numbers has the wrong length");
      if (!std::ranges::all_of(block, [](float value) { return std::isfinite(value); }))
        in.fail("a number in it is not finite");
    }
    const bool powers = state.beta1_power >= 0 && state.beta1_power <= 1 && state.beta2_power >= 0 && state.beta2_power <= 1;
    if (!powers || !std::isfinite(sums.loss) || !(sums.weight >= 0 && std::isfinite(sums.weight)) ||
        std::ranges::any_of(second, [](float value) { return value < 0; }))
      in.fail("a number in it is out of range");
    if (rows == 0 || position >= rows || sums.rows != position || sums.correct > sums.rows)
      in.fail("its position is out of range");

    Trainer trainer(Mlp(architecture, std::move(parameters)), std::move(source), std::move(objective), options);
    const std::uint64_t batches = (std::uint64_t{rows} + options.batch_size - 1) / options.batch_size;
    if (rows != trainer.source_->rows() || epochs_done > options.epochs || position % options.batch_size != 0 ||
        (epochs_done == options.epochs && position != 0) ||
        state.steps != epochs_done * batches + position / options.batch_size)
      fail(ErrorCode::shape_mismatch, "This checkpoint belongs to a training on other rows or options.");
    trainer.epochs_done_ = epochs_done;
    trainer.position_ = position;
    trainer.sums_ = sums;
    trainer.optimizer_.state = state;
    trainer.network_.layout().pack(first, trainer.optimizer_.first_moments.data());
    trainer.network_.layout().pack(second, trainer.optimizer_.second_moments.data());
    trainer.network_.layout().pack(last_good, trainer.last_good_.data());
    if (!trainer.finished()) trainer.shuffle_rows();
    return trainer;
  });
}

}  // namespace distillery
