#pragma once

#include "base/dtype.h"

namespace litesmith::ops {

/// UNIQUE: the type of the second result, int32 or int64.
struct UniqueAttrs {
  DType index_type = DType::int32;
  bool operator==(const UniqueAttrs&) const = default;
};

}  // namespace litesmith::ops
