#include "distillery/dataset.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "distillery/math.hpp"
#include "distillery/random.hpp"

namespace distillery {

namespace {

constexpr std::string_view magic = "DSTD";
constexpr std::uint32_t plain_version = 1, brought_version = 2, version = 3;
constexpr std::size_t max_classes = 1000;  // as Architecture's

constexpr float no_value = std::numeric_limits<float>::quiet_NaN();

/// Bits of a value, with −0 taken as +0 and every NaN as the same.
std::uint32_t value_bits(float value) noexcept {
  return value == 0.0f ? 0u : std::bit_cast<std::uint32_t>(std::isnan(value) ? no_value : value);
}

std::uint64_t row_hash(const float* row, std::size_t columns) noexcept {
  std::uint64_t hash = 0x9E3779B97F4A7C15;
  for (std::size_t i = 0; i < columns; ++i) {
    hash = (hash ^ value_bits(row[i])) * 0xD6E8FEB86659FD93;
    hash ^= hash >> 32;
  }
  return hash;
}

/// For each of the first `rows` rows, the first one that equals it. Found in a table of the first ones, open addressed by
/// hash: rows of one hash are told apart by `equal`, so the result does not depend on it.
std::vector<std::uint32_t> first_equals(std::uint32_t rows, const auto& hash, const auto& equal) {
  constexpr std::uint32_t free = UINT32_MAX;
  std::vector<std::uint32_t> table(std::bit_ceil(std::size_t{rows} * 2), free), first(rows);
  for (std::uint32_t row = 0; row < rows; ++row) {
    auto at = static_cast<std::size_t>(hash(row));
    while (table[at &= table.size() - 1] != free && !equal(table[at], row)) ++at;
    if (table[at] == free) table[at] = row;
    first[row] = table[at];
  }
  return first;
}

std::vector<std::uint32_t> first_duplicates(const Matrix& features, std::uint32_t rows) {
  const auto columns = static_cast<std::size_t>(features.cols());
  const auto row_at = [&](std::uint32_t row) { return features.data() + row * columns; };
  return first_equals(
      rows, [&](std::uint32_t row) { return row_hash(row_at(row), columns); },
      [&](std::uint32_t a, std::uint32_t b) {
        return std::equal(row_at(a), row_at(a) + columns, row_at(b),
                          [](float x, float y) { return value_bits(x) == value_bits(y); });
      });
}

/// For each of the first `rows` rows, the first of those that have to stay together with it: duplicates, its group, and
/// whatever these are tied to in turn.
std::vector<std::uint32_t> first_together(const Dataset& data, std::uint32_t rows) {
  std::vector<std::uint32_t> first = first_duplicates(data.features, rows);
  if (data.groups.empty()) return first;
  const auto of_group = first_equals(
      static_cast<std::uint32_t>(data.rows()),
      [&](std::uint32_t row) { return static_cast<std::uint32_t>(data.groups[row]) * 0x9E3779B97F4A7C15u >> 32; },
      [&](std::uint32_t a, std::uint32_t b) { return data.groups[a] == data.groups[b]; });
  for (std::uint32_t row = rows; row < data.rows(); ++row)
    if (of_group[row] < rows)
      fail(ErrorCode::invalid_data, {"Rows ", of_group[row] + 1, " and ", row + 1, " are of one group, but only the second is an "
           "official test row: leave the groups or the official test rows out."});
  // Trees that grow together; the root is the first row.
  const auto root = [&](std::uint32_t row) {
    while (first[row] != row) row = first[row] = first[first[row]];
    return row;
  };
  for (std::uint32_t row = 0; row < rows; ++row) {
    const std::uint32_t a = root(row), b = root(of_group[row]);
    first[std::max(a, b)] = std::min(a, b);
  }
  for (std::uint32_t row = 0; row < rows; ++row) first[row] = root(row);
  return first;
}

std::size_t share_of(double share, std::size_t rows) {
  return static_cast<std::size_t>(std::floor(share * static_cast<double>(rows) + 0.5));
}

const float* row_of(const ConstMatrixRef& features, std::uint32_t row) noexcept {
  return features.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(features.outerStride());
}

enum class Part : std::uint8_t { train, validation, test };

Split split_unguarded(const Dataset& data, const SplitOptions& options) {
  data.validate();
  require_between(0, 0.9, options.validation, "The validation share");
  const bool official = options.official_test_rows > 0;
  if (!official) require_between(0, 0.9, options.test, "The test share");
  if (options.official_test_rows >= data.rows())
    fail(ErrorCode::invalid_option, {"There are ", data.rows(), " rows, too few to keep ", options.official_test_rows,
         " of them as test rows."});

  const auto rows = static_cast<std::uint32_t>(data.rows());
  const std::uint32_t open = rows - options.official_test_rows;  // rows that are ours to assign
  const std::vector<std::uint32_t> first = first_together(data, open);
  std::vector<std::uint32_t> group_size(open, 0);
  for (const std::uint32_t group : first) ++group_size[group];

  const auto classes = data.class_names.size();
  std::vector<std::vector<std::uint32_t>> groups(classes);  // by the class of their first row
  for (std::uint32_t row = 0; row < open; ++row) {
    if (first[row] == row) groups[static_cast<std::size_t>(data.labels[row])].push_back(row);
  }

  std::vector<Part> part(rows, Part::train);
  std::fill_n(part.rbegin(), options.official_test_rows, Part::test);
  for (std::size_t c = 0; c < classes; ++c) {
    shuffle(groups[c], options.seed, Stream::split, static_cast<std::uint32_t>(c));
    std::size_t class_rows = 0;
    for (const std::uint32_t group : groups[c]) class_rows += group_size[group];

    // Groups that would overfill a part are passed over, so a part misses its size by less than one group.
    const auto fill = [&](Part target, std::size_t wanted) {
      std::size_t taken = 0;
      for (const std::uint32_t group : groups[c]) {
        if (taken == wanted) break;
        if (part[group] != Part::train || taken + group_size[group] > wanted) continue;
        part[group] = target;
        taken += group_size[group];
      }
      return taken;
    };
    const std::size_t tested = official ? 0 : fill(Part::test, share_of(options.test, class_rows));
    fill(Part::validation, share_of(options.validation, class_rows - tested));
  }

  Split result;
  std::vector<std::uint32_t> training_rows(classes, 0);
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (row < open) part[row] = part[first[row]];
    switch (part[row]) {
      case Part::train:
        ++training_rows[static_cast<std::size_t>(data.labels[row])];
        result.train.push_back(row);
        break;
      case Part::validation: result.validation.push_back(row); break;
      case Part::test: result.test.push_back(row); break;
    }
  }

  for (std::size_t c = 0; c < classes; ++c) {
    if (training_rows[c] == 0)
      fail(ErrorCode::invalid_data, {"No training rows are left for class \"", data.class_names[c],
           "\": give more rows of it, or smaller validation and test shares."});
  }
  if (options.validation > 0.0 && result.validation.empty())
    fail(ErrorCode::invalid_data, "The validation part is empty: give more rows, or a larger validation share.");
  if (!official && options.test > 0.0 && result.test.empty())
    fail(ErrorCode::invalid_data, "The test part is empty: give more rows, or a larger test share.");
  return result;
}

void check_rows(std::span<const std::uint32_t> rows, std::size_t available) {
  for (const std::uint32_t row : rows) {
    if (row >= available)
      fail(ErrorCode::shape_mismatch, {"Row ", row + 1.0, " was asked for, of ", available, "."});
  }
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    if (lead < 0x80) continue;
    const int more = lead < 0xC2 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : 0;
    if (more == 0 || text.size() - i < static_cast<std::size_t>(more)) return false;
    const auto second = static_cast<unsigned char>(text[i]);
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    if (lead == 0xE0 && second < 0xA0) return false;
    if (lead == 0xED && second > 0x9F) return false;
    if (lead == 0xF0 && second < 0x90) return false;
    if (lead == 0xF4 && second > 0x8F) return false;
    for (int k = 0; k < more; ++k) {
      if ((static_cast<unsigned char>(text[i++]) & 0xC0) != 0x80) return false;
    }
  }
  return true;
}

void validate_class_names(std::span<const std::string> names) {
  if (names.size() < 2 || names.size() > max_classes)
    fail(ErrorCode::invalid_data, {"There are ", names.size(), " classes; 2 to 1,000 can be told apart."});
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_utf8(names[i])) fail(ErrorCode::invalid_data, {"The name of class ", i + 1, " is not valid UTF-8 text."});
    for (std::size_t j = 0; j < i; ++j)  // there are few
      if (names[i] == names[j]) fail(ErrorCode::invalid_data, {"Two classes are both named \"", names[i], "\"."});
  }
}

namespace {

/// what: such as "The value", for errors. gaps: whether NaN is fine.
void require_finite(const Matrix& values, std::string_view what, bool gaps) {
  for (Eigen::Index row = 0; row < values.rows(); ++row)
    for (Eigen::Index column = 0; column < values.cols(); ++column)
      if (!std::isfinite(values(row, column)) && !(gaps && std::isnan(values(row, column))))
        fail(ErrorCode::invalid_data, {what, " in row ", row + 1, ", column ", column + 1, " is not a finite number."});
}

void require_distributions(const Matrix& rows) {
  for (Eigen::Index row = 0; row < rows.rows(); ++row) {
    double sum = 0;
    bool share = true;
    for (const float value : rows.row(row)) {
      share &= value >= 0;
      sum += static_cast<double>(value);
    }
    if (!share || !(std::fabs(sum - 1) <= 1e-3))
      fail(ErrorCode::invalid_data, {"Row ", row + 1, " of the ensemble's answers is no distribution: its probabilities must be "
           "0 or more and sum to 1. Take the softmax of logits first."});
  }
}

}  // namespace

void Dataset::validate() const {
  if (static_cast<std::size_t>(features.rows()) != labels.size())
    fail(ErrorCode::shape_mismatch, {"There are ", features.rows(), " rows of features and ", labels.size(),
         " labels."});
  if (labels.empty() || features.cols() == 0) fail(ErrorCode::invalid_data, "The data has no rows or no columns.");
  if (labels.size() > std::numeric_limits<std::uint32_t>::max() || features.cols() > 65536)
    fail(ErrorCode::invalid_data, "At most 4,294,967,295 rows and 65,536 columns are possible.");
  validate_class_names(class_names);
  if (imputation > Imputation::median) fail(ErrorCode::invalid_option, "This imputation does not exist.");
  const bool gaps = imputation != Imputation::none;
  require_finite(features, "The value", gaps);
  for (std::size_t row = 0; row < rows(); ++row)
    if (labels[row] < 0 || labels[row] >= classes())
      fail(ErrorCode::invalid_data, {"The label of row ", row + 1, " is ", labels[row], ", outside 0 to ",
           classes() - 1, "."});
  if (unlabelled.rows() > 0 && unlabelled.cols() != features.cols())
    fail(ErrorCode::shape_mismatch, {"The unlabelled rows have ", unlabelled.cols(), " columns, the others ",
         features.cols(), "."});
  require_finite(unlabelled, "The unlabelled value", gaps);
  if (!groups.empty() && groups.size() != labels.size())
    fail(ErrorCode::shape_mismatch, {"There are ", groups.size(), " groups for ", labels.size(), " rows; each row needs one."});
  if (ensemble.rows() == 0) return;
  if (ensemble.rows() != features.rows() + unlabelled.rows() || ensemble.cols() != classes())
    fail(ErrorCode::shape_mismatch, {"The ensemble's answers are ", ensemble.rows(), " × ", ensemble.cols(), "; they must be ",
         features.rows() + unlabelled.rows(), " × ", classes(), ": the probabilities of every class, of the rows and then "
         "of the unlabelled ones."});
  require_distributions(ensemble);
}

Split split(const Dataset& data, const SplitOptions& options) {
  return guarded([&] { return split_unguarded(data, options); });
}

std::vector<std::uint8_t> deal_folds(const Dataset& data, std::span<const std::uint32_t> rows, std::uint32_t count,
                                     std::uint64_t seed) {
  return guarded([&] {
    require_between(2, 255, count, "The number of folds");
    check_rows(rows, data.rows());
    const auto first = first_together(data, static_cast<std::uint32_t>(data.rows()));
    constexpr std::uint8_t none = 255;
    std::vector<std::uint8_t> fold(data.rows(), none);  // of the first of rows that stay together
    std::vector<std::vector<std::uint32_t>> heads(data.class_names.size());
    for (const std::uint32_t row : rows) {
      if (fold[first[row]] != none) continue;
      fold[first[row]] = 0;
      heads[static_cast<std::size_t>(data.labels[first[row]])].push_back(first[row]);
    }
    std::uint32_t next = 0;
    for (std::size_t c = 0; c < heads.size(); ++c) {
      shuffle(heads[c], seed, Stream::split, static_cast<std::uint32_t>(c));
      for (const std::uint32_t head : heads[c]) fold[head] = static_cast<std::uint8_t>(next++ % count);
    }
    std::vector<std::uint8_t> folds(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) folds[i] = fold[first[rows[i]]];
    return folds;
  });
}

std::vector<float> fit_fills(ConstMatrixRef features, std::span<const std::uint32_t> rows, Imputation imputation) {
  return guarded([&] {
    check_rows(rows, static_cast<std::size_t>(features.rows()));
    std::vector<float> fills, values;
    for (Eigen::Index column = 0; column < features.cols(); ++column) {
      values.clear();
      for (const std::uint32_t row : rows)
        if (const float value = row_of(features, row)[column]; !std::isnan(value)) values.push_back(value);
      if (values.empty())
        fail(ErrorCode::invalid_data, {"Column ", column + 1, " has no value in any training row: leave it out."});
      double sum = 0;
      if (imputation == Imputation::mean) {
        for (const float value : values) sum += static_cast<double>(value);
        fills.push_back(static_cast<float>(sum / static_cast<double>(values.size())));
      } else {
        std::ranges::sort(values);
        for (const std::size_t middle : {(values.size() - 1) / 2, values.size() / 2}) sum += static_cast<double>(values[middle]);
        fills.push_back(static_cast<float>(sum / 2));
      }
    }
    return fills;
  });
}

void fill_gaps(Matrix& features, std::span<const float> fills) {
  for (Eigen::Index row = 0; row < features.rows(); ++row)
    for (Eigen::Index column = 0; column < features.cols(); ++column)
      if (float& value = features(row, column); std::isnan(value)) value = fills[static_cast<std::size_t>(column)];
}

Standardisation Standardisation::fit(ConstMatrixRef features, std::span<const std::uint32_t> rows) {
  return guarded([&] {
    check_rows(rows, static_cast<std::size_t>(features.rows()));
    if (rows.empty()) fail(ErrorCode::invalid_data, "Scaling needs at least one row.");
    const auto columns = static_cast<std::size_t>(features.cols());
    const auto count = static_cast<double>(rows.size());
    const float* front = row_of(features, rows.front());

    std::vector<double> mean(columns, 0.0), variance(columns, 0.0);
    std::vector<std::uint8_t> constant(columns, 1);
    for (const std::uint32_t row : rows) {
      const float* x = row_of(features, row);
      for (std::size_t i = 0; i < columns; ++i) {
        mean[i] += static_cast<double>(x[i]);
        constant[i] &= static_cast<std::uint8_t>(x[i] == front[i]);
      }
    }
    for (double& value : mean) value /= count;
    for (const std::uint32_t row : rows) {
      const float* x = row_of(features, row);
      for (std::size_t i = 0; i < columns; ++i) {
        const double deviation = static_cast<double>(x[i]) - mean[i];
        variance[i] += deviation * deviation;
      }
    }

    Standardisation result{std::vector<float>(columns), std::vector<float>(columns)};
    for (std::size_t i = 0; i < columns; ++i) {
      const auto scale = static_cast<float>(math::sqrt(variance[i] / count));
      // A deviation below the normal numbers is as good as none.
      const bool flat = constant[i] || !(scale >= std::numeric_limits<float>::min());
      result.mean[i] = constant[i] ? front[i] : static_cast<float>(mean[i]);
      result.scale[i] = flat ? 1.0f : scale;
      if (!std::isfinite(result.mean[i]) || !std::isfinite(result.scale[i]))
        fail(ErrorCode::invalid_data, {"Column ", i + 1, " holds a value that is not a finite number."});
    }
    return result;
  });
}

void Standardisation::apply(Matrix& features) const {
  guarded([&] {
    if (static_cast<std::size_t>(features.cols()) != mean.size() || mean.size() != scale.size())
      fail(ErrorCode::shape_mismatch, {"The rows have ", features.cols(), " columns; the scaling was fitted on ",
           mean.size(), "."});
    float* x = features.data();
    for (Eigen::Index row = 0; row < features.rows(); ++row)
      for (std::size_t i = 0; i < mean.size(); ++i, ++x) {
        const float value = (*x - mean[i]) / scale[i];
        if (!std::isfinite(value))
          fail(ErrorCode::invalid_data, {"The value in row ", row + 1, ", column ", i + 1,
               " is not finite, or much too far from the training rows."});
        *x = value;
      }
  });
}

std::vector<std::int32_t> select(std::span<const std::int32_t> labels, std::span<const std::uint32_t> rows) {
  return guarded([&] {
    check_rows(rows, labels.size());
    std::vector<std::int32_t> result(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) result[i] = labels[rows[i]];
    return result;
  });
}

namespace {

void put(ByteWriter& writer, const Matrix& values) {
  const std::span all(values.data(), static_cast<std::size_t>(values.size()));
  if (std::ranges::none_of(all, [](float value) { return std::isnan(value); })) return writer.put(all);
  writer.put(static_cast<std::uint64_t>(all.size()));
  for (const float value : all) writer.put(std::isnan(value) ? no_value : value);  // every table has one file
}

/// Straight into the matrix, since a second copy of the features would be the largest thing in memory.
Matrix get_matrix(ByteReader& reader, std::uint64_t rows, std::uint32_t columns) {
  const std::uint64_t values = rows * columns;
  if (reader.get<std::uint64_t>() != values) reader.fail("its features do not fit its rows and columns");
  if (values > reader.left() / sizeof(float)) reader.fail("a length exceeds the file");
  Matrix matrix(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  for (std::uint64_t i = 0; i < values; ++i) matrix.data()[i] = reader.get<float>();
  return matrix;
}

}  // namespace

// Payload: columns, classes (u32 each), the names, the labels, the features row by row; of version 2 also how many rows are
// unlabelled and how many the ensemble answers on (u32 each), and these, row by row; of version 3 moreover the imputation (u8)
// and the groups.
Bytes save_dataset(const Dataset& data) {
  return guarded([&] {
    data.validate();
    const std::uint32_t needed = data.imputation != Imputation::none || !data.groups.empty()   ? version
                                 : data.unlabelled.rows() > 0 || data.ensemble.rows() > 0 ? brought_version
                                                                                          : plain_version;
    ByteWriter writer(magic, needed);
    writer.put(static_cast<std::uint32_t>(data.columns()));
    writer.put(static_cast<std::uint32_t>(data.classes()));
    for (const std::string& name : data.class_names) writer.put(std::string_view(name));
    writer.put(data.labels);
    put(writer, data.features);
    if (needed >= brought_version) {
      writer.put(static_cast<std::uint32_t>(data.unlabelled.rows()));
      writer.put(static_cast<std::uint32_t>(data.ensemble.rows()));
      put(writer, data.unlabelled);
      put(writer, data.ensemble);
    }
    if (needed >= version) {
      writer.put(static_cast<std::uint8_t>(data.imputation));
      writer.put(data.groups);
    }
    return std::move(writer).seal();
  });
}

Dataset load_dataset(ByteView file) {
  return guarded([&] {
    constexpr std::string_view what = "data file";
    const auto opened = unseal(magic, version, file, what);
    ByteReader reader(opened.payload, what);
    const auto columns = reader.get<std::uint32_t>();
    const auto classes = reader.get<std::uint32_t>();
    if (classes > max_classes) reader.fail("it has too many classes");
    Dataset data;
    for (std::uint32_t c = 0; c < classes; ++c) data.class_names.push_back(reader.get_string());
    data.labels = reader.get_vector<std::int32_t>();
    data.features = get_matrix(reader, data.labels.size(), columns);
    if (opened.version >= brought_version) {
      const auto unlabelled = reader.get<std::uint32_t>(), answered = reader.get<std::uint32_t>();
      data.unlabelled = get_matrix(reader, unlabelled, columns);
      data.ensemble = get_matrix(reader, answered, classes);
    }
    if (opened.version >= version) {
      data.imputation = static_cast<Imputation>(reader.get<std::uint8_t>());
      data.groups = reader.get_vector<std::int32_t>();
    }
    reader.finish();
    try {
      data.validate();
    } catch (const Error& error) {
      reader.fail(error.what());
    }
    return data;
  });
}

}  // namespace distillery
