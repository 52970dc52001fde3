#pragma once

#include <cstdint>
#include <vector>

namespace litesmith::ops {

/// RESHAPE. The shape operand wins over `new_shape`; one dimension may be -1.
struct ReshapeAttrs {
  std::vector<std::int32_t> new_shape;
  bool operator==(const ReshapeAttrs&) const = default;
};

/// SQUEEZE: axes to drop, negative ones count from the end; none = every dimension of 1.
struct SqueezeAttrs {
  std::vector<std::int32_t> axes;
  bool operator==(const SqueezeAttrs&) const = default;
};

}  // namespace litesmith::ops
