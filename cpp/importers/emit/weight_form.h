#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/dtype.h"
#include "base/shape.h"

namespace litesmith::importers::emit {

/// How a stored array becomes the constant that an operator wants: axes reordered, some reversed, then given `shape`.
struct WeightForm {
  /// Stored axes in the order of the constant's; empty = as stored.
  std::vector<int> order;
  /// Shape of the constant, as many elements as are stored.
  Shape shape;
  /// Stored axes that run backwards; empty = none.
  std::vector<bool> reversed;
};

/// Applies the form to float32 data. Returns the same bytes when nothing moves.
Bytes reorder(const Bytes& stored, const Shape& stored_shape, const WeightForm& form);

/// float16, bfloat16 and float64 as float32; other types unchanged. The dtype is updated.
Bytes widen_to_float32(const Bytes& stored, DType& dtype);

/// Index of the first NaN or infinity of float32 data; -1 = all are finite.
std::int64_t first_not_finite(const Bytes& values) noexcept;

}  // namespace litesmith::importers::emit
