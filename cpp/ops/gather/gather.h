#pragma once

#include <cstdint>

namespace litesmith::ops {

/// GATHER: entries along `axis`; the first `batch_dims` axes of both operands belong together. Negative values count
/// from the end (of the indices for `batch_dims`).
struct GatherAttrs {
  std::int32_t axis = 0;
  std::int32_t batch_dims = 0;
  bool operator==(const GatherAttrs&) const = default;
};

}  // namespace litesmith::ops
