#include "distillery/dataset.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "distillery/random.hpp"
#include "support.hpp"

using namespace distillery;
using support::code_of;
using support::seal;
using support::message_of;

namespace {

/// Random rows of the given class sizes, classes mixed; `distinct` > 0 draws features from so few values that rows
/// repeat.
Dataset make(const std::vector<std::uint32_t>& class_sizes, Eigen::Index columns = 3, std::uint32_t distinct = 0) {
  std::vector<std::uint32_t> labels;
  for (std::size_t c = 0; c < class_sizes.size(); ++c)
    labels.insert(labels.end(), class_sizes[c], static_cast<std::uint32_t>(c));
  shuffle(labels, 77, Stream::shuffle, 0);
  const Random random(77, Stream::generator);
  Dataset data;
  data.labels.assign(labels.begin(), labels.end());
  for (std::size_t c = 0; c < class_sizes.size(); ++c) data.class_names.push_back("class " + std::to_string(c));
  data.features.resize(static_cast<Eigen::Index>(labels.size()), columns);
  for (std::uint32_t row = 0; row < labels.size(); ++row) {
    for (Eigen::Index column = 0; column < columns; ++column) {
      const double u = random.uniform(row, static_cast<std::uint32_t>(column));
      const double value = distinct > 0 ? std::floor(u * distinct) : u;
      data.features(static_cast<Eigen::Index>(row), column) = static_cast<float>(value);
    }
  }
  return data;
}

void check_partition(const Split& split, std::size_t rows) {
  std::vector<std::uint32_t> all;
  for (const auto* part : {&split.train, &split.validation, &split.test}) {
    CHECK(std::is_sorted(part->begin(), part->end()));
    all.insert(all.end(), part->begin(), part->end());
  }
  std::sort(all.begin(), all.end());
  CHECK(all.size() == rows);
  bool exact = true;
  for (std::uint32_t row = 0; row < all.size(); ++row) exact = exact && all[row] == row;
  CHECK(exact);
}

std::vector<std::size_t> class_counts(const Dataset& data, const std::vector<std::uint32_t>& rows) {
  std::vector<std::size_t> counts(data.class_names.size());
  for (const std::uint32_t row : rows) ++counts[static_cast<std::size_t>(data.labels[row])];
  return counts;
}

std::vector<float> row_of(const Dataset& data, std::uint32_t row) {
  std::vector<float> values;
  for (Eigen::Index column = 0; column < data.features.cols(); ++column)
    values.push_back(data.features(static_cast<Eigen::Index>(row), column) + 0.0f);  // −0 becomes +0
  return values;
}

bool equal(const Split& a, const Split& b) {
  return a.train == b.train && a.validation == b.validation && a.test == b.test;
}

}  // namespace

TEST_CASE("A split takes every row once and keeps each class's share") {
  const Dataset data = make({600, 301, 99});
  const Split parts = split(data, {.validation = 0.25, .test = 0.2, .seed = 4});
  check_partition(parts, 1000);
  CHECK(class_counts(data, parts.test) == std::vector<std::size_t>{120, 60, 20});
  CHECK(class_counts(data, parts.validation) == std::vector<std::size_t>{120, 60, 20});  // of 480, 241 and 79
  CHECK(class_counts(data, parts.train) == std::vector<std::size_t>{360, 181, 59});
}

TEST_CASE("A split follows its seed and nothing else") {
  const Dataset data = make({50, 50});
  CHECK(equal(split(data, {.seed = 1}), split(data, {.seed = 1})));
  CHECK_FALSE(equal(split(data, {.seed = 1}), split(data, {.seed = 2})));
}

TEST_CASE("The same split everywhere and for ever") {
  const Split parts = split(make({20, 12}, 2, 4), {.validation = 0.2, .test = 0.2, .seed = 3});
  CHECK(parts.test == std::vector<std::uint32_t>{3, 5, 8, 9, 17, 25, 29});
  CHECK(parts.validation == std::vector<std::uint32_t>{4, 10, 23, 24, 26});
}

TEST_CASE("Repeated rows stay on one side, even with different labels and signs of zero") {
  Dataset data = make({300, 200, 100}, 2, 8);  // 64 distinct rows of 600
  for (Eigen::Index row = 0; row < 600; row += 3) {
    for (Eigen::Index column = 0; column < 2; ++column) {
      if (data.features(static_cast<Eigen::Index>(row), column) == 0.0f) data.features(row, column) = -0.0f;
    }
  }
  const Split parts = split(data, {.validation = 0.3, .test = 0.3, .seed = 8});
  check_partition(parts, 600);
  std::map<std::vector<float>, std::set<int>> sides;
  for (const std::uint32_t row : parts.train) sides[row_of(data, row)].insert(0);
  for (const std::uint32_t row : parts.validation) sides[row_of(data, row)].insert(1);
  for (const std::uint32_t row : parts.test) sides[row_of(data, row)].insert(2);
  CHECK(sides.size() == 64);
  for (const auto& [row, side] : sides) CHECK(side.size() == 1);
  CHECK(parts.test.size() > 100);
  CHECK(parts.validation.size() > 60);
}

TEST_CASE("With repeated rows a class misses its share by less than its largest group") {
  Dataset data = make({400, 400}, 1, 40);
  std::map<std::pair<int, float>, std::size_t> groups;
  for (std::size_t row = 0; row < 800; ++row) {  // disjoint values, so that a group has one class
    const auto at = static_cast<Eigen::Index>(row);
    data.features(at, 0) += static_cast<float>(100 * data.labels[row]);
    ++groups[{data.labels[row], data.features(at, 0)}];
  }
  std::size_t largest = 0;
  for (const auto& [key, size] : groups) largest = std::max(largest, size);
  const Split parts = split(data, {.validation = 0.25, .test = 0.2, .seed = 1});
  for (const std::size_t count : class_counts(data, parts.test)) {
    CHECK(count <= 80);
    CHECK(count + largest > 80);
  }
  for (const std::size_t count : class_counts(data, parts.validation)) {
    CHECK(count <= 100);
    CHECK(count + 2 * largest > 80);
  }
}

TEST_CASE("Rows of a group stay on one side, with their duplicates and the groups of these") {
  Dataset data = make({300, 200, 100}, 2, 12);  // 144 distinct rows of 600
  for (std::size_t row = 0; row < 600; ++row) data.groups.push_back(row < 200 ? -1 - static_cast<std::int32_t>(row) / 5 : static_cast<std::int32_t>(row));
  const Split parts = split(data, {.seed = 9});
  check_partition(parts, 600);
  std::map<std::int32_t, std::set<int>> parts_of_group;
  std::map<std::vector<float>, std::set<int>> parts_of_row;
  int part = 0;
  for (const auto* rows : {&parts.train, &parts.validation, &parts.test}) {
    CHECK_FALSE(rows->empty());
    for (const std::uint32_t row : *rows) {
      parts_of_group[data.groups[row]].insert(part);
      parts_of_row[row_of(data, row)].insert(part);
    }
    ++part;
  }
  CHECK(parts_of_group.size() == 440);
  for (const auto& [group, in] : parts_of_group) CHECK(in.size() == 1);
  for (const auto& [values, in] : parts_of_row) CHECK(in.size() == 1);
  data.groups.clear();
  CHECK_FALSE(equal(split(data, {.seed = 9}), parts));
}

TEST_CASE("Groups of one row each change no split, and groups of several keep the shares") {
  Dataset data = make({600, 400});
  const Split plain = split(data, {.seed = 4});
  for (std::int32_t row = 0; row < 1000; ++row) data.groups.push_back(1000 - row);
  CHECK(equal(split(data, {.seed = 4}), plain));
  for (std::int32_t& group : data.groups) group /= 10;
  const Split grouped = split(data, {.seed = 4});
  // Each class misses its share by less than a group of 10.
  CHECK(std::abs(static_cast<int>(grouped.test.size()) - 200) < 20);
  CHECK(std::abs(static_cast<int>(grouped.validation.size()) - 160) < 20);
}

TEST_CASE("A group on both sides of the border of official test rows is refused, naming two of its rows") {
  Dataset data = make({60, 40});
  for (std::int32_t row = 0; row < 100; ++row) data.groups.push_back(row / 10);
  check_partition(split(data, {.official_test_rows = 20}), 100);
  CHECK(code_of([&] { split(data, {.official_test_rows = 25}); }) == ErrorCode::invalid_data);
  CHECK(message_of([&] { split(data, {.official_test_rows = 25}); }).find("Rows 71 and 76 ") != std::string::npos);
  data.groups.pop_back();
  CHECK(code_of([&] { split(data, {}); }) == ErrorCode::shape_mismatch);
}

TEST_CASE("Rows that lack the same values are duplicates, whatever NaN stands there; with and without a value they are not") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Dataset data = make({40, 40}, 2);
  data.imputation = Imputation::mean;
  for (Eigen::Index row = 0; row < 40; ++row) data.features.row(row) << (row % 2 == 0 ? nan : -nan), static_cast<float>(row / 2);
  for (Eigen::Index row = 40; row < 60; ++row) data.features.row(row) << 0.0f, static_cast<float>(row - 40);
  int apart = 0, together = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Split parts = split(data, {.seed = seed});
    std::vector<int> part(80, 0);
    for (const std::uint32_t row : parts.validation) part[row] = 1;
    for (const std::uint32_t row : parts.test) part[row] = 2;
    for (std::size_t row = 0; row < 40; row += 2) {
      CHECK(part[row] == part[row + 1]);
      ++(part[row] == part[40 + row / 2] ? together : apart);
    }
  }
  CHECK(apart > 0);
  CHECK(together > 0);
}

TEST_CASE("What is missing is filled with the mean or the median of the rows given, and of no others") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Matrix features(6, 2);
  features << 1.0f, nan, nan, 4.0f, 3.0f, 1.0f, 8.0f, 2.0f, 1e30f, 3.0f, nan, 1e30f;
  const std::vector<std::uint32_t> rows{0, 1, 2, 3}, even{2, 0}, none{1}, beyond{6};
  CHECK(fit_fills(features, rows, Imputation::mean) == std::vector<float>{4.0f, static_cast<float>(7.0 / 3.0)});
  CHECK(fit_fills(features, rows, Imputation::median) == std::vector<float>{3.0f, 2.0f});
  CHECK(fit_fills(features, even, Imputation::median) == std::vector<float>{2.0f, 1.0f});  // between the two in the middle
  CHECK(code_of([&] { fit_fills(features, none, Imputation::mean); }) == ErrorCode::invalid_data);
  CHECK(message_of([&] { fit_fills(features, none, Imputation::mean); }).find("Column 1 ") != std::string::npos);
  CHECK(code_of([&] { fit_fills(features, beyond, Imputation::mean); }) == ErrorCode::shape_mismatch);
  fill_gaps(features, std::vector<float>{7.0f, 5.0f});
  Matrix expected(6, 2);
  expected << 1.0f, 5.0f, 7.0f, 4.0f, 3.0f, 1.0f, 8.0f, 2.0f, 1e30f, 3.0f, 7.0f, 1e30f;
  CHECK(features == expected);
}

TEST_CASE("Official test rows are the last ones, whatever they repeat") {
  Dataset data = make({60, 40});
  data.features.row(99) = data.features.row(0);
  const Split parts = split(data, {.validation = 0.25, .test = 0.9, .official_test_rows = 20, .seed = 5});
  check_partition(parts, 100);
  REQUIRE(parts.test.size() == 20);
  CHECK(parts.test.front() == 80);
  CHECK(parts.validation.size() == 20);
}

TEST_CASE("A split without validation or test rows leaves them empty") {
  const Dataset data = make({30, 30});
  const Split none = split(data, {.validation = 0.0, .test = 0.0});
  CHECK(none.train.size() == 60);
  CHECK(none.validation.empty());
  CHECK(none.test.empty());
}

TEST_CASE("Splits refuse options out of range and data that cannot fill them") {
  const Dataset data = make({30, 30});
  for (const double share : {-0.1, 0.91, std::nan("")}) {
    CHECK(code_of([&] { split(data, {.validation = share}); }) == ErrorCode::invalid_option);
    CHECK(code_of([&] { split(data, {.test = share}); }) == ErrorCode::invalid_option);
  }
  CHECK(code_of([&] { split(data, {.official_test_rows = 60}); }) == ErrorCode::invalid_option);
  CHECK(code_of([&] { split(make({2, 2}), {.validation = 0.0, .test = 0.1}); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { split(make({2, 2}), {.validation = 0.1, .test = 0.0}); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { split(make({30, 1}), {.validation = 0.5}); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { split(make({30, 0}), {}); }) == ErrorCode::invalid_data);
  Dataset same = make({30, 30});
  same.features.setZero();
  CHECK(code_of([&] { split(same, {}); }) == ErrorCode::invalid_data);
}

TEST_CASE("Data that cannot be used is refused, naming the row and column from 1") {
  const auto break_it = [](auto&& change) {
    Dataset data = make({3, 3});
    change(data);
    return data;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const Dataset nan_value = break_it([&](Dataset& data) { data.features(4, 2) = nan; });
  CHECK(code_of([&] { nan_value.validate(); }) == ErrorCode::invalid_data);
  CHECK(message_of([&] { nan_value.validate(); }).find("row 5, column 3") != std::string::npos);
  CHECK(code_of([&] { split(nan_value, {}); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { save_dataset(nan_value); }) == ErrorCode::invalid_data);
  const auto code = [&](auto&& change) { return code_of([&] { break_it(change).validate(); }); };
  CHECK(code([&](Dataset& data) { data.features(0, 0) = -infinity; }) == ErrorCode::invalid_data);
  CHECK(code([](Dataset& data) { data.labels[2] = 2; }) == ErrorCode::invalid_data);
  CHECK(code([](Dataset& data) { data.labels[2] = -1; }) == ErrorCode::invalid_data);
  CHECK(code([](Dataset& data) { data.labels.pop_back(); }) == ErrorCode::shape_mismatch);
  CHECK(code([](Dataset& data) { data = Dataset{Matrix(0, 3), {}, {"a", "b"}}; }) == ErrorCode::invalid_data);
  CHECK(code([](Dataset& data) { data.features.resize(6, 0); }) == ErrorCode::invalid_data);
  CHECK(code([](Dataset& data) { data.class_names[1] = data.class_names[0]; }) == ErrorCode::invalid_data);
  CHECK(code([](Dataset& data) { data.class_names[1] = "\xff"; }) == ErrorCode::invalid_data);
  CHECK(code([](Dataset& data) { data.class_names.resize(1); }) == ErrorCode::invalid_data);
  CHECK(message_of([&] {
          break_it([](Dataset& data) { data.labels[2] = 2; }).validate();
        }).find("row 3") != std::string::npos);
}

TEST_CASE("Only well-formed UTF-8 passes as text") {
  for (const std::string_view good : {"", "a", "\x7f", "ä", "\xe0\xa0\x80", "€", "\xed\x9f\xbf", "\xef\xbf\xbf", "😀",
                                      "\xf4\x8f\xbf\xbf"})
    CHECK(is_utf8(good));
  for (const std::string_view bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xed\xa0\x80",
                                     "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("Standardised training rows have mean 0 and deviation 1") {
  Dataset data = make({300, 300});
  data.features.col(0) *= 1e4f;
  data.features.col(1).array() += 50.0f;
  const Split parts = split(data, {});
  const Standardisation scaling = Standardisation::fit(data.features, parts.train);
  scaling.apply(data.features);
  for (Eigen::Index column = 0; column < 3; ++column) {
    const Eigen::VectorXd values = data.features(parts.train, column).cast<double>();
    const double mean = values.mean();
    // Column 2 lies at 50 with a deviation of 0.3, so a float there is 2^-18 apart: 1e-5 deviations.
    CHECK(std::fabs(mean) < 2e-5);
    CHECK(std::fabs((values.array() - mean).square().mean() - 1.0) < 2e-5);
  }
}

TEST_CASE("Scaling knows only the rows it was fitted on") {
  Dataset data = make({10, 10});
  const std::vector<std::uint32_t> rows{0, 2, 4, 6};
  const Standardisation before = Standardisation::fit(data.features, rows);
  for (Eigen::Index row = 1; row < 20; row += 2) data.features.row(row).setConstant(1e6f);
  data.features.row(8).setConstant(-1e6f);
  const Standardisation after = Standardisation::fit(data.features, rows);
  CHECK(before.mean == after.mean);
  CHECK(before.scale == after.scale);
}

TEST_CASE("A constant column becomes exactly 0") {
  Matrix features(3, 2);
  features << 0.1f, 1e-40f, 0.1f, 2e-40f, 0.1f, 3e-40f;
  const std::vector<std::uint32_t> rows{0, 1, 2};
  const Standardisation scaling = Standardisation::fit(features, rows);
  CHECK(scaling.mean[0] == 0.1f);
  CHECK(scaling.scale == std::vector<float>{1.0f, 1.0f});  // the second deviation is subnormal
  scaling.apply(features);
  CHECK(features.col(0).isZero(0.0f));
}

TEST_CASE("Scaling refuses what it cannot use") {
  Matrix features(2, 1);
  features << 1.0f, 2.0f;
  const std::vector<std::uint32_t> rows{0, 1}, beyond{2};
  const Standardisation scaling = Standardisation::fit(features, rows);
  CHECK(code_of([&] { Standardisation::fit(features, {}); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { Standardisation::fit(features, beyond); }) == ErrorCode::shape_mismatch);
  Matrix wide(2, 2);
  CHECK(code_of([&] { scaling.apply(wide); }) == ErrorCode::shape_mismatch);
  features(1, 0) = 3e38f;
  const Standardisation narrow{{-1.0f}, {0.5f}};
  Matrix far = features;
  CHECK(code_of([&] { narrow.apply(far); }) == ErrorCode::invalid_data);
  far = features;
  CHECK(message_of([&] { narrow.apply(far); }).find("row 2, column 1") != std::string::npos);
  features(1, 0) = std::numeric_limits<float>::quiet_NaN();
  CHECK(code_of([&] { Standardisation::fit(features, rows); }) == ErrorCode::invalid_data);
}

TEST_CASE("Labels are selected in the order asked for") {
  const std::vector<std::int32_t> labels{5, 6, 7};
  const std::vector<std::uint32_t> rows{2, 0, 2}, beyond{3};
  CHECK(select(labels, rows) == std::vector<std::int32_t>{7, 5, 7});
  CHECK(code_of([&] { select(labels, beyond); }) == ErrorCode::shape_mismatch);
}

namespace {

/// Cut at every byte or flipped at every bit, the file is refused.
void check_altered(Bytes file) {
  for (std::size_t size = 0; size < file.size(); ++size)
    CHECK(code_of([&] { load_dataset(ByteView(file).first(size)); }) == ErrorCode::corrupt_file);
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1 << bit % 8);
    file[bit / 8] ^= mask;
    CHECK(code_of([&] { load_dataset(file); }) == ErrorCode::corrupt_file);
    file[bit / 8] ^= mask;
  }
}

}  // namespace

TEST_CASE("A data file opens as what was saved, and nothing but a whole one opens") {
  Dataset data = make({3, 4, 2});
  data.class_names = {"", "ä\"\\\n", "😀"};
  Bytes file = save_dataset(data);
  const Dataset again = load_dataset(file);
  CHECK(again.features == data.features);
  CHECK(again.labels == data.labels);
  CHECK(again.class_names == data.class_names);
  CHECK(save_dataset(again) == file);
  check_altered(file);
}

TEST_CASE("Data files that lie behind a right checksum are refused") {
  struct Lies {
    std::uint32_t columns = 2, classes = 2;
    std::uint64_t values = 4;
    std::vector<std::int32_t> labels{0, 1};
    float value = 1.0f;
    std::string_view name = "b";
    bool tail = false;
  };
  const auto opens = [](const Lies& lies) {
    ByteWriter writer;
    writer.put(lies.columns);
    writer.put(lies.classes);
    writer.put(std::string_view("a"));
    writer.put(lies.name);
    writer.put(lies.labels);
    writer.put(lies.values);
    for (int i = 0; i < 4; ++i) writer.put(lies.value);
    if (lies.tail) writer.put(std::uint8_t{0});
    return code_of([&] { load_dataset(seal("DSTD", 1, writer.bytes())); });
  };
  CHECK(opens({}) == std::nullopt);
  CHECK(opens({.labels = {0, 1, 0}}) == ErrorCode::corrupt_file);
  CHECK(opens({.values = 0, .labels = {}}) == ErrorCode::corrupt_file);
  CHECK(opens({.columns = 3}) == ErrorCode::corrupt_file);
  CHECK(opens({.columns = 3, .values = 6}) == ErrorCode::corrupt_file);
  CHECK(opens({.columns = 0x80000000, .values = 0}) == ErrorCode::corrupt_file);  // 2 × 2^31 is 0 in 32 bits
  CHECK(opens({.columns = 0x80000000, .values = 0x100000000}) == ErrorCode::corrupt_file);
  // 2^46 bytes or so: had they been asked for, the error would be another one.
  CHECK(opens({.columns = 0xffffffff, .values = 4000 * std::uint64_t{0xffffffff},
               .labels = std::vector<std::int32_t>(4000)}) == ErrorCode::corrupt_file);
  CHECK(opens({.classes = 0xffffffff}) == ErrorCode::corrupt_file);
  CHECK(opens({.classes = 1}) == ErrorCode::corrupt_file);
  CHECK(opens({.values = ~std::uint64_t{0}}) == ErrorCode::corrupt_file);
  CHECK(opens({.labels = {0, 2}}) == ErrorCode::corrupt_file);
  CHECK(opens({.value = std::numeric_limits<float>::infinity()}) == ErrorCode::corrupt_file);
  CHECK(opens({.name = "a"}) == ErrorCode::corrupt_file);
  CHECK(opens({.name = "\xc3"}) == ErrorCode::corrupt_file);
  CHECK(opens({.tail = true}) == ErrorCode::corrupt_file);
  CHECK(code_of([&] { load_dataset(seal("DSTD", 4, {})); }) == ErrorCode::unsupported_version);
}

TEST_CASE("Groups and gaps open from a file as they were saved; every table has one file") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Dataset data = make({3, 3});
  data.groups = {5, -5, 0, 0, 5, 1};
  data.imputation = Imputation::median;
  data.features(2, 1) = -nan;
  data.unlabelled = Matrix::Constant(2, data.features.cols(), 0.5f);
  data.unlabelled(1, 0) = nan;
  Bytes file = save_dataset(data);
  const Dataset again = load_dataset(file);
  CHECK(again.groups == data.groups);
  CHECK(again.imputation == Imputation::median);
  CHECK(std::isnan(again.features(2, 1)));
  CHECK(std::isnan(again.unlabelled(1, 0)));
  CHECK(save_dataset(again) == file);
  data.features(2, 1) = nan;
  CHECK(save_dataset(data) == file);
  check_altered(file);
  const auto sealed = [&](std::uint8_t imputation, std::vector<std::int32_t> groups) {
    data.groups.clear();
    const Bytes whole = save_dataset(data);
    ByteWriter writer;
    const std::size_t kept = whole.size() - 8 - 4 - 9;  // what comes before imputation and groups, without magic and version
    for (std::size_t at = 8; at < 8 + kept; ++at) writer.put(whole[at]);
    writer.put(imputation);
    writer.put(groups);
    return code_of([&] { load_dataset(seal("DSTD", 3, writer.bytes())); });
  };
  CHECK(sealed(1, {}) == std::nullopt);
  CHECK(sealed(2, {1, 2, 3, 4, 5, 6}) == std::nullopt);
  CHECK(sealed(0, {}) == ErrorCode::corrupt_file);  // then nothing may be missing
  CHECK(sealed(3, {}) == ErrorCode::corrupt_file);
  CHECK(sealed(1, {1, 2, 3}) == ErrorCode::corrupt_file);
}

TEST_CASE("Unlabelled rows and an ensemble's answers are checked, and open from a file as they were saved") {
  Dataset data = make({3, 3});
  data.unlabelled = Matrix::Constant(2, data.features.cols(), 0.5f);
  data.ensemble = Matrix::Constant(8, 2, 0.5f);
  const Bytes file = save_dataset(data);
  const Dataset again = load_dataset(file);
  CHECK(again.features == data.features);
  CHECK(again.unlabelled == data.unlabelled);
  CHECK(again.ensemble == data.ensemble);
  CHECK(save_dataset(again) == file);
  for (std::size_t size = 0; size < file.size(); ++size)
    CHECK(code_of([&] { load_dataset(ByteView(file).first(size)); }) == ErrorCode::corrupt_file);

  const auto code = [&](auto&& change) {
    Dataset broken = data;
    change(broken);
    return code_of([&] { broken.validate(); });
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(code([](Dataset&) {}) == std::nullopt);
  CHECK(code([](Dataset& set) { set.ensemble.resize(0, 0); }) == std::nullopt);
  CHECK(code([](Dataset& set) { set.unlabelled = Matrix::Zero(2, set.features.cols() + 1); }) == ErrorCode::shape_mismatch);
  CHECK(code([](Dataset& set) { set.unlabelled.resize(0, 0); }) == ErrorCode::shape_mismatch);  // answers on more rows
  CHECK(code([](Dataset& set) { set.ensemble = Matrix::Constant(8, 3, 1.0f / 3); }) == ErrorCode::shape_mismatch);
  CHECK(code([&](Dataset& set) { set.unlabelled(1, 0) = nan; }) == ErrorCode::invalid_data);
  CHECK(code([&](Dataset& set) { set.ensemble(7, 1) = nan; }) == ErrorCode::invalid_data);
  CHECK(code([](Dataset& set) { set.ensemble.row(3) << -0.5f, 1.5f; }) == ErrorCode::invalid_data);
  CHECK(code([](Dataset& set) { set.ensemble.row(3) << 0.5f, 0.49f; }) == ErrorCode::invalid_data);
  CHECK(code([](Dataset& set) { set.ensemble.row(3) << 0.5f, 0.4995f; }) == std::nullopt);  // printed with few digits
  CHECK(message_of([&] {
          Dataset logits = data;
          logits.ensemble.row(3) << 2.0f, -1.0f;
          logits.validate();
        }).find("Row 4 of the ensemble's answers") != std::string::npos);

  // Lengths that lie behind a right checksum.
  ByteWriter writer;
  writer.put(std::uint32_t{1});
  writer.put(std::uint32_t{2});
  writer.put(std::string_view("a"));
  writer.put(std::string_view("b"));
  writer.put(std::vector<std::int32_t>{0});
  writer.put(std::vector<float>{1});
  writer.put(std::uint32_t{0xffffffff});  // unlabelled rows
  writer.put(std::uint32_t{0});
  writer.put(std::uint64_t{0xffffffff});
  CHECK(code_of([&] { load_dataset(seal("DSTD", 2, writer.bytes())); }) == ErrorCode::corrupt_file);
}

TEST_CASE("Many rows are split without quadratic cost") {
  // Heavily repeated and colliding rows; a quadratic grouping would take minutes, this takes about a second.
  const Dataset data = make({100000, 100000}, 1, 50000);
  const Split parts = split(data, {});
  CHECK(parts.train.size() + parts.validation.size() + parts.test.size() == 200000);
}

TEST_CASE("Folds are stratified, keep repeated rows together, and are drawn by seed") {
  Dataset data;
  data.features = Matrix(120, 1);
  for (int row = 0; row < 120; ++row) {
    data.features(row, 0) = static_cast<float>(row / 2);  // each row twice
    data.labels.push_back(row / 2 % 3 == 0 ? 1 : 0);
  }
  data.class_names = {"a", "b"};
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 10; row < 110; ++row) rows.push_back(row);
  const auto folds = deal_folds(data, rows, 4, 7);
  REQUIRE(folds.size() == rows.size());
  std::vector<std::vector<int>> counts(4, std::vector<int>(2));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    REQUIRE(folds[i] < 4);
    CHECK(folds[i] == folds[i ^ 1]);
    ++counts[folds[i]][static_cast<std::size_t>(data.labels[rows[i]])];
  }
  for (int label = 0; label < 2; ++label)
    for (int fold = 1; fold < 4; ++fold)  // to within one pair
      CHECK(std::abs(counts[static_cast<std::size_t>(fold)][static_cast<std::size_t>(label)] - counts[0][static_cast<std::size_t>(label)]) <= 2);
  CHECK(deal_folds(data, rows, 4, 7) == folds);
  CHECK(deal_folds(data, rows, 4, 8) != folds);
  CHECK(code_of([&] { return deal_folds(data, rows, 1, 7); }) == ErrorCode::invalid_option);
  CHECK(code_of([&] { return deal_folds(data, std::vector<std::uint32_t>{120}, 2, 7); }) == ErrorCode::shape_mismatch);
}
