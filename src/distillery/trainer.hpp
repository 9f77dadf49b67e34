#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "distillery/bytes.hpp"
#include "distillery/loss.hpp"
#include "distillery/matrix.hpp"
#include "distillery/mlp.hpp"
#include "distillery/network.hpp"
#include "distillery/optimizer.hpp"

namespace distillery {

/// Where training rows come from. What is asked of them is the Objective's affair.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual int inputs() const noexcept = 0;
  virtual int classes() const noexcept = 0;
  /// Rows in one epoch, at least 1.
  virtual std::uint32_t rows() const noexcept = 0;
  /// How many rows of an epoch have a label: those whose answers can be right or wrong.
  virtual std::uint32_t labelled(std::uint32_t) const noexcept { return rows(); }
  /// Whether `fill` gives soft targets.
  virtual bool soft() const noexcept = 0;
  /// Writes the named rows (each below rows()) of an epoch into the first rows of the batch. A pure function of its
  /// arguments, so that a resumed training sees the same rows.
  virtual void fill(std::uint32_t epoch, std::span<const std::uint32_t> rows, MiniBatch& batch) const = 0;
};

/// A table of scaled features with labels, soft targets, or both.
class TableSource : public BatchSource {
 public:
  using Features = std::shared_ptr<const Matrix>;
  using Labels = std::shared_ptr<const std::vector<std::int32_t>>;
  using RowList = std::shared_ptr<const std::vector<std::uint32_t>>;

  /// features: of the table, inputs wide, finite; labels: one per row of the table, −1 for none; rows: which of them, in
  /// which order; null: all; soft_targets: one row of `classes` for each of those, or none. Nothing is copied, so many
  /// sources may read one table. variants: the list is so many lists of equal length, one after the other, and an epoch has
  /// as many rows as one of them: its row i is that of list (i + epoch) mod variants. Throws shape_mismatch or invalid_data.
  TableSource(Features features, Labels labels, RowList rows, int classes, std::optional<Matrix> soft_targets = {},
              std::uint32_t variants = 1);
  /// A table of its own, all rows.
  TableSource(Matrix features, std::vector<std::int32_t> labels, int classes, std::optional<Matrix> soft_targets = {})
      : TableSource(guarded([&] { return std::make_shared<const Matrix>(std::move(features)); }),
                    guarded([&] { return std::make_shared<const std::vector<std::int32_t>>(std::move(labels)); }), nullptr,
                    classes, std::move(soft_targets)) {}

  int inputs() const noexcept override { return static_cast<int>(features_->cols()); }
  int classes() const noexcept override { return classes_; }
  std::uint32_t rows() const noexcept override { return length_; }
  std::uint32_t labelled(std::uint32_t epoch) const noexcept override { return labelled_[epoch % variants_]; }
  bool soft() const noexcept override { return soft_targets_.has_value(); }
  void fill(std::uint32_t epoch, std::span<const std::uint32_t> rows, MiniBatch& batch) const override;

 private:
  /// Where row i of an epoch stands in the list.
  std::size_t position(std::uint32_t epoch, std::uint32_t i) const noexcept {
    return variants_ == 1 ? i : (std::size_t{i} + epoch) % variants_ * length_ + i;
  }
  std::uint32_t listed() const noexcept { return static_cast<std::uint32_t>(rows_ ? rows_->size() : labels_->size()); }

  Features features_;
  Labels labels_;
  RowList rows_;
  int classes_;
  std::uint32_t variants_, length_ = 0;  // how many lists, and how long each is
  std::vector<std::uint32_t> labelled_;  // in an epoch, by epoch mod variants
  std::optional<Matrix> soft_targets_;
  std::vector<float> entropy_;  // of the soft targets, per row
};

struct TrainOptions {
  std::uint32_t epochs = 30;      ///< 1 … 1,000,000
  std::uint32_t batch_size = 64;  ///< 1 … 65,535; the last batch of an epoch may be smaller
  OptimizerOptions optimizer{};
  std::uint64_t seed = 0;         ///< of shuffling and dropout

  /// Throws invalid_option.
  void validate() const;
};

struct EpochStats {
  std::uint32_t epoch = 0;  ///< how many epochs are finished
  double loss = 0;          ///< mean over the epoch's rows, each on the weights before its step, with dropout
  double accuracy = 0;      ///< likewise, share of right answers among its rows with labels; 0 where there are none
};

/// Trains one network. The caller owns the loop, so pause, progress, cancel and checkpoints are the caller's.
class Trainer {
 public:
  /// Throws shape_mismatch or invalid_option; wants soft targets from the source where the objective uses them.
  Trainer(const Mlp& network, std::shared_ptr<const BatchSource> source, Objective objective, TrainOptions options);
  /// Goes on from a checkpoint to the same bytes that the uninterrupted training gives, provided that source, objective
  /// and options are the same. Throws corrupt_file, unsupported_version or shape_mismatch.
  static Trainer resume(ByteView checkpoint, std::shared_ptr<const BatchSource> source, Objective objective,
                        TrainOptions options);

  bool finished() const noexcept { return epochs_done_ == options_.epochs; }
  /// The rest of the current epoch. Throws wrong_state when finished, diverged when a loss or weight is not finite: the
  /// trainer then cannot go on, and `model` is the network at the last good epoch's end.
  EpochStats run_epoch();
  /// A slice: batches until at least `rows` rows are done or the epoch ends; its stats then, else nothing.
  std::optional<EpochStats> advance(std::uint32_t rows);

  /// The network as it is now; after divergence as it was at the end of the last good epoch.
  Mlp model() const;
  /// Everything needed to go on: weights, moments, epoch, position. Magic "DSTC".
  Bytes checkpoint() const;
  std::uint32_t epochs_done() const noexcept { return epochs_done_; }

 private:
  void run_batch();
  EpochStats finish_epoch();
  void shuffle_rows();
  void check_finite();
  [[noreturn]] void diverge();

  Architecture architecture_;
  std::shared_ptr<const BatchSource> source_;
  TrainOptions options_;
  Backpropagation network_;
  Loss loss_;
  Optimizer optimizer_;
  MiniBatch batch_;
  RandomBlock dropout_key_;
  std::vector<std::uint32_t> order_;  // this epoch's rows, shuffled
  std::vector<float> last_good_;      // packed parameters at the end of the last epoch
  std::uint32_t epochs_done_ = 0, position_ = 0;  // position: rows of the current epoch done
  LossSums sums_;
  bool diverged_ = false;
};

}  // namespace distillery
