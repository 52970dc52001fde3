#pragma once

namespace litesmith::ops {

/// MEAN, SUM and the REDUCE_ operators; the axes are operand 1.
struct ReduceAttrs {
  bool keep_dims = false;
  bool operator==(const ReduceAttrs&) const = default;
};

}  // namespace litesmith::ops
