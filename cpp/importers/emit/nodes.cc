#include "importers/emit/nodes.h"

#include <algorithm>
#include <numeric>

#include "ops/cast/cast.h"
#include "ops/concatenation/concatenation.h"
#include "ops/reduce/reduce.h"
#include "ops/reshape/reshape.h"
#include "ops/shape_of/shape_of.h"
#include "ops/slice/slice.h"
#include "ops/split/split.h"

namespace litesmith::importers::emit {
namespace {

constexpr int kMostParts = 4096;

std::ptrdiff_t unknown_dims(const Dims& dims) { return std::count(dims.begin(), dims.end(), kUnknownDim); }

std::vector<int> identity_order(int rank) {
  std::vector<int> order(static_cast<std::size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace

ir::TensorId reshape(Emitter& c, ir::TensorId x, Dims dims) {
  const auto count = c.shape(x).element_count();
  std::int64_t rest = 1;
  for (const std::int32_t dim : dims) {
    if (dim < kUnknownDim) c.fail("the shape ", Shape(dims), " is impossible");
    if (dim != kUnknownDim) rest = checked_product(rest, dim);
  }
  if (count && rest > 0 && unknown_dims(dims) == 1)
    *std::find(dims.begin(), dims.end(), kUnknownDim) = static_cast<std::int32_t>(*count / rest);
  if (Shape(dims) == c.shape(x) && c.shape(x).is_static()) return x;
  if (unknown_dims(dims) <= 1) {
    const ir::TensorId shape = c.ints("shape", dims);
    return c.add("RESHAPE", ops::ReshapeAttrs{dims}, {x, shape});
  }
  if (dims[0] != kUnknownDim || unknown_dims(dims) > 2)
    c.unsupported("the shape ", c.shape(x), " cannot become ", Shape(dims),
                  " while so many dims are unknown; give the model's Input a full shape");
  const ir::TensorId inner = c.ints("shape", Dims(dims.begin() + 1, dims.end()));
  const ir::TensorId shape = concatenate(c, {runtime_dims(c, x, 0, 1), inner}, 0);
  return c.add("RESHAPE", ops::ReshapeAttrs{}, {x, shape});
}

ir::TensorId reshape_like(Emitter& c, ir::TensorId y, ir::TensorId x) {
  const Dims& dims = c.shape(x).dims();
  if (unknown_dims(dims) <= 1) return reshape(c, y, dims);
  const ir::TensorId shape = c.add("SHAPE", ops::ShapeAttrs{DType::int32}, {x}, DType::int32);
  return c.add("RESHAPE", ops::ReshapeAttrs{}, {y, shape});
}

ir::TensorId expand_dims(Emitter& c, ir::TensorId x, int axis) {
  Dims dims = c.shape(x).dims();
  dims.insert(dims.begin() + axis, 1);
  if (unknown_dims(dims) <= 1) return reshape(c, x, std::move(dims));
  return c.add("EXPAND_DIMS", {}, {x, c.int_scalar("axis", axis)});
}

ir::TensorId squeeze(Emitter& c, ir::TensorId x, int axis) {
  Dims dims = c.shape(x).dims();
  dims.erase(dims.begin() + axis);
  if (unknown_dims(dims) <= 1) return reshape(c, x, std::move(dims));
  return c.add("SQUEEZE", ops::SqueezeAttrs{{axis}}, {x});
}

ir::TensorId transpose(Emitter& c, ir::TensorId x, const std::vector<int>& order) {
  if (order == identity_order(c.rank(x))) return x;
  return c.add("TRANSPOSE", {}, {x, c.ints("permutation", order)});
}

ir::TensorId channels_to_end(Emitter& c, ir::TensorId x) {
  std::vector<int> order = identity_order(c.rank(x));
  std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return transpose(c, x, order);
}

ir::TensorId channels_to_front(Emitter& c, ir::TensorId x) {
  std::vector<int> order = identity_order(c.rank(x));
  std::rotate(order.begin() + 1, order.end() - 1, order.end());
  return transpose(c, x, order);
}

ir::TensorId cast(Emitter& c, ir::TensorId x, DType dtype) {
  if (c.dtype(x) == dtype) return x;
  return c.add("CAST", ops::CastAttrs{c.dtype(x), dtype}, {x}, dtype);
}

ir::TensorId to_float(Emitter& c, ir::TensorId x) { return cast(c, x, DType::float32); }

ir::TensorId unary(Emitter& c, std::string_view op, ir::TensorId x) { return c.add(op, {}, {x}); }

ir::TensorId binary(Emitter& c, std::string_view op, ir::TensorId x, ir::TensorId y) { return c.add(op, {}, {x, y}); }

ir::TensorId with_number(Emitter& c, std::string_view op, ir::TensorId x, double value) {
  return binary(c, op, x, c.number("value", value, c.dtype(x)));
}

ir::TensorId compare(Emitter& c, std::string_view op, ir::TensorId x, ir::TensorId y) {
  return c.add(op, {}, {x, y}, DType::boolean);
}

ir::TensorId select(Emitter& c, ir::TensorId condition, ir::TensorId x, ir::TensorId y) {
  return c.add("SELECT_V2", {}, {condition, x, y}, c.dtype(x));
}

ir::TensorId reduce(Emitter& c, std::string_view op, ir::TensorId x, const std::vector<int>& axes, bool keep_dims) {
  return c.add(op, ops::ReduceAttrs{keep_dims}, {x, c.ints("axes", axes)});
}

ir::TensorId pad(Emitter& c, ir::TensorId x, const std::vector<std::pair<int, int>>& amounts) {
  std::vector<std::int32_t> values;
  for (const auto& [before, after] : amounts) values.insert(values.end(), {before, after});
  if (std::all_of(values.begin(), values.end(), [](int amount) { return amount == 0; })) return x;
  const Shape shape{static_cast<std::int32_t>(amounts.size()), 2};
  return c.add("PAD", {}, {x, c.ints("paddings", values, shape)});
}

ir::TensorId slice(Emitter& c, ir::TensorId x, const std::vector<AxisSlice>& axes) {
  Dims begin, end, stride;
  ops::StridedSliceAttrs attrs;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const AxisSlice& axis = axes[i];
    const auto bit = static_cast<std::int32_t>(1u << i);
    const bool from_start = axis.begin == AxisSlice::kFromStart;
    const bool to_end = axis.end == AxisSlice::kToEnd && !axis.shrink;
    begin.push_back(from_start ? 0 : axis.begin);
    // The index -1 has no end that could be written down; shrinking looks at the begin alone.
    end.push_back(axis.shrink ? (axis.begin == -1 || axis.begin == INT32_MAX ? INT32_MAX : axis.begin + 1)
                  : to_end    ? 0
                              : axis.end);
    stride.push_back(axis.stride);
    if (from_start) attrs.begin_mask |= bit;
    if (to_end) attrs.end_mask |= bit;
    if (axis.shrink) attrs.shrink_axis_mask |= bit;
  }
  return c.add("STRIDED_SLICE", attrs, {x, c.ints("begin", begin), c.ints("end", end), c.ints("strides", stride)});
}

ir::TensorId concatenate(Emitter& c, std::vector<ir::TensorId> xs, int axis) {
  return c.add("CONCATENATION", ops::ConcatenationAttrs{.axis = axis}, std::move(xs));
}

std::vector<ir::TensorId> split(Emitter& c, ir::TensorId x, int axis, int parts) {
  const int size = c.known_dim(x, axis, "the axis of a split");
  if (parts < 1 || size % parts != 0)
    c.fail("cannot split axis ", axis, " of ", c.shape(x), " into ", parts, " equal parts");
  if (parts > kMostParts) c.unsupported("more than ", kMostParts, " parts have no conversion");
  return c.add_many("SPLIT", ops::SplitAttrs{parts}, {c.int_scalar("axis", axis), x}, parts);
}

ir::TensorId runtime_dims(Emitter& c, ir::TensorId x, int first, int last) {
  const ir::TensorId dims = c.add("SHAPE", ops::ShapeAttrs{DType::int32}, {x}, DType::int32);
  return slice(c, dims, {{.begin = first, .end = last}});
}

std::vector<ir::TensorId> with_common_type(Emitter& c, std::vector<ir::TensorId> xs) {
  const bool any_float = std::any_of(xs.begin(), xs.end(), [&](ir::TensorId x) { return is_float(c.dtype(x)); });
  if (any_float)
    for (ir::TensorId& x : xs) x = to_float(c, x);
  return xs;
}

ir::TensorId l2_normalized(Emitter& c, ir::TensorId x, const std::vector<int>& axes) {
  const ir::TensorId sum = reduce(c, "SUM", binary(c, "MUL", x, x), axes, true);
  return binary(c, "MUL", x, unary(c, "RSQRT", with_number(c, "MAXIMUM", sum, 1e-12)));
}

std::vector<int> checked_axes(const Emitter& c, const std::vector<int>& axes, int rank) {
  std::vector<int> result;
  for (const int axis : axes) result.push_back(checked_axis(c, axis, rank));
  std::sort(result.begin(), result.end());
  return result;
}

int checked_axis(const Emitter& c, int axis, int rank) {
  const auto normal = normalize_axis(axis, rank);
  if (!normal) c.fail("the axis ", axis, " is outside of its input's ", rank, " dimensions");
  return *normal;
}

}  // namespace litesmith::importers::emit
