#include <algorithm>

#include "importers/graphdef/node_context.h"
#include "ops/reshape/reshape.h"
#include "ops/shape_of/shape_of.h"

/// Shapes, what is made of shapes, and other shapes for the same elements.
namespace litesmith::importers::graphdef {
namespace {

std::ptrdiff_t unknown_dims(const Shape& shape) { return std::count(shape.begin(), shape.end(), kUnknownDim); }

Results import_reshape(NodeContext& c) { return c.reshape_to(c.input(0), c.input(1)); }

/// Without axes every dim of 1 goes, and unknown ones may be 1.
Results import_squeeze(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const Shape shape = c.shape(x);
  ops::SqueezeAttrs attrs;
  for (const std::int64_t axis : c.attr_ints("squeeze_dims")) attrs.axes.push_back(static_cast<std::int32_t>(axis));
  if (!shape.has_rank()) return c.add("SQUEEZE", attrs, {x});
  for (std::int32_t& axis : attrs.axes) {
    axis = emit::checked_axis(c, axis, shape.rank());
    if (shape[axis] > 1 || shape[axis] == 0)
      c.fail("axis ", axis, " of ", shape, " cannot be dropped: only dimensions of 1 can");
  }
  if (attrs.axes.empty() && !shape.is_static()) return c.add("SQUEEZE", attrs, {x});
  Dims dims;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool drops =
        attrs.axes.empty() ? shape[i] == 1 : std::find(attrs.axes.begin(), attrs.axes.end(), i) != attrs.axes.end();
    if (!drops) dims.push_back(shape[i]);
  }
  // Rows for a dense layer: a later pass leaves the node out.
  const bool is_rows = dims.size() == 2;
  if (!is_rows && unknown_dims(Shape(dims)) <= 1) return reshape(c, x, std::move(dims));
  return c.add("SQUEEZE", attrs, {x});
}

Results import_expand_dims(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const std::int64_t axis = c.int_value(1, "the new axis");
  if (!c.shape(x).has_rank()) return c.add("EXPAND_DIMS", {}, {x, c.to_int32(c.input(1))});
  const int rank = c.rank(x) + 1;
  if (axis < -rank || axis >= rank) c.fail("the new axis ", axis, " is outside of the result's ", rank, " dimensions");
  return expand_dims(c, x, static_cast<int>(axis < 0 ? axis + rank : axis));
}

ir::TensorId shape_of(NodeContext& c, ir::TensorId x) {
  const DType dtype = c.attr_type("out_type", DType::int32);
  return c.add("SHAPE", ops::ShapeAttrs{dtype}, {x}, dtype);
}

Results import_shape(NodeContext& c) { return shape_of(c, c.input(0)); }

Results import_shapes(NodeContext& c) {
  std::vector<ir::TensorId> shapes;
  for (const ir::TensorId x : c.tensors()) shapes.push_back(shape_of(c, x));
  return shapes;
}

Results import_size(NodeContext& c) { return emit::reduce(c, "REDUCE_PROD", shape_of(c, c.input(0)), {0}, false); }

Results import_rank(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  if (c.shape(x).has_rank()) return c.int_scalar("rank", c.rank(x));
  return c.add("RANK", {}, {x}, DType::int32);
}

Results import_broadcast_to(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const Shape wanted = c.known_shape(c.input(1));
  if (wanted.is_static() && c.shape(x) == wanted) return x;
  const ir::TensorId y = c.add("BROADCAST_TO", {}, {x, c.to_int32(c.input(1))});
  c.refine_shape(y, wanted);
  return y;
}

Results import_broadcast_args(NodeContext& c) { return c.add("BROADCAST_ARGS", {}, c.tensors(0, 2)); }

ir::TensorId filled(NodeContext& c, ir::TensorId dims, ir::TensorId value) {
  const ir::TensorId y = c.add("FILL", {}, {c.to_int32(dims), value}, c.dtype(value));
  c.refine_shape(y, c.known_shape(dims));
  return y;
}

Results import_fill(NodeContext& c) { return filled(c, c.input(0), c.input(1)); }

Results import_ones_like(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const ir::TensorId dims = c.add("SHAPE", ops::ShapeAttrs{DType::int32}, {x}, DType::int32);
  return filled(c, dims, c.number("one", 1, c.dtype(x)));
}

Results import_empty(NodeContext& c) {
  return filled(c, c.input(0), c.number("zero", 0, c.attr_type("dtype", DType::float32)));
}

Results import_range(NodeContext& c) { return c.add("RANGE", {}, c.tensors(0, 3)); }

/// start + i * step in float32; the last number is the stop itself.
ir::TensorId linear_space(NodeContext& c, float start, float stop, std::int64_t count) {
  std::vector<float> values;
  const float step = count > 1 ? (stop - start) / static_cast<float>(count - 1) : 0.0f;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(start + step * static_cast<float>(i));
  if (count > 1) values.back() = stop;
  return c.floats("numbers", Shape{static_cast<std::int32_t>(count)}, values);
}

Results import_linear_space(NodeContext& c) {
  constexpr std::int64_t kMost = 1 << 24;
  const std::int64_t count = c.int_value(2, "how many numbers there are");
  if (count < 1 || count > kMost) c.fail("gives ", count, " numbers; between 1 and ", kMost, " are possible");
  if (c.dtype(c.input(0)) != DType::float32) c.unsupported("numbers of type ", name(c.dtype(c.input(0))));
  const auto start = c.numbers(0), stop = c.numbers(1);
  if (start && stop && start->size() == 1 && stop->size() == 1)
    return linear_space(c, static_cast<float>(start->front()), static_cast<float>(stop->front()), count);
  const ir::TensorId part = linear_space(c, 0.0f, 1.0f, count);
  const ir::TensorId distance = binary(c, "SUB", c.input(1), c.input(0));
  return binary(c, "ADD", binary(c, "MUL", part, distance), c.input(0));
}

Results import_bitcast(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const DType dtype = c.attr_type("type", c.dtype(x));
  return dtype == c.dtype(x) ? x : c.add("BITCAST", {}, {x}, dtype);
}

}  // namespace

std::span<const OpRule> shaping_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "Bitcast", .import = import_bitcast},
      {.op = "BroadcastArgs", .import = import_broadcast_args},
      {.op = "BroadcastTo", .import = import_broadcast_to},
      {.op = "Empty", .import = import_empty, .note = "zeros"},
      {.op = "ExpandDims", .import = import_expand_dims, .note = "constant axis"},
      {.op = "Fill", .import = import_fill},
      {.op = "LinSpace", .import = import_linear_space, .note = "float32, constant count"},
      {.op = "OnesLike", .import = import_ones_like},
      {.op = "Range", .import = import_range},
      {.op = "Rank", .import = import_rank},
      {.op = "Reshape", .import = import_reshape},
      {.op = "Shape", .import = import_shape},
      {.op = "ShapeN", .import = import_shapes},
      {.op = "Size", .import = import_size},
      {.op = "Squeeze", .import = import_squeeze},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
