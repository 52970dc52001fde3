#pragma once

#include <cstdint>

namespace litesmith::ops {

/// SPLIT and SPLIT_V: the number of results.
struct SplitAttrs {
  std::int32_t count = 0;
  bool operator==(const SplitAttrs&) const = default;
};

}  // namespace litesmith::ops
