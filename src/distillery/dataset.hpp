#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "distillery/bytes.hpp"
#include "distillery/matrix.hpp"

namespace distillery {

/// What stands for a feature without a value: nothing may, or what the training rows have in its column.
enum class Imputation : std::uint8_t { none = 0, mean = 1, median = 2 };

/// A labelled table: one sample per row, numeric columns, and the class of each row.
struct Dataset {
  Matrix features;                   ///< rows × columns, finite; with an imputation, NaN where there is no value
  std::vector<std::int32_t> labels;  ///< one per row, 0 ≤ label < classes
  std::vector<std::string> class_names;  ///< one per class; their count is the number of classes

  // For plans, where there are such:
  Matrix unlabelled{};  ///< more rows × columns, finite, that nobody labelled: the ensemble does, for the students
  Matrix ensemble{};    ///< what an ensemble of the caller's says: probabilities of the rows, then of the unlabelled ones, × classes
  std::vector<std::int32_t> groups{};  ///< one per row: rows of equal number belong together, and no split parts them
  Imputation imputation = Imputation::none;

  std::size_t rows() const noexcept { return labels.size(); }
  int columns() const noexcept { return static_cast<int>(features.cols()); }
  int classes() const noexcept { return static_cast<int>(class_names.size()); }
  /// Throws invalid_data or shape_mismatch, naming the row and column (counted from 1) of the first offence. Probabilities
  /// may miss their sum of 1 by a thousandth.
  void validate() const;
};

/// Whether a text is well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text) noexcept;
/// Throws invalid_data unless there are 2 … 1,000 names, all different and valid UTF-8.
void validate_class_names(std::span<const std::string> names);

/// Which rows teach, which choose, and which are scored once at the end. Row numbers from 0, ascending, disjoint.
struct Split {
  std::vector<std::uint32_t> train, validation, test;
};

struct SplitOptions {
  double validation = 0.2;  ///< share of the rows that are not test rows, in [0, 0.9]; 0: no validation rows
  double test = 0.2;        ///< share of all rows, in [0, 0.9]; ignored when official_test_rows > 0
  std::uint32_t official_test_rows = 0;  ///< the last so many rows are the test rows, as the data's donors say
  std::uint64_t seed = 0;
};

/// Draws the split once, by seed. Exactly repeated feature rows stay on one side (except across the border of an
/// official test set, which is kept as its donors drew it), and so do the rows of a group. Stratified: every class keeps
/// its share in every part to within the size of its largest set of rows that stay together, each of which counts for the
/// class of its first row. Throws invalid_option, or invalid_data where a wanted part or a class's training rows would be
/// empty, or a group lies on both sides of the border of an official test set.
Split split(const Dataset& data, const SplitOptions& options);

/// Deals rows into `count` folds, 2 … 255, by seed: for each row of the list, its fold. As stratified as a split, and repeated
/// rows and those of a group are in one fold. Throws invalid_option, or shape_mismatch for a row that there is not.
std::vector<std::uint8_t> deal_folds(const Dataset& data, std::span<const std::uint32_t> rows, std::uint32_t count,
                                     std::uint64_t seed);
/// What stands for a missing value, one number per column: mean or median of those values that the given rows have, in
/// double precision in their order, rounded once. Throws invalid_data where they have none in some column.
std::vector<float> fit_fills(ConstMatrixRef features, std::span<const std::uint32_t> rows, Imputation imputation);
/// Puts them in the place of every NaN.
void fill_gaps(Matrix& features, std::span<const float> fills);

/// Column-wise scaling to mean 0 and deviation 1, fitted on training rows.
struct Standardisation {
  std::vector<float> mean, scale;  ///< one per column; scale > 0

  /// Mean and population deviation in double precision over the given rows, in their order. A constant column
  /// gets its value as mean and scale 1, so that it becomes exactly 0.
  static Standardisation fit(ConstMatrixRef features, std::span<const std::uint32_t> rows);
  /// (x − mean) / scale in place, in single precision. Throws shape_mismatch, or invalid_data where a value lies so far
  /// out that the result would be infinite; rows above it are scaled by then.
  void apply(Matrix& features) const;
};

/// The labels of the given rows, in their order.
std::vector<std::int32_t> select(std::span<const std::int32_t> labels, std::span<const std::uint32_t> rows);

/// Dataset files, magic "DSTD": version 3 where there are groups or an imputation, 2 where there are unlabelled rows or an
/// ensemble, else 1.
Bytes save_dataset(const Dataset& data);
Dataset load_dataset(ByteView file);

}  // namespace distillery
