#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "distillery/matrix.hpp"

namespace distillery {

/// How rows for the ensemble to label are made from training rows.
enum class TransferMethod : std::uint8_t {
  none = 0,
  jitter = 1,  ///< normal noise on every column that is not discrete
  mixup = 2,   ///< between two rows (Zhang, Cisse, Dauphin & Lopez-Paz 2018, "mixup: beyond empirical risk minimization")
  munge = 3,   ///< values of a near row (Buciluă, Caruana & Niculescu-Mizil 2006, "Model compression", algorithm 1)
};

struct TransferOptions {
  TransferMethod method = TransferMethod::none;
  std::uint32_t copies = 1;  ///< transfer rows per training row, 1 … 100
  float deviation = 0.2f;    ///< jitter: of the noise, in deviations of the column, 0 … 2
  float alpha = 0.4f;        ///< mixup: the weight is drawn from Beta(α, α), 0.05 … 2
  float swap = 0.5f;         ///< munge: probability p that a value is taken from the near row, 0 … 1
  float locality = 1;        ///< munge: s; a value taken has the deviation |difference| / s, 0.1 … 1000

  /// Throws invalid_option.
  void validate() const;
};

/// How many transfer rows there will be: whole copies, at most 200,000 rows in all, so none for more training rows than
/// that. Where rows abound more of them teach little, and every worker holds them.
std::size_t transfer_count(const TransferOptions& options, std::size_t rows) noexcept;

/// Where a transfer row comes from, as positions in the list of rows: its labels are `weight` · the first's + (1 − weight) ·
/// the second's. Jitter and munge have weight 1.
struct TransferOrigin {
  std::uint32_t first = 0, second = 0;
  float weight = 1;
};

/// Makes transfer rows from the listed rows of a scaled table: copy by copy, each in the order of `rows`, written to
/// `made`, transfer_count × columns values. A pure function of its arguments. A column with at most 10 different values
/// is discrete: jitter leaves it alone and munge takes its values as they are.
///
/// Munge looks for the nearest of 1,024 rows drawn by seed (of all, where there are no more), for the nearest of all costs
/// rows² operations; every copy starts from the training rows, and only the row itself is changed.
std::vector<TransferOrigin> make_transfer_rows(const Matrix& features, std::span<const std::uint32_t> rows,
                                               const TransferOptions& options, std::uint64_t seed, std::span<float> made);

}  // namespace distillery
