#pragma once

#include "base/dtype.h"

namespace litesmith::ops {

/// CAST as the file records it; the tensors' types decide.
struct CastAttrs {
  DType from = DType::float32;
  DType to = DType::float32;
  bool operator==(const CastAttrs&) const = default;
};

}  // namespace litesmith::ops
