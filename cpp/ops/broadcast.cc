#include "ops/broadcast.h"

namespace litesmith::ops {
namespace {

/// What operands advance by along one dimension of the result, in elements.
struct Walk {
  std::int64_t size;
  Broadcast::Offsets strides;
};

std::vector<Walk> walks(const Shape& result, std::span<const Shape* const> operands) {
  std::vector<Walk> list(static_cast<std::size_t>(result.rank()));
  for (int axis = 0; axis < result.rank(); ++axis) list[static_cast<std::size_t>(axis)].size = result[axis];
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const Shape& shape = *operands[k];
    std::int64_t stride = 1;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      const int at = axis + result.rank() - shape.rank();
      list[static_cast<std::size_t>(at)].strides[k] = shape[axis] == 1 ? 0 : stride;
      stride *= shape[axis];
    }
  }
  return list;
}

/// Joins dimensions that every operand walks through without a jump, and drops those of size 1.
std::vector<Walk> collapsed(const std::vector<Walk>& list) {
  std::vector<Walk> joined;
  for (const Walk& walk : list) {
    if (walk.size == 1) continue;
    bool fits = !joined.empty();
    for (std::size_t k = 0; fits && k < walk.strides.size(); ++k)
      fits = joined.back().strides[k] == walk.strides[k] * walk.size;
    if (!fits) {
      joined.push_back(walk);
      continue;
    }
    joined.back().size *= walk.size;
    joined.back().strides = walk.strides;
  }
  return joined;
}

}  // namespace

Shape broadcast_shape(const NodeView& view, int i, int j) {
  const TensorInfo& a = view.input(i);
  const TensorInfo& b = view.input(j);
  std::optional<Shape> shape = broadcast(a.shape, b.shape);
  if (!shape)
    view.fail("'", a.name, "' has shape ", a.shape, " and '", b.name, "' has shape ", b.shape,
              ", which do not broadcast: dimensions counted from the end must be equal or 1");
  return *std::move(shape);
}

Broadcast::Offsets Broadcast::offsets_of(std::int64_t row) const noexcept {
  Offsets at{};
  for (std::size_t d = dims.size(); d-- > 0;) {
    const std::int64_t index = row % dims[d];
    row /= dims[d];
    for (std::size_t k = 0; k < at.size(); ++k) at[k] += index * strides[d][k];
  }
  return at;
}

Broadcast plan_broadcast(const Shape& result, std::span<const Shape* const> operands) {
  Broadcast plan;
  if (litesmith::elements(result) == 0) {
    plan.rows = 0;
    return plan;
  }
  std::vector<Walk> list = collapsed(walks(result, operands));
  if (!list.empty()) {
    plan.inner = list.back().size;
    plan.step = list.back().strides;
    list.pop_back();
  }
  for (const Walk& walk : list) {
    plan.rows *= walk.size;
    plan.dims.push_back(walk.size);
    plan.strides.push_back(walk.strides);
  }
  plan.pieces = tile_count(plan.inner);
  plan.rows_per_tile = items_per_tile(plan.inner);
  return plan;
}

Broadcast plan_of_operands(const PrepareContext& context) {
  std::vector<const Shape*> shapes;
  for (int i = 0; i < context.input_count(); ++i) shapes.push_back(&context.input(i).shape);
  return plan_broadcast(context.output().shape, shapes);
}

}  // namespace litesmith::ops
