#include "distillery/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "distillery/error.hpp"
#include "distillery/logit_rows.hpp"
#include "distillery/math.hpp"

namespace distillery {

using namespace detail;

namespace {

/// What is sorted or put into bins has to be a number.
void check_number(double value, Eigen::Index row) {
  if (!std::isfinite(value)) fail(ErrorCode::invalid_data, {"The logits of row ", row + 1, " are not finite."});
}

double mean(double sum, Eigen::Index rows) noexcept { return rows == 0 ? 0.0 : sum / static_cast<double>(rows); }

bool same_prediction(const ConstMatrixRef& a, const ConstMatrixRef& b, Eigen::Index row) noexcept {
  return largest(row_of(a, row)) == largest(row_of(b, row));
}

/// Difference of the two largest probabilities; 1 with a single class.
double probability_margin(std::span<const float> row) noexcept {
  const std::size_t best = largest(row);
  double second = 0.0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != best)
      second = std::max(second, math::exp(static_cast<double>(row[i]) - static_cast<double>(row[best])));
  }
  return (1.0 - second) / scaled_sum(row);
}

}  // namespace

std::vector<std::int32_t> predictions(ConstMatrixRef logits) {
  check_columns(logits);
  return guarded([&] {
    std::vector<std::int32_t> result(static_cast<std::size_t>(logits.rows()));
    for (std::size_t row = 0; row < result.size(); ++row)
      result[row] = static_cast<std::int32_t>(largest(row_of(logits, static_cast<Eigen::Index>(row))));
    return result;
  });
}

std::vector<std::uint8_t> correct(ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_labels(logits, labels);
  return guarded([&] {
    std::vector<std::uint8_t> result(labels.size());
    for (std::size_t row = 0; row < result.size(); ++row)
      result[row] = largest(row_of(logits, static_cast<Eigen::Index>(row))) == static_cast<std::size_t>(labels[row]);
    return result;
  });
}

double accuracy(ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_labels(logits, labels);
  double right = 0.0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::size_t predicted = largest(row_of(logits, static_cast<Eigen::Index>(row)));
    right += predicted == static_cast<std::size_t>(labels[row]) ? 1.0 : 0.0;
  }
  return mean(right, logits.rows());
}

std::vector<std::size_t> confusion_matrix(ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_labels(logits, labels);
  return guarded([&] {
    const auto classes = static_cast<std::size_t>(logits.cols());
    if (classes > 0 && classes > std::vector<std::size_t>().max_size() / classes)
      throw std::length_error("classes × classes");
    std::vector<std::size_t> counts(classes * classes);
    for (std::size_t row = 0; row < labels.size(); ++row) {
      const std::size_t predicted = largest(row_of(logits, static_cast<Eigen::Index>(row)));
      ++counts[static_cast<std::size_t>(labels[row]) * classes + predicted];
    }
    return counts;
  });
}

double macro_f1(ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_labels(logits, labels);
  return guarded([&] {
    struct Class {
      double right = 0, labelled = 0, predicted = 0;
    };
    std::vector<Class> classes(static_cast<std::size_t>(logits.cols()));
    for (std::size_t row = 0; row < labels.size(); ++row) {
      const auto label = static_cast<std::size_t>(labels[row]);
      const std::size_t predicted = largest(row_of(logits, static_cast<Eigen::Index>(row)));
      classes[label].labelled += 1.0;
      classes[predicted].predicted += 1.0;
      if (label == predicted) classes[label].right += 1.0;
    }
    double sum = 0.0;
    Eigen::Index present = 0;
    for (const Class& c : classes) {
      if (c.labelled + c.predicted == 0.0) continue;
      sum += 2.0 * c.right / (c.labelled + c.predicted);
      ++present;
    }
    return mean(sum, present);
  });
}

double roc_auc(ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_labels(logits, labels);
  if (labels.empty()) return 0.0;
  if (logits.cols() != 2)
    fail(ErrorCode::shape_mismatch, {"A ROC curve is for two classes; these logits have ", logits.cols(), "."});
  return guarded([&] {
    std::vector<std::pair<double, std::size_t>> scored;  // the probability of class 1 grows with the difference
    for (std::size_t row = 0; row < labels.size(); ++row) {
      const auto values = row_of(logits, static_cast<Eigen::Index>(row));
      scored.emplace_back(static_cast<double>(values[1]) - static_cast<double>(values[0]),
                          static_cast<std::size_t>(labels[row]));
      check_number(scored.back().first, static_cast<Eigen::Index>(row));
    }
    std::sort(scored.begin(), scored.end());
    double below = 0.0, positives = 0.0, won = 0.0;  // halves and whole numbers: exact
    for (std::size_t first = 0, next = 0; first < scored.size(); first = next) {
      double negative = 0.0, positive = 0.0;
      for (; next < scored.size() && scored[next].first == scored[first].first; ++next)
        (scored[next].second == 1 ? positive : negative) += 1.0;
      won += positive * (below + 0.5 * negative);
      below += negative;
      positives += positive;
    }
    return positives * below == 0.0 ? 0.5 : won / (positives * below);
  });
}

double nll(ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_labels(logits, labels);
  double sum = 0.0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto values = row_of(logits, static_cast<Eigen::Index>(row));
    sum -= log_probability(values[static_cast<std::size_t>(labels[row])], log_sum(values));
  }
  return mean(sum, logits.rows());
}

double brier_score(ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_labels(logits, labels);
  double sum = 0.0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto values = row_of(logits, static_cast<Eigen::Index>(row));
    const auto top = static_cast<double>(values[largest(values)]);
    const double total = scaled_sum(values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double probability = math::exp(static_cast<double>(values[i]) - top) / total;
      const double error = probability - (i == static_cast<std::size_t>(labels[row]) ? 1.0 : 0.0);
      sum += error * error;
    }
  }
  return mean(sum, logits.rows());
}

std::vector<ReliabilityBin> reliability_bins(ConstMatrixRef logits, std::span<const std::int32_t> labels,
                                             std::size_t bins) {
  check_labels(logits, labels);
  require_between(1, 1000, static_cast<double>(bins), "The number of bins");
  return guarded([&] {
    std::vector<ReliabilityBin> result(bins);
    const auto width = static_cast<double>(bins);
    for (std::size_t row = 0; row < labels.size(); ++row) {
      const auto values = row_of(logits, static_cast<Eigen::Index>(row));
      const double confidence = 1.0 / scaled_sum(values);
      check_number(confidence, static_cast<Eigen::Index>(row));
      auto at = static_cast<std::size_t>(confidence * width);
      while (at > 0 && confidence <= static_cast<double>(at) / width) --at;  // bins are closed above
      result[at].confidence += confidence;
      result[at].right += largest(values) == static_cast<std::size_t>(labels[row]);
      ++result[at].rows;
    }
    for (ReliabilityBin& bin : result) {
      bin.confidence = mean(bin.confidence, static_cast<Eigen::Index>(bin.rows));
      bin.accuracy = mean(static_cast<double>(bin.right), static_cast<Eigen::Index>(bin.rows));
    }
    return result;
  });
}

std::vector<ReliabilityBin> join_small_bins(std::span<const ReliabilityBin> bins, std::size_t least) {
  const auto join = [](ReliabilityBin& bin, const ReliabilityBin& other) {
    const auto own = static_cast<double>(bin.rows), more = static_cast<double>(other.rows);
    bin.confidence = (bin.confidence * own + other.confidence * more) / (own + more);
    bin.rows += other.rows;
    bin.right += other.right;
    bin.accuracy = static_cast<double>(bin.right) / static_cast<double>(bin.rows);
  };
  return guarded([&] {
    std::vector<ReliabilityBin> result;
    for (const ReliabilityBin& bin : bins) {
      if (bin.rows == 0) continue;
      if (!result.empty() && result.back().rows < least) join(result.back(), bin);
      else result.push_back(bin);
    }
    if (result.size() > 1 && result.back().rows < least) {
      const ReliabilityBin last = result.back();
      result.pop_back();
      join(result.back(), last);
    }
    return result;
  });
}

double expected_calibration_error(ConstMatrixRef logits, std::span<const std::int32_t> labels, std::size_t bins) {
  double sum = 0.0;
  for (const ReliabilityBin& bin : reliability_bins(logits, labels, bins))
    sum += static_cast<double>(bin.rows) * std::fabs(bin.accuracy - bin.confidence);
  return mean(sum, logits.rows());
}

double agreement(ConstMatrixRef logits, ConstMatrixRef other) {
  check_pair(logits, other);
  double same = 0.0;
  for (Eigen::Index row = 0; row < logits.rows(); ++row)
    same += same_prediction(logits, other, row) ? 1.0 : 0.0;
  return mean(same, logits.rows());
}

double kl_divergence(ConstMatrixRef reference, ConstMatrixRef logits) {
  check_pair(reference, logits);
  double sum = 0.0;
  for (Eigen::Index row = 0; row < reference.rows(); ++row) {
    const auto p = row_of(reference, row), q = row_of(logits, row);
    const LogSum p_total = log_sum(p), q_total = log_sum(q);
    double divergence = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double log_p = log_probability(p[i], p_total);
      const double probability = math::exp(log_p);
      // A class that the reference gives no weight adds nothing, however unlikely the other one finds it.
      if (probability > 0.0) divergence += probability * (log_p - log_probability(q[i], q_total));
    }
    if (divergence > 0.0) sum += divergence;  // rounding can leave a tiny negative
  }
  return mean(sum, reference.rows());
}

RowShare agreement_on_errors(ConstMatrixRef reference, ConstMatrixRef logits, std::span<const std::int32_t> labels) {
  check_pair(reference, logits);
  check_labels(reference, labels);
  RowShare share;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    if (largest(row_of(reference, row)) == static_cast<std::size_t>(labels[i])) continue;
    ++share.rows;
    share.matching += same_prediction(reference, logits, row);
  }
  return share;
}

RowShare agreement_near_boundary(ConstMatrixRef reference, ConstMatrixRef logits) {
  check_pair(reference, logits);
  return guarded([&] {
    std::vector<std::pair<double, std::size_t>> margins;  // no two are equal, so the order is one
    for (Eigen::Index row = 0; row < reference.rows(); ++row) {
      margins.emplace_back(probability_margin(row_of(reference, row)), static_cast<std::size_t>(row));
      check_number(margins.back().first, row);
    }
    std::sort(margins.begin(), margins.end());
    RowShare share{0, (margins.size() + 9) / 10};
    margins.resize(share.rows);
    for (const auto& [margin, row] : margins) share.matching += same_prediction(reference, logits, static_cast<Eigen::Index>(row));
    return share;
  });
}

}  // namespace distillery
