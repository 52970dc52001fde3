#pragma once

#include <cstdint>

#include "ops/activation/activation.h"

namespace litesmith::ops {

/// CONCATENATION. A negative axis counts from the end. No runtime executes a fused activation here.
struct ConcatenationAttrs {
  std::int32_t axis = 0;
  Activation activation = Activation::none;
  bool operator==(const ConcatenationAttrs&) const = default;
};

}  // namespace litesmith::ops
