// The vectorised kernels against the plain loops that specify them, bit for bit, and both against their definitions.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "distillery/kernels/kernels.hpp"
#include "support.hpp"

using namespace distillery;
using namespace distillery::kernels;
using support::first_difference;
using support::Numbers;

namespace {

enum class Kind { ordinary, with_negative_zeros, extreme };

/// A value of the kind asked for. Extreme ones reach from subnormal to 2^±60 (products to 2^±120: no overflow, many
/// underflows), so that any change of the order of sums shows.
float value_of(Numbers& numbers, Kind kind) {
  const float ordinary = numbers.signed_unit();
  switch (kind) {
    case Kind::ordinary:
      return ordinary;
    case Kind::with_negative_zeros:
      return numbers.below(3) == 0 ? -0.0f : ordinary;
    case Kind::extreme:
      break;
  }
  if (numbers.below(16) == 0) return std::numeric_limits<float>::denorm_min() * (numbers.below(2) ? 3.0f : -3.0f);
  const auto exponent = static_cast<std::uint32_t>(127 - 60 + static_cast<int>(numbers.below(121)));
  return ordinary * std::bit_cast<float>(exponent << 23);
}

/// A rectangle of floats that starts `offset` floats after an aligned address, with room around it that must survive.
class Guarded {
 public:
  static constexpr float untouched = 12345.5f;
  Guarded(std::size_t count, std::size_t offset)
      : storage_(count + 32, untouched), offset_(offset + 8), count_(count) {}
  float* data() { return storage_.data() + offset_; }
  std::span<float> span() { return {data(), count_}; }
  bool edges_intact() const {
    const auto last = storage_.begin() + static_cast<std::ptrdiff_t>(offset_ + count_);
    const auto same = [](float value) { return value == untouched; };
    return std::all_of(storage_.begin(), storage_.begin() + static_cast<std::ptrdiff_t>(offset_), same) &&
           std::all_of(last, storage_.end(), same);
  }

 private:
  std::vector<float> storage_;
  std::size_t offset_, count_;
};

std::size_t count_of(int rows, std::size_t stride) { return static_cast<std::size_t>(rows) * stride; }

/// One case: sizes, where the data lie, how dense the left operand is.
struct Case {
  int rows, in, out;
  std::size_t offset, slack;  ///< misalignment in floats; stride beyond the padded width
  int density;                ///< tenths of entries that are not 0
  Kind kind;
};

std::string describe(const Case& c) {
  return "rows " + std::to_string(c.rows) + ", in " + std::to_string(c.in) + ", out " + std::to_string(c.out) +
         ", offset " + std::to_string(c.offset) + ", slack " + std::to_string(c.slack) + ", density " +
         std::to_string(c.density) + "/10, kind " + std::to_string(static_cast<int>(c.kind));
}

std::size_t stride_of(int columns, std::size_t slack) { return static_cast<std::size_t>(padded(columns)) + slack; }

/// Fills a block's columns; its padding, as the library keeps it, with 0.
void fill(Guarded& block, int rows, int columns, std::size_t stride, int density, Numbers& numbers, Kind kind) {
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < padded(columns); ++c) {
      const bool present = c < columns && static_cast<int>(numbers.below(10)) < density;
      block.data()[count_of(r, stride) + static_cast<std::size_t>(c)] =
          present                                            ? value_of(numbers, kind)
          : c < columns && kind == Kind::with_negative_zeros ? -0.0f
                                                             : 0.0f;
    }
}

void fill_panels(Guarded& panels, int rows, int columns, Numbers& numbers, Kind kind) {
  const Panels layout{rows, columns};
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < padded(columns); ++c)
      panels.data()[layout.index(r, c)] = c < columns ? value_of(numbers, kind) : 0.0f;
}

/// One test for each build of the vectorised kernels that this machine can run.
const Build& any_build() {
  const auto all = builds();
  const Build* const build = all[static_cast<std::size_t>(GENERATE(range(0, static_cast<int>(builds().size()))))];
  UNSCOPED_INFO("kernels for " << build->instruction_set);
  return *build;
}

/// Everything that sizes, offsets and kinds can break, in few cases: every width up to 70 once as output and once as
/// input and some wider ones, each with other rows, offset, slack, density and kind, in a different order for each seed.
std::vector<Case> cases() {
  std::vector<Case> all;
  Numbers numbers(20240101);
  const int row_choices[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 64, 65};
  constexpr Kind kinds[] = {Kind::ordinary, Kind::with_negative_zeros, Kind::extreme};
  std::vector<int> widths;
  for (int width = 1; width <= 70; ++width) widths.push_back(width);
  for (const int width : {96, 127, 128, 131, 160, 188, 252, 257}) widths.push_back(width);  // the widest tile is 128
  for (const int width : widths)
    for (int turn = 0; turn < 6; ++turn) {
      const int rows = row_choices[static_cast<std::size_t>(width + turn * 5) % 11];
      const int other = 1 + static_cast<int>(numbers.below(70));
      const auto offset = static_cast<std::size_t>(turn) % 4, slack = numbers.below(6);
      const int density = turn % 3 == 0 ? 10 : 1 + static_cast<int>(numbers.below(8));
      const Kind kind = kinds[static_cast<std::size_t>(turn + width) % 3];
      all.push_back(turn % 2 ? Case{rows, width, other, offset, slack, density, kind}
                             : Case{rows, other, width, offset, slack, density, kind});
    }
  return all;
}

}  // namespace

TEST_CASE("vectorised affine layers equal the reference bit for bit, with and without lists of non-zeros") {
  const Build& build = any_build();
  Numbers numbers(1);
  for (const Case& c : cases()) {
    CAPTURE(describe(c));
    const std::size_t x_stride = stride_of(c.in, c.slack), y_stride = stride_of(c.out, c.slack);
    Guarded x(count_of(c.rows, x_stride), c.offset), w(Panels{c.in, c.out}.size(), (c.offset + 1) % 4);
    Guarded bias(static_cast<std::size_t>(padded(c.out)), (c.offset + 2) % 4);
    fill(x, c.rows, c.in, x_stride, c.density, numbers, c.kind);
    fill_panels(w, c.in, c.out, numbers, c.kind);
    fill(bias, 1, c.out, bias.span().size(), 10, numbers, c.kind);
    NonZeros lists(c.rows + 3, c.in);
    lists.build(x.data(), c.rows, c.in, x_stride, false);

    Guarded expected(count_of(c.rows, y_stride), 0), dense(count_of(c.rows, y_stride), c.offset);
    Guarded sparse(count_of(c.rows, y_stride), (c.offset + 3) % 4);
    reference::affine({x.data(), c.rows, c.in, x_stride}, w.data(), bias.data(),
                      {expected.data(), c.rows, c.out, y_stride});
    build.affine({x.data(), c.rows, c.in, x_stride}, w.data(), bias.data(),
                       {dense.data(), c.rows, c.out, y_stride});
    build.affine({x.data(), c.rows, c.in, x_stride, &lists}, w.data(), bias.data(),
                       {sparse.data(), c.rows, c.out, y_stride});
    REQUIRE(first_difference(expected.span(), dense.span()) == "");
    REQUIRE(first_difference(expected.span(), sparse.span()) == "");
    REQUIRE((dense.edges_intact() && sparse.edges_intact()));
    for (int r = 0; r < c.rows; ++r)
      for (std::size_t o = 0; o < y_stride; ++o) {
        const float y = expected.data()[count_of(r, y_stride) + o];
        if (o >= static_cast<std::size_t>(padded(c.out)))
          REQUIRE(y == Guarded::untouched);
        else if (o >= static_cast<std::size_t>(c.out))
          REQUIRE(std::bit_cast<std::uint32_t>(y) == 0u);
      }
  }
}

TEST_CASE("the reference affine layer is the definition: ascending sums of rounded products, then the bias") {
  const Build& build = any_build();
  // 2^24 + 1 − 2^24 is 0 in ascending order and 1 in any other; (1 + 2^-12)² rounded before the sum leaves 2^-11.
  const float x[] = {16777216, 1, 1, 0};
  const float w[] = {1, 0, 0, 0, 1, 0, 0, 0, -16777216, 0, 0, 0};  // panels [3 × 1]
  const float bias[] = {0.5f, 0, 0, 0};
  float y[4];
  reference::affine({x, 1, 3, 4}, w, bias, {y, 1, 1, 4});
  CHECK(y[0] == 0.5f);
  const float a = 1 + 0x1p-12f;
  const float x2[] = {1, a, 0, 0}, w2[] = {-1, 0, 0, 0, a, 0, 0, 0}, none[4] = {};
  reference::affine({x2, 1, 2, 4}, w2, none, {y, 1, 1, 4});
  CHECK(y[0] == 0x1p-11f);  // a fused multiply-add would leave 2^-11 + 2^-24
  build.affine({x2, 1, 2, 4}, w2, none, {y, 1, 1, 4});
  CHECK(y[0] == 0x1p-11f);
}

TEST_CASE("vectorised weight gradients equal the reference bit for bit, with and without lists of non-zeros") {
  const Build& build = any_build();
  Numbers numbers(2);
  for (const Case& c : cases()) {
    CAPTURE(describe(c));
    const std::size_t x_stride = stride_of(c.in, c.slack), dy_stride = stride_of(c.out, c.slack);
    Guarded x(count_of(c.rows, x_stride), c.offset), dy(count_of(c.rows, dy_stride), (c.offset + 1) % 4);
    fill(x, c.rows, c.in, x_stride, c.density, numbers, c.kind);
    fill(dy, c.rows, c.out, dy_stride, 1 + (c.density + 3) % 10, numbers, c.kind);
    NonZeros lists(c.rows + 5, c.in);
    lists.build(x.data(), c.rows, c.in, x_stride, true);
    NonZeros dy_lists(c.rows, c.out);
    dy_lists.build(dy.data(), c.rows, c.out, dy_stride, true);

    const std::size_t size = Panels{c.in, c.out}.size(), width = static_cast<std::size_t>(padded(c.out));
    Guarded dw(size, 0), db(width, 0), dense(size, c.offset), dense_b(width, c.offset);
    Guarded sparse(size, (c.offset + 3) % 4), sparse_b(width, (c.offset + 2) % 4);
    Guarded sparse_dy(size, (c.offset + 2) % 4), sparse_dy_b(width, (c.offset + 1) % 4);
    const ConstActivations from{x.data(), c.rows, c.in, x_stride}, to{dy.data(), c.rows, c.out, dy_stride};
    reference::affine_gradient(from, to, dw.data(), db.data());
    build.affine_gradient(from, to, dense.data(), dense_b.data());
    build.affine_gradient({x.data(), c.rows, c.in, x_stride, &lists}, to, sparse.data(), sparse_b.data());
    build.affine_gradient(from, {dy.data(), c.rows, c.out, dy_stride, &dy_lists}, sparse_dy.data(), sparse_dy_b.data());
    REQUIRE(first_difference(dw.span(), sparse_dy.span()) == "");
    REQUIRE(first_difference(db.span(), sparse_dy_b.span()) == "");
    REQUIRE((sparse_dy.edges_intact() && sparse_dy_b.edges_intact()));
    REQUIRE(first_difference(dw.span(), dense.span()) == "");
    REQUIRE(first_difference(db.span(), dense_b.span()) == "");
    REQUIRE(first_difference(dw.span(), sparse.span()) == "");
    REQUIRE(first_difference(db.span(), sparse_b.span()) == "");
    REQUIRE((dense.edges_intact() && dense_b.edges_intact() && sparse.edges_intact() && sparse_b.edges_intact()));
    const Panels panels{c.in, c.out};
    for (int o = c.out; o < padded(c.out); ++o) {
      REQUIRE(std::bit_cast<std::uint32_t>(db.data()[o]) == 0u);
      for (int i = 0; i < c.in; ++i) REQUIRE(std::bit_cast<std::uint32_t>(dw.data()[panels.index(i, o)]) == 0u);
    }
  }
}

TEST_CASE("vectorised input gradients equal the reference bit for bit, with and without lists of non-zeros") {
  const Build& build = any_build();
  Numbers numbers(3);
  for (const Case& c : cases()) {  // dy [rows × in], dx and a [rows × out]
    CAPTURE(describe(c));
    const std::size_t dy_stride = stride_of(c.in, c.slack), dx_stride = stride_of(c.out, c.slack);
    Guarded dy(count_of(c.rows, dy_stride), c.offset), wt(Panels{c.in, c.out}.size(), (c.offset + 1) % 4);
    Guarded a(count_of(c.rows, dx_stride), (c.offset + 2) % 4);
    fill(dy, c.rows, c.in, dy_stride, c.density, numbers, c.kind);
    fill_panels(wt, c.in, c.out, numbers, c.kind);
    fill(a, c.rows, c.out, dx_stride, 6, numbers, c.kind);
    NonZeros lists(c.rows, c.in);
    lists.build(dy.data(), c.rows, c.in, dy_stride, false);

    Guarded expected(count_of(c.rows, dx_stride), 0), dense(count_of(c.rows, dx_stride), c.offset);
    Guarded sparse(count_of(c.rows, dx_stride), (c.offset + 3) % 4);
    const ConstActivations from{dy.data(), c.rows, c.in, dy_stride}, after{a.data(), c.rows, c.out, dx_stride};
    const float scale = 1 / 0.7f;
    reference::input_gradient(from, wt.data(), after, scale, {expected.data(), c.rows, c.out, dx_stride});
    build.input_gradient(from, wt.data(), after, scale, {dense.data(), c.rows, c.out, dx_stride});
    build.input_gradient({dy.data(), c.rows, c.in, dy_stride, &lists}, wt.data(), after, scale,
                               {sparse.data(), c.rows, c.out, dx_stride});
    REQUIRE(first_difference(expected.span(), dense.span()) == "");
    REQUIRE(first_difference(expected.span(), sparse.span()) == "");
    REQUIRE((dense.edges_intact() && sparse.edges_intact()));
    for (int r = 0; r < c.rows; ++r)
      for (int i = 0; i < padded(c.out); ++i) {
        const std::size_t at = count_of(r, dx_stride) + static_cast<std::size_t>(i);
        if (!(a.data()[at] > 0)) REQUIRE(std::bit_cast<std::uint32_t>(expected.data()[at]) == 0u);
      }
  }
}

TEST_CASE("vectorised ReLU and dropout equal the reference bit for bit") {
  const Build& build = any_build();
  Numbers numbers(4);
  for (const Case& c : cases())
    for (const std::uint32_t threshold : {0u, 1u, 19661u, 62259u}) {
      CAPTURE(describe(c), threshold);
      const std::size_t stride = stride_of(c.out, c.slack);
      Guarded z(count_of(c.rows, stride), 0);
      fill(z, c.rows, c.out, stride, c.density, numbers, c.kind);
      Guarded fast(count_of(c.rows, stride), c.offset);
      std::copy(z.span().begin(), z.span().end(), fast.span().begin());
      std::vector<std::uint32_t> rows;
      for (int r = 0; r < c.rows; ++r) rows.push_back(static_cast<std::uint32_t>(numbers.bits()));
      const auto word = [&] { return static_cast<std::uint32_t>(numbers.bits()); };
      const Dropout dropout{{word(), word(), word(), word()},
                            word(),
                            word() % 16,
                            threshold,
                            1.0f / (1.0f - static_cast<float>(threshold) / 65536.0f),
                            rows};
      reference::relu_dropout({z.data(), c.rows, c.out, stride}, dropout);
      build.relu_dropout({fast.data(), c.rows, c.out, stride}, dropout);
      REQUIRE(first_difference(z.span(), fast.span()) == "");
      REQUIRE((z.edges_intact() && fast.edges_intact()));
    }
}

TEST_CASE("NaN activations become 0 in ReLU, in the reference and in vectors") {
  const Build& build = any_build();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::uint32_t threshold : {0u, 1u}) {
    const std::uint32_t row = 7;
    const Dropout dropout{{1, 2, 3, 4}, 0, 0, threshold, 1, {&row, 1}};
    float plain[4] = {nan, -nan, -1, 0}, fast[4] = {nan, -nan, -1, 0};
    reference::relu_dropout({plain, 1, 4, 4}, dropout);
    build.relu_dropout({fast, 1, 4, 4}, dropout);
    for (int u = 0; u < 4; ++u) {
      CHECK(std::bit_cast<std::uint32_t>(plain[u]) == 0u);
      CHECK(std::bit_cast<std::uint32_t>(fast[u]) == 0u);
    }
  }
}

namespace {

/// Which of `units` positive units of a row survive, by the kernels of this build.
std::vector<bool> kept(std::span<const std::uint32_t> rows, int units, std::uint32_t epoch, std::uint32_t layer,
                       std::uint32_t threshold, std::uint32_t seed = 5) {
  const std::size_t stride = static_cast<std::size_t>(padded(units));
  std::vector<float> z(rows.size() * stride, 1.0f);
  kernels::relu_dropout({z.data(), static_cast<int>(rows.size()), units, stride},
                        {{seed, 0, 3, 0}, epoch, layer, threshold, 2.0f, rows});
  std::vector<bool> result;
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t u = 0; u < static_cast<std::size_t>(units); ++u) result.push_back(z[r * stride + u] != 0);
  return result;
}

std::vector<std::uint32_t> numbered(std::uint32_t first, std::uint32_t count) {
  std::vector<std::uint32_t> rows(count);
  for (std::uint32_t i = 0; i < count; ++i) rows[i] = first + i;
  return rows;
}

}  // namespace

TEST_CASE("dropout keeps units at the stated rate, over units, rows and the places within a block of 32") {
  const std::uint32_t threshold = 19661;  // 0.3
  const auto mask = kept(numbered(0, 2000), 128, 3, 1, threshold);
  const double rate =
      static_cast<double>(std::count(mask.begin(), mask.end(), true)) / static_cast<double>(mask.size());
  // 256,000 draws: the standard error is 0.0009; five of them.
  CHECK(std::fabs(rate - 0.7) < 0.0045);
  for (std::size_t unit = 0; unit < 128; ++unit) {  // 2,000 draws each: standard error 0.0102, five of them
    int alive = 0;
    for (std::size_t r = 0; r < 2000; ++r) alive += mask[r * 128 + unit];
    CHECK(std::fabs(alive / 2000.0 - 0.7) < 0.051);
  }
  // Pairs of neighbours, and of the two halves of one word, are independent: they survive together in 0.49 of cases.
  for (const std::size_t apart : {std::size_t{1}, std::size_t{4}, std::size_t{16}, std::size_t{32}}) {
    int both = 0, pairs = 0;
    for (std::size_t r = 0; r < 2000; ++r)
      for (std::size_t u = 0; u + apart < 128; ++u, ++pairs) both += mask[r * 128 + u] && mask[r * 128 + u + apart];
    CHECK(std::fabs(static_cast<double>(both) / pairs - 0.49) < 0.005);  // standard error at most 0.0013
  }
}

TEST_CASE("dropout follows the row's number, not its place: batches and slices do not matter") {
  const auto whole = kept(numbered(10, 9), 45, 2, 0, 30000);
  for (std::uint32_t r = 0; r < 9; ++r) {
    const std::uint32_t row = 10 + r;
    const auto alone = kept({&row, 1}, 45, 2, 0, 30000);
    CHECK(std::equal(alone.begin(), alone.end(), whole.begin() + static_cast<std::ptrdiff_t>(r) * 45));
  }
  const std::vector<std::uint32_t> mixed{18, 10, 18};
  const auto again = kept(mixed, 45, 2, 0, 30000);
  CHECK(std::equal(again.begin(), again.begin() + 45, whole.begin() + 8 * 45));
  CHECK(std::equal(again.begin() + 45, again.begin() + 90, whole.begin()));
  CHECK(std::equal(again.begin() + 90, again.end(), whole.begin() + 8 * 45));
  // A narrower layer takes the first of the same bits: the tail does not shift them.
  const auto narrow = kept(numbered(10, 1), 33, 2, 0, 30000);
  CHECK(std::equal(narrow.begin(), narrow.end(), whole.begin()));
}

TEST_CASE("dropout differs between rows, epochs, layers and seeds") {
  const auto rows = numbered(0, 1);
  std::set<std::vector<bool>> masks{kept(rows, 64, 0, 0, 32768), kept(numbered(1, 1), 64, 0, 0, 32768),
                                    kept(rows, 64, 1, 0, 32768), kept(rows, 64, 0, 1, 32768),
                                    kept(rows, 64, 0, 0, 32768, 6)};
  CHECK(masks.size() == 5);
}

TEST_CASE("dropout takes the bits that the header names") {
  const RandomBlock key{11, 22, 33, 44};
  const std::uint32_t row = 1234567, epoch = 8, layer = 2, threshold = 20000;
  std::vector<float> z(100, 1.0f);
  kernels::relu_dropout({z.data(), 1, 100, 100}, {key, epoch, layer, threshold, 1.5f, {&row, 1}});
  for (std::uint32_t u = 0; u < 100; ++u) {
    const std::uint32_t word = threefry(key, {u / 32 * 4 + u % 4, row, epoch, layer})[u / 4 % 4];
    const std::uint32_t bits = u / 16 % 2 ? word >> 16 : word & 0xFFFF;
    CHECK(z[u] == (bits < threshold ? 0.0f : 1.5f));
  }
}

TEST_CASE("transposing puts element (input, output) at (output, input)") {
  Numbers numbers(6);
  for (int in = 1; in <= 70; in += 3)
    for (const int out : {1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 70}) {
      CAPTURE(in, out);
      const Panels from{in, out}, to{out, in};
      Guarded w(from.size(), 1), wt(to.size(), 2);
      fill_panels(w, in, out, numbers, Kind::ordinary);
      std::fill(wt.span().begin(), wt.span().end(), 0.0f);
      transpose(w.data(), in, out, wt.data());
      REQUIRE(wt.edges_intact());
      for (int i = 0; i < padded(in); ++i)
        for (int o = 0; o < out; ++o)
          REQUIRE(wt.data()[to.index(o, i)] == (i < in ? w.data()[from.index(i, o)] : 0.0f));
    }
}

TEST_CASE("panels give every element a place of its own, and panels of 32 columns are contiguous") {
  for (const int rows : {1, 3, 40})
    for (int columns = 1; columns <= 70; ++columns) {
      CAPTURE(rows, columns);
      const Panels panels{rows, columns};
      std::vector<int> used(panels.size(), 0);
      for (int r = 0; r < rows; ++r)
        for (int c = 0; c < padded(columns); ++c) ++used.at(panels.index(r, c));
      REQUIRE(std::all_of(used.begin(), used.end(), [](int times) { return times == 1; }));
    }
  CHECK(Panels{10, 64}.index(1, 0) == 32);
  CHECK(Panels{10, 64}.index(0, 32) == 320);
  CHECK(Panels{10, 37}.index(1, 32) == 320 + 8);
}

TEST_CASE("lists of non-zeros name exactly the non-zeros, ascending, by row and by column, also when built again") {
  Numbers numbers(7);
  NonZeros lists(65, 41);
  for (const int rows : {65, 1, 9, 64}) {
    std::vector<float> values(static_cast<std::size_t>(rows) * 47);
    for (float& value : values) {
      const auto draw = numbers.below(4);
      value = draw == 0 ? 1e-45f : draw == 1 ? -2.0f : draw == 2 ? -0.0f : 0.0f;
    }
    lists.build(values.data(), rows, 41, 47, true);
    for (int r = 0; r < rows; ++r) {
      std::vector<std::uint16_t> expected;
      for (int c = 0; c < 41; ++c)
        if (values[static_cast<std::size_t>(r * 47 + c)] != 0) expected.push_back(static_cast<std::uint16_t>(c));
      CHECK(std::ranges::equal(lists.row(r), expected));
    }
    for (int c = 0; c < 41; ++c) {
      std::vector<std::uint16_t> expected;
      for (int r = 0; r < rows; ++r)
        if (values[static_cast<std::size_t>(r * 47 + c)] != 0) expected.push_back(static_cast<std::uint16_t>(r));
      CHECK(std::ranges::equal(lists.column(c), expected));
    }
  }
}

TEST_CASE("the exponential is within 2 units in the last place over its whole range, and 0 below −87") {
  // Every 997th float from 2^-20 to the ends of the range: every exponent with 8,414 mantissas, and fewer nearer to 0.
  // std::exp in double precision is good to far below a millionth of a float's unit.
  std::vector<float> inputs;
  const auto add_range = [&](float from, float to, std::uint32_t step) {
    for (std::uint32_t at = std::bit_cast<std::uint32_t>(from); at <= std::bit_cast<std::uint32_t>(to); at += step)
      inputs.push_back(std::bit_cast<float>(at));
  };
  add_range(0.0f, 0x1p-20f, 1u << 17);
  add_range(0x1p-20f, 88.0f, 997);
  add_range(-0.0f, -0x1p-20f, 1u << 17);
  add_range(-0x1p-20f, -87.0f, 997);
  inputs.push_back(88.0f), inputs.push_back(-87.0f);
  std::vector<float> results = inputs;
  exponential(results);
  double worst = 0;
  float worst_at = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const double exact = std::exp(static_cast<double>(inputs[i]));
    const float rounded = static_cast<float>(exact);
    const double unit = static_cast<double>(std::nextafter(rounded, std::numeric_limits<float>::infinity()) - rounded);
    const double off = std::fabs(static_cast<double>(results[i]) - exact) / unit;
    if (!(off <= worst)) worst = off, worst_at = inputs[i];
  }
  CAPTURE(worst_at, inputs.size());
  CHECK(worst <= 2.0);

  std::vector<float> small{std::nextafter(-87.0f, -88.0f), -88.0f, -100.0f, -1e30f,
                           -std::numeric_limits<float>::infinity()};
  exponential(small);
  for (const float value : small) CHECK(std::bit_cast<std::uint32_t>(value) == 0u);
  std::vector<float> at_zero{0.0f, -0.0f};
  exponential(at_zero);
  CHECK(at_zero == std::vector<float>{1, 1});
}

TEST_CASE("the exponential of a value does not depend on its place, its neighbours or the alignment") {
  Numbers numbers(8);
  std::vector<float> inputs(67);
  for (float& value : inputs) value = 60 * numbers.signed_unit();
  for (std::size_t offset = 0; offset < 4; ++offset)
    for (std::size_t count = 1; count <= inputs.size(); ++count) {
      Guarded together(count, offset);
      std::copy_n(inputs.begin(), count, together.span().begin());
      exponential(together.span());
      REQUIRE(together.edges_intact());
      for (std::size_t i = 0; i < count; ++i) {
        float alone = inputs[i];
        exponential({&alone, 1});
        REQUIRE(std::bit_cast<std::uint32_t>(alone) == std::bit_cast<std::uint32_t>(together.data()[i]));
      }
    }
}

TEST_CASE("softmax gives probabilities, the row's largest scaled logit and the sum; its padding is 0") {
  Numbers numbers(9);
  for (const int classes : {2, 3, 4, 5, 10, 33})
    for (const std::size_t slack : {std::size_t{0}, std::size_t{3}}) {
      CAPTURE(classes, slack);
      constexpr int rows = 7;
      const std::size_t stride = stride_of(classes, slack);
      Guarded z(count_of(rows, stride), 1), p(count_of(rows, stride), 2);
      fill(z, rows, classes, stride, 10, numbers, Kind::ordinary);
      for (float& value : z.span()) value *= 30;
      float largest[rows], sums[rows];
      const float inverse_temperature = 0.3f;
      kernels::softmax({z.data(), rows, classes, stride}, inverse_temperature, {p.data(), rows, classes, stride},
                       largest, sums);
      REQUIRE(p.edges_intact());
      for (int r = 0; r < rows; ++r) {
        double top = -1e30, sum = 0, total = 0;
        for (int c = 0; c < classes; ++c)
          top = std::max(top, static_cast<double>(z.data()[count_of(r, stride) + static_cast<std::size_t>(c)]));
        for (int c = 0; c < classes; ++c)
          sum += std::exp((static_cast<double>(z.data()[count_of(r, stride) + static_cast<std::size_t>(c)]) - top) *
                          static_cast<double>(inverse_temperature));
        // Scaled logits reach 9 and are rounded to 2^-21, which e^x makes a relative error of 5e-7 each.
        CHECK(std::fabs(static_cast<double>(largest[r]) - top * static_cast<double>(inverse_temperature)) < 1e-6);
        CHECK(std::fabs(static_cast<double>(sums[r]) - sum) < 2e-6 * sum);
        for (int c = 0; c < padded(classes); ++c) {
          const std::size_t at = count_of(r, stride) + static_cast<std::size_t>(c);
          if (c >= classes) {
            CHECK(std::bit_cast<std::uint32_t>(p.data()[at]) == 0u);
            continue;
          }
          const double expected =
              std::exp((static_cast<double>(z.data()[at]) - top) * static_cast<double>(inverse_temperature)) / sum;
          CHECK(std::fabs(static_cast<double>(p.data()[at]) - expected) < 3e-6 * expected);
          total += static_cast<double>(p.data()[at]);
        }
        CHECK(std::fabs(total - 1) < classes * 1e-7);  // each share is rounded once, by at most 2^-25
      }
    }
}

TEST_CASE("softmax survives logits far apart") {
  const float z[4] = {3e38f, -3e38f, 0, 0};
  float p[4], largest = 0, sum = 0;
  kernels::softmax({z, 1, 2, 4}, 1.0f, {p, 1, 2, 4}, &largest, &sum);
  CHECK(p[0] == 1.0f);
  CHECK(p[1] == 0.0f);
  CHECK(sum == 1.0f);
}

TEST_CASE("exponentials and Adam steps equal the reference bit for bit") {
  const Build& build = any_build();
  Numbers numbers(12);
  for (std::size_t count = 0; count < 70; ++count) {
    Guarded plain(count, 0), fast(count, count % 4);
    for (float& value : plain.span()) value = 89 * numbers.signed_unit();
    std::copy(plain.span().begin(), plain.span().end(), fast.span().begin());
    reference::exponential(plain.span());
    build.exponential(fast.span());
    REQUIRE(first_difference(plain.span(), fast.span()) == "");

    Guarded g(count, 1), w(count, 2), m(count, 3), v(count, 0), w2(count, 0), m2(count, 1), v2(count, 2);
    for (std::size_t i = 0; i < count; ++i) {  // some of them below the thresholds
      const float tiny = numbers.below(3) == 0 ? 1e-19f : 1.0f;
      g.data()[i] = tiny * numbers.signed_unit(), w.data()[i] = w2.data()[i] = numbers.signed_unit();
      m.data()[i] = m2.data()[i] = tiny * numbers.signed_unit(), v.data()[i] = v2.data()[i] = tiny * tiny * numbers.unit();
    }
    const AdamStep step{0.9f, 0.99f, 1e-3f, 0.999f, 0.05f, 1.7f};
    reference::adam(step, w.span(), g.span(), m.span(), v.span());
    build.adam(step, w2.span(), g.span(), m2.span(), v2.span());
    REQUIRE(first_difference(w.span(), w2.span()) == "");
    REQUIRE(first_difference(m.span(), m2.span()) == "");
    REQUIRE(first_difference(v.span(), v2.span()) == "");
    REQUIRE((fast.edges_intact() && w2.edges_intact() && m2.edges_intact() && v2.edges_intact()));
  }
}

TEST_CASE("an Adam step is the stated formula") {
  Numbers numbers(10);
  constexpr std::size_t count = 37;
  Guarded w(count, 1), g(count, 2), m(count, 3), v(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    w.data()[i] = numbers.signed_unit(), g.data()[i] = numbers.signed_unit();
    m.data()[i] = numbers.signed_unit(), v.data()[i] = numbers.unit();
  }
  const std::vector<float> w0(w.span().begin(), w.span().end()), m0(m.span().begin(), m.span().end()),
      v0(v.span().begin(), v.span().end());
  const AdamStep step{0.9f, 0.99f, 1e-3f, 0.999f, 0.05f, 1.7f};
  adam(step, w.span(), g.span(), m.span(), v.span());
  REQUIRE((w.edges_intact() && g.edges_intact() && m.edges_intact() && v.edges_intact()));
  for (std::size_t i = 0; i < count; ++i) {
    const double gd = static_cast<double>(g.data()[i]);
    const double beta1 = static_cast<double>(step.beta1), beta2 = static_cast<double>(step.beta2);
    const double first = beta1 * static_cast<double>(m0[i]) + (1 - beta1) * gd;
    const double second = beta2 * static_cast<double>(v0[i]) + (1 - beta2) * gd * gd;
    const double after =
        static_cast<double>(w0[i]) * static_cast<double>(step.decay) -
        static_cast<double>(step.rate) * first /
            (std::sqrt(second) * static_cast<double>(step.root_correction) + static_cast<double>(step.epsilon));
    // A handful of roundings of values below 2.
    CHECK(std::fabs(static_cast<double>(m.data()[i]) - first) < 3e-7);
    CHECK(std::fabs(static_cast<double>(v.data()[i]) - second) < 3e-7);
    CHECK(std::fabs(static_cast<double>(w.data()[i]) - after) < 5e-7);
  }
}

TEST_CASE("Adam sets to 0 what lies below its thresholds, and nothing that does not") {
  const AdamStep step{0.5f, 0.5f, 1e-8f, 1.0f, 1.0f, 1.0f};
  const auto run = [&](float g, float m, float v) {
    float w = 0;
    adam(step, {&w, 1}, {&g, 1}, {&m, 1}, {&v, 1});
    return std::pair{m, v};
  };
  CHECK(run(0.99e-15f, 0, 0) == std::pair{0.0f, 0.0f});
  CHECK(run(1.01e-15f, 0, 0).first == 0.5f * 1.01e-15f);
  CHECK(run(-0.99e-15f, 0, 0) == std::pair{0.0f, 0.0f});
  CHECK(run(-1.01e-15f, 0, 0).first == -0.5f * 1.01e-15f);
  CHECK(run(1.01e-15f, 0, 0).second == 0.0f);  // 0.5e-30: below the threshold of second moments
  CHECK(run(2e-15f, 0, 0).second == 0.5f * (2e-15f * 2e-15f));
  CHECK(run(0, 1.98e-20f, 0).first == 0.0f);
  CHECK(run(0, 2.02e-20f, 0).first == 1.01e-20f);
  CHECK(run(0, -1.98e-20f, 0).first == 0.0f);
  CHECK(run(0, -2.02e-20f, 0).first == -1.01e-20f);
  CHECK(run(0, 0, 1.98e-30f).second == 0.0f);
  CHECK(run(0, 0, 2.02e-30f).second == 1.01e-30f);
  // 0 for ever after: however long a unit sleeps, its moments never become subnormal.
  float w = 1, g = 0, m = 1, v = 1;
  for (int i = 0; i < 400; ++i) {
    adam(step, {&w, 1}, {&g, 1}, {&m, 1}, {&v, 1});
    REQUIRE((std::fpclassify(m) != FP_SUBNORMAL && std::fpclassify(v) != FP_SUBNORMAL));
  }
  CHECK(m == 0.0f);
  CHECK(v == 0.0f);
}
