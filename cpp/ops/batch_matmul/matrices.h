#pragma once

#include <cstdint>
#include <vector>

#include "ops/infer.h"

namespace litesmith::ops::batch_matmul {

/// One product: x [m, k] by y [k, n]; -1 = unknown.
struct Matrices {
  std::int32_t m, k, n;
};

/// The sizes by both operands' last two dimensions; fails when they do not fit together.
Matrices matrices(const NodeView& view);

/// The dimensions before the matrix.
Shape batch_dims(const Shape& shape);

/// Which matrix of an operand each matrix of the result takes; shapes are batch_dims().
std::vector<std::int64_t> matrix_of(const Shape& result, const Shape& operand);

}  // namespace litesmith::ops::batch_matmul
