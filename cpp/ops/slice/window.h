#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ops/infer.h"

namespace litesmith::ops::slice {

/// What is taken along one axis. Unknown numbers are nullopt.
struct AxisWindow {
  /// Axis of the operand; -1 = a new axis of 1.
  int axis = -1;
  std::optional<std::int64_t> start, count;
  std::int64_t stride = 1;
  /// The axis does not appear in the result.
  bool is_dropped = false;
  /// Where an unknown start stands in operand 1, and whether a negative one counts from the end.
  int entry = -1;
  bool wraps = false;
};

/// SLICE: operands begin and size. Fails for windows outside of the operand.
std::vector<AxisWindow> slice_windows(const NodeView& view);
/// STRIDED_SLICE: operands begin, end, strides. The operand's rank and the number of entries must be known.
std::vector<AxisWindow> strided_slice_windows(const NodeView& view);

}  // namespace litesmith::ops::slice
