#pragma once

namespace litesmith::ops {

/// CUMSUM along the axis in operand 1; exclusive sums start with 0 and leave the own element out.
struct CumsumAttrs {
  bool exclusive = false;
  bool reverse = false;
  bool operator==(const CumsumAttrs&) const = default;
};

}  // namespace litesmith::ops
