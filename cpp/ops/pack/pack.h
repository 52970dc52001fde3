#pragma once

#include <cstdint>

namespace litesmith::ops {

/// PACK: a new axis of the result; UNPACK: the axis of the operand that goes. `count` = operands (results).
struct PackAttrs {
  std::int32_t count = 0;
  std::int32_t axis = 0;
  bool operator==(const PackAttrs&) const = default;
};

}  // namespace litesmith::ops
