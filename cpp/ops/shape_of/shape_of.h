#pragma once

#include "base/dtype.h"

namespace litesmith::ops {

/// SHAPE: type of the result, int32 or int64.
struct ShapeAttrs {
  DType out_type = DType::int32;
  bool operator==(const ShapeAttrs&) const = default;
};

}  // namespace litesmith::ops
