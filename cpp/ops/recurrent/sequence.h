#pragma once

#include "ops/infer.h"

/// Shapes of sequences and states, the same for every recurrent operator.
namespace litesmith::ops::recurrent {

/// Batch and steps of an input; kUnknownDim where not known yet.
struct SequenceSize {
  std::int32_t batch = kUnknownDim;
  std::int32_t steps = kUnknownDim;
};
/// Of input [batch, in] (rank 2: one step) or of a sequence (rank 3).
SequenceSize sequence_size(const NodeView& view, int rank, bool time_major);
/// The result's shape: `units` in place of the input's last dimension.
Shape sequence_shape(const NodeView& view, int rank, std::int32_t units);

/// Fails unless there is a result for each direction, or a merged one.
void require_results(const NodeView& view, int directions, bool is_merged);

/// Fails unless the operand has this shape; kUnknownDim fits everything.
void require_shape(const NodeView& view, int operand, const Shape& shape);
/// Fails unless the operand is a variable of `type` with `batch` rows of `width` values.
void require_state(const NodeView& view, int operand, DType type, std::int32_t batch, std::int32_t width);

}  // namespace litesmith::ops::recurrent
