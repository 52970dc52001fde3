#include "ops/recurrent/sequence.h"

namespace litesmith::ops::recurrent {

SequenceSize sequence_size(const NodeView& view, int rank, bool time_major) {
  view.require_rank(0, rank);
  const Shape& x = view.input(0).shape;
  if (!x.has_rank()) return {.steps = rank == 2 ? 1 : kUnknownDim};
  if (rank == 2) return {x[0], 1};
  return {x[time_major ? 1 : 0], x[time_major ? 0 : 1]};
}

Shape sequence_shape(const NodeView& view, int rank, std::int32_t units) {
  Shape shape = view.input(0).shape;
  if (!shape.has_rank()) shape = Shape(std::vector<std::int32_t>(static_cast<std::size_t>(rank), kUnknownDim));
  shape.dims().back() = units;
  return shape;
}

void require_results(const NodeView& view, int directions, bool is_merged) {
  const int wanted = is_merged ? 1 : directions;
  view.require(view.output_count() == wanted, "has ", view.output_count(), " results but ", wanted,
               is_merged ? " with merge_outputs" : "", " is needed");
}

void require_shape(const NodeView& view, int operand, const Shape& shape) {
  const TensorInfo& info = view.input(operand);
  if (!info.shape.has_rank()) return;
  bool fits = info.shape.rank() == shape.rank();
  for (int axis = 0; fits && axis < shape.rank(); ++axis)
    fits = shape[axis] == kUnknownDim || info.shape[axis] == kUnknownDim || shape[axis] == info.shape[axis];
  if (!fits)
    view.fail("'", info.name, "' (operand ", operand, ") has shape ", info.shape, " but must have ", shape,
              " by the other operands");
}

void require_state(const NodeView& view, int operand, DType type, std::int32_t batch, std::int32_t width) {
  view.require_type(operand, {type});
  const TensorInfo& state = view.input(operand);
  view.require(state.is_variable && !state.is_known(), "its state '", state.name,
               "' is no variable; mark the tensor as one (is_variable), without values");
  const auto count = state.shape.element_count();
  if (count && batch != kUnknownDim && width != kUnknownDim && *count != std::int64_t{batch} * width)
    view.fail("its state '", state.name, "' (", state.shape, ") has ", *count, " values but ", batch, " rows of ",
              width, " values are needed");
}

}  // namespace litesmith::ops::recurrent
