#pragma once

#include <Eigen/Core>

namespace distillery {

/// One sample (or one row of logits) per row, contiguous. Eigen gives the storage, the views and the C++ interface;
/// products go through `kernels/`, since the blocking of Eigen's follows the machine's caches and so its bits do too.
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMatrixRef = Eigen::Ref<const Matrix>;

}  // namespace distillery
