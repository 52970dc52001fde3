#pragma once

#include "base/dtype.h"

namespace litesmith::ops {

/// ARG_MAX and ARG_MIN; the axis is operand 1. The type of the result is int32 or int64.
struct ArgMinMaxAttrs {
  DType output_type = DType::int32;
  bool operator==(const ArgMinMaxAttrs&) const = default;
};

}  // namespace litesmith::ops
