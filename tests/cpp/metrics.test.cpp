#include "distillery/metrics.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support.hpp"
#include "oracle.hpp"

using namespace distillery;
using support::code_of;
using support::message_of;

namespace {

Matrix matrix(Eigen::Index columns, const std::vector<double>& values) {
  Matrix result(static_cast<Eigen::Index>(values.size()) / columns, columns);
  for (std::size_t i = 0; i < values.size(); ++i) result.data()[i] = static_cast<float>(values[i]);
  return result;
}

template <class Whole>
std::vector<Whole> whole_numbers(const std::vector<double>& values) {
  std::vector<Whole> result;
  for (const double value : values) result.push_back(static_cast<Whole>(value));
  return result;
}

}  // namespace

TEST_CASE("Metrics agree with scikit-learn and scipy") {
  for_each_oracle_line("metrics", [](OracleLine& line) {
    const Matrix logits = matrix(4, line.list()), other = matrix(4, line.list());
    const auto label_numbers = line.list();
    const std::vector<std::int32_t> labels(label_numbers.begin(), label_numbers.end());
    CHECK(accuracy(logits, labels) == line.number());
    // Sums of a few dozen rounded doubles on both sides.
    CHECK(is_close(nll(logits, labels), line.number(), 1e-14));
    CHECK(agreement(logits, other) == line.number());
    CHECK(is_close(kl_divergence(logits, other), line.number(), 1e-13));
  });
}

TEST_CASE("What classifiers are judged by agrees with scikit-learn") {
  for_each_oracle_line("classifier", [](OracleLine& line) {
    const std::size_t classes = line.count();
    const Matrix logits = matrix(static_cast<Eigen::Index>(classes), line.list());
    const auto labels = whole_numbers<std::int32_t>(line.list());
    // Sums of a few dozen rounded doubles, here and there.
    CHECK(is_close(macro_f1(logits, labels), line.number(), 1e-13));
    CHECK(is_close(brier_score(logits, labels), line.number(), 1e-13));
    CHECK(is_close(expected_calibration_error(logits, labels), line.number(), 1e-12));
    CHECK(confusion_matrix(logits, labels) == whole_numbers<std::size_t>(line.list()));
    const auto counts = whole_numbers<std::size_t>(line.list());
    const auto confidences = line.list(), accuracies = line.list();
    const auto bins = reliability_bins(logits, labels);
    CHECK(bins.size() == 15);
    std::size_t filled = 0;  // theirs leave the empty ones out
    for (const ReliabilityBin& bin : bins) {
      if (bin.rows == 0) {
        CHECK((bin.confidence == 0.0 && bin.accuracy == 0.0));
        continue;
      }
      REQUIRE(filled < counts.size());
      CHECK(bin.rows == counts[filled]);
      CHECK(is_close(bin.confidence, confidences[filled], 1e-13));
      CHECK(is_close(bin.accuracy, accuracies[filled], 1e-13));
      ++filled;
    }
    CHECK(filled == counts.size());
  });
  for_each_oracle_line("roc_auc", [](OracleLine& line) {
    const Matrix logits = matrix(2, line.list());
    const auto labels = whole_numbers<std::int32_t>(line.list());
    CHECK(is_close(roc_auc(logits, labels), line.number(), 1e-13));
  });
}

TEST_CASE("Agreement on the reference's errors and near its boundary agrees with scikit-learn on those rows") {
  for_each_oracle_line("fidelity", [](OracleLine& line) {
    const std::size_t classes = line.count();
    const Matrix reference = matrix(static_cast<Eigen::Index>(classes), line.list());
    const Matrix logits = matrix(static_cast<Eigen::Index>(classes), line.list());
    const auto labels = whole_numbers<std::int32_t>(line.list());
    const RowShare errors = agreement_on_errors(reference, logits, labels);
    CHECK(errors.rows == line.count());
    CHECK(is_close(errors.value(), line.number(), 1e-15));
    const RowShare boundary = agreement_near_boundary(reference, logits);
    CHECK(boundary.rows == line.count());
    CHECK(is_close(boundary.value(), line.number(), 1e-15));
  });
}

TEST_CASE("The area under the ROC curve is the share of pairs in order, and 0.5 with one class") {
  support::Numbers numbers(7);
  Matrix logits(40, 2);
  std::vector<std::int32_t> labels;
  for (Eigen::Index row = 0; row < logits.rows(); ++row) {
    for (Eigen::Index i = 0; i < 2; ++i) logits(row, i) = static_cast<float>(numbers.below(5));
    labels.push_back(static_cast<std::int32_t>(numbers.below(2)));
  }
  double won = 0, pairs = 0;
  for (Eigen::Index one = 0; one < logits.rows(); ++one) {
    for (Eigen::Index other = 0; other < logits.rows(); ++other) {
      if (labels[static_cast<std::size_t>(one)] != 1 || labels[static_cast<std::size_t>(other)] != 0) continue;
      const float a = logits(one, 1) - logits(one, 0), b = logits(other, 1) - logits(other, 0);
      won += a > b ? 1 : a == b ? 0.5 : 0;
      ++pairs;
    }
  }
  CHECK(roc_auc(logits, labels) == won / pairs);
  CHECK(roc_auc(logits, std::vector<std::int32_t>(40, 1)) == 0.5);
  CHECK(roc_auc(logits, std::vector<std::int32_t>(40, 0)) == 0.5);
  CHECK(roc_auc(matrix(2, {-3e38, 3e38, 3e38, -3e38}), std::vector<std::int32_t>{1, 0}) == 1.0);
}

TEST_CASE("Bins of few rows are joined with the next, the last with the one before, and no row is lost") {
  const std::vector<ReliabilityBin> bins{{}, {0.3, 0.5, 2, 1}, {}, {0.5, 0.25, 4, 1}, {0.7, 1.0, 12, 12}, {0.9, 0.0, 1, 0}};
  const auto joined = join_small_bins(bins, 5);
  REQUIRE(joined.size() == 2);
  CHECK(joined[0].rows == 6);
  CHECK(joined[0].right == 2);
  CHECK(joined[0].confidence == (0.3 * 2 + 0.5 * 4) / 6);
  CHECK(joined[0].accuracy == 2.0 / 6);
  CHECK(joined[1].rows == 13);
  CHECK(joined[1].accuracy == 12.0 / 13);
  CHECK(join_small_bins(bins, 1).size() == 4);  // empty ones go
  const auto one = join_small_bins(bins, 100);  // fewer rows than that are one bin
  REQUIRE(one.size() == 1);
  CHECK(one[0].rows == 19);
  CHECK(one[0].right == 14);
  CHECK(join_small_bins(std::vector<ReliabilityBin>(3), 1).empty());
}

TEST_CASE("A confidence on the edge of two bins belongs to the lower one") {
  const std::vector<std::int32_t> labels{0};
  const auto bin_of = [&](const Matrix& logits, std::size_t bins) {
    const auto result = reliability_bins(logits, labels, bins);
    for (std::size_t i = 0; i < bins; ++i)
      if (result[i].rows == 1) return i + 1;
    return bins + 1;
  };
  CHECK(bin_of(matrix(3, {1, 1, 1}), 15) == 5);  // 1/3 = 5/15
  CHECK(bin_of(matrix(5, {2, 2, 2, 2, 2}), 15) == 3);
  CHECK(bin_of(matrix(2, {0, 0}), 2) == 1);
  CHECK(bin_of(matrix(2, {0, 0.01}), 2) == 2);
  CHECK(bin_of(matrix(1, {4}), 15) == 15);
  CHECK(bin_of(matrix(2, {0, 1000}), 1000) == 1000);
  for (std::size_t classes = 2; classes < 200; ++classes) {  // 1/classes, in as many bins or a multiple
    const Matrix equal = Matrix::Zero(1, static_cast<Eigen::Index>(classes));
    CHECK(bin_of(equal, classes) == 1);
    CHECK(bin_of(equal, 5 * classes) == 5);
  }
}

TEST_CASE("A sure and right model is calibrated, a sure and wrong one is off by 1") {
  const Matrix sure = matrix(2, {1000, 0, 0, 1000});
  CHECK(expected_calibration_error(sure, std::vector<std::int32_t>{0, 1}) == 0.0);
  CHECK(expected_calibration_error(sure, std::vector<std::int32_t>{1, 0}) == 1.0);
  CHECK(brier_score(sure, std::vector<std::int32_t>{0, 1}) == 0.0);
  CHECK(brier_score(sure, std::vector<std::int32_t>{1, 0}) == 2.0);
  CHECK(macro_f1(sure, std::vector<std::int32_t>{1, 0}) == 0.0);
}

TEST_CASE("Of equally undecided rows the first are near the boundary, and a tenth is rounded up") {
  Matrix reference = Matrix::Zero(11, 2), other = reference;
  other(0, 1) = 1;  // decides otherwise on the first row alone
  const RowShare share = agreement_near_boundary(reference, other);
  CHECK((share.rows == 2 && share.matching == 1));
  reference(0, 0) = 5;
  CHECK(agreement_near_boundary(reference, other).matching == 2);
  CHECK(agreement_near_boundary(Matrix::Zero(10, 1), Matrix::Zero(10, 1)).matching == 1);
}

TEST_CASE("The first of equally large logits is the prediction") {
  const Matrix logits = matrix(3, {1, 2, 2, 5, 5, 5, -3, -2, -1});
  CHECK(predictions(logits) == std::vector<std::int32_t>{1, 0, 2});
  CHECK(correct(logits, std::vector<std::int32_t>{1, 1, 2}) == std::vector<std::uint8_t>{1, 0, 1});
  CHECK(accuracy(logits, std::vector<std::int32_t>{1, 1, 2}) == 2.0 / 3.0);
}

TEST_CASE("Metrics take a block of a larger matrix") {
  const Matrix whole = matrix(4, {9, 1, 2, 9, 9, 4, 3, 9});
  const auto block = whole.middleCols(1, 2);
  CHECK(predictions(block) == std::vector<std::int32_t>{1, 0});
  CHECK(is_close(nll(block, std::vector<std::int32_t>{1, 0}), std::log1p(std::exp(-1.0)), 1e-15));
}

TEST_CASE("Metrics stay finite on extreme logits and do not depend on a shift") {
  const Matrix logits = matrix(2, {3e38, -3e38, 1000, 1001});
  const std::vector<std::int32_t> labels{0, 1};
  CHECK(is_close(nll(logits, labels), 0.5 * std::log1p(std::exp(-1.0)), 1e-15));
  CHECK(std::isfinite(nll(logits, std::vector<std::int32_t>{1, 0})));
  CHECK(std::isfinite(kl_divergence(logits, matrix(2, {-3e38, 3e38, 0, 0}))));
  CHECK(is_close(kl_divergence(matrix(2, {1, 3}), matrix(2, {2, -1})),
                 kl_divergence(matrix(2, {1001, 1003}), matrix(2, {-98, -101})), 1e-14));
}

TEST_CASE("The divergence is never negative and 0 only between equal distributions") {
  CHECK(kl_divergence(matrix(3, {0.1, 0.2, 0.3}), matrix(3, {0.1, 0.2, 0.3})) == 0.0);
  // Half a unit of rounding apart, the true divergence is about 1e-16: what is computed is rounding, of either sign.
  for (int i = 1; i < 200; ++i) {
    const Matrix logits = matrix(3, {0.37 * i, 0.2, 0.7});
    Matrix neighbour = logits;
    neighbour(0, 0) = std::nextafter(neighbour(0, 0), 100.0f);
    CHECK(kl_divergence(logits, neighbour) >= 0.0);
  }
  CHECK(kl_divergence(matrix(2, {0, 1}), matrix(2, {1, 0})) > 0.1);
}

TEST_CASE("Zero rows give 0") {
  const Matrix none(0, 3);
  CHECK(predictions(none).empty());
  CHECK(accuracy(none, {}) == 0.0);
  CHECK(nll(none, {}) == 0.0);
  CHECK(agreement(none, none) == 0.0);
  CHECK(kl_divergence(none, none) == 0.0);
  CHECK(macro_f1(none, {}) == 0.0);
  CHECK(roc_auc(none, {}) == 0.0);
  CHECK(brier_score(none, {}) == 0.0);
  CHECK(expected_calibration_error(none, {}) == 0.0);
  CHECK(reliability_bins(none, {}, 4).size() == 4);
  CHECK(confusion_matrix(none, {}) == std::vector<std::size_t>(9, 0));
  CHECK(agreement_on_errors(none, none, {}).value() == 0.0);
  CHECK(agreement_near_boundary(none, none).rows == 0);
}

TEST_CASE("Metrics refuse what does not fit") {
  const Matrix logits = matrix(2, {1, 2, 3, 4});
  CHECK(code_of([&] { accuracy(logits, std::vector<std::int32_t>{0}); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { nll(logits, std::vector<std::int32_t>{0, 2}); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { correct(logits, std::vector<std::int32_t>{-1, 0}); }) == ErrorCode::invalid_data);
  CHECK(message_of([&] { nll(logits, std::vector<std::int32_t>{0, 2}); }).find("row 2") != std::string::npos);
  CHECK(code_of([&] { agreement(logits, matrix(4, {1, 2, 3, 4})); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { kl_divergence(logits, matrix(2, {1, 2})); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { predictions(Matrix(2, 0)); }) == ErrorCode::shape_mismatch);
  const std::vector<std::int32_t> labels{0, 1};
  const Matrix endless = matrix(2, {1, 2, HUGE_VAL, 4}), unknown = matrix(2, {1, 2, 3, std::nan("")});
  for (const Matrix* bad : {&endless, &unknown}) {
    CHECK(code_of([&] { roc_auc(*bad, labels); }) == ErrorCode::invalid_data);
    CHECK(code_of([&] { reliability_bins(*bad, labels); }) == ErrorCode::invalid_data);
    CHECK(code_of([&] { agreement_near_boundary(*bad, logits); }) == ErrorCode::invalid_data);
  }
  CHECK(message_of([&] { roc_auc(unknown, labels); }).find("row 2") != std::string::npos);
  CHECK(code_of([&] { roc_auc(matrix(3, {1, 2, 3, 4, 5, 6}), labels); }) == ErrorCode::shape_mismatch);
  for (const std::size_t bins : {std::size_t{0}, std::size_t{1001}})
    CHECK(code_of([&] { expected_calibration_error(logits, labels, bins); }) == ErrorCode::invalid_option);
  const std::vector<std::int32_t> short_of_one{0}, beyond{0, 2};
  CHECK(code_of([&] { agreement_on_errors(logits, logits, short_of_one); }) == ErrorCode::shape_mismatch);
  CHECK(code_of([&] { confusion_matrix(logits, beyond); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { macro_f1(logits, std::vector<std::int32_t>{-1, 0}); }) == ErrorCode::invalid_data);
  CHECK(code_of([&] { brier_score(logits, beyond); }) == ErrorCode::invalid_data);
}
