#pragma once

#include <cstdint>

namespace litesmith::ops {

/// ONE_HOT: where the result's new axis stands; -1 = last.
struct OneHotAttrs {
  std::int32_t axis = -1;
  bool operator==(const OneHotAttrs&) const = default;
};

}  // namespace litesmith::ops
