#pragma once

#include <cstdint>

namespace litesmith::ops {

/// STRIDED_SLICE. Bit i of a mask speaks of entry i of begin, end and strides: ignore begin, ignore end, stands for all
/// axes that are left, is a new axis of 1, is dropped from the result. `offset` = ends count from the begin.
struct StridedSliceAttrs {
  std::int32_t begin_mask = 0;
  std::int32_t end_mask = 0;
  std::int32_t ellipsis_mask = 0;
  std::int32_t new_axis_mask = 0;
  std::int32_t shrink_axis_mask = 0;
  bool offset = false;
  bool operator==(const StridedSliceAttrs&) const = default;
};

}  // namespace litesmith::ops
