#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "importers/emit/emitter.h"

/// Nodes that several layers and operators are made of.
namespace litesmith::importers::emit {

using Dims = std::vector<std::int32_t>;

/// x with other dims in the same order of elements; -1 = unknown. One RESHAPE with a constant shape when at most one
/// dim is unknown; a second one only where dims[0] is x's batch, which is then read at run time.
ir::TensorId reshape(Emitter& c, ir::TensorId x, Dims dims);
/// y with the shape of x, whatever is unknown.
ir::TensorId reshape_like(Emitter& c, ir::TensorId y, ir::TensorId x);
/// A new axis of size 1, and the axis of size 1 taken away: never more than one node, whatever is unknown.
ir::TensorId expand_dims(Emitter& c, ir::TensorId x, int axis);
ir::TensorId squeeze(Emitter& c, ir::TensorId x, int axis);
/// Axis i of the result is axis order[i] of x; nothing for the identity.
ir::TensorId transpose(Emitter& c, ir::TensorId x, const std::vector<int>& order);
/// Axis 1 moved to the end, and back: layout-sensitive layers of channels_first models work on NHWC.
ir::TensorId channels_to_end(Emitter& c, ir::TensorId x);
ir::TensorId channels_to_front(Emitter& c, ir::TensorId x);

/// Nothing when x has the type already.
ir::TensorId cast(Emitter& c, ir::TensorId x, DType dtype);
/// Layers compute in float32: a CAST unless x is float32.
ir::TensorId to_float(Emitter& c, ir::TensorId x);
ir::TensorId unary(Emitter& c, std::string_view op, ir::TensorId x);
ir::TensorId binary(Emitter& c, std::string_view op, ir::TensorId x, ir::TensorId y);
/// x op value, value of x's type.
ir::TensorId with_number(Emitter& c, std::string_view op, ir::TensorId x, double value);
/// Result is bool.
ir::TensorId compare(Emitter& c, std::string_view op, ir::TensorId x, ir::TensorId y);
/// condition ? x : y with broadcasting.
ir::TensorId select(Emitter& c, ir::TensorId condition, ir::TensorId x, ir::TensorId y);
/// MEAN, SUM, REDUCE_MAX ... over the axes, none of them negative.
ir::TensorId reduce(Emitter& c, std::string_view op, ir::TensorId x, const std::vector<int>& axes, bool keep_dims);

/// Zeros around x: before and after each axis.
ir::TensorId pad(Emitter& c, ir::TensorId x, const std::vector<std::pair<int, int>>& amounts);
/// Negative numbers count from the end.
struct AxisSlice {
  std::int32_t begin = kFromStart;
  std::int32_t end = kToEnd;
  std::int32_t stride = 1;
  /// The axis goes away; `begin` is its index.
  bool shrink = false;
  bool operator==(const AxisSlice&) const = default;

  /// The first and past the last entry, in the direction of the stride.
  static constexpr std::int32_t kFromStart = INT32_MIN;
  static constexpr std::int32_t kToEnd = INT32_MAX;
};
/// One entry per axis of x.
ir::TensorId slice(Emitter& c, ir::TensorId x, const std::vector<AxisSlice>& axes);
ir::TensorId concatenate(Emitter& c, std::vector<ir::TensorId> xs, int axis);
/// Equal parts of x along the axis.
std::vector<ir::TensorId> split(Emitter& c, ir::TensorId x, int axis, int parts);

/// All of xs as float32 when one of them is.
std::vector<ir::TensorId> with_common_type(Emitter& c, std::vector<ir::TensorId> xs);
/// x divided by its L2 norm along the axes; norms below 1e-6 count as 1e-6.
ir::TensorId l2_normalized(Emitter& c, ir::TensorId x, const std::vector<int>& axes);

/// The dims of x at run time, as an int32 vector; [first, last) of them.
ir::TensorId runtime_dims(Emitter& c, ir::TensorId x, int first, int last);

/// checked_axis() of each, ascending.
std::vector<int> checked_axes(const Emitter& c, const std::vector<int>& axes, int rank);
/// The axis of a tensor of the given rank made non-negative; fails when outside.
int checked_axis(const Emitter& c, int axis, int rank);

}  // namespace litesmith::importers::emit
