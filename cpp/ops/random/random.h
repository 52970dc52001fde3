#pragma once

#include <cstdint>

namespace litesmith::ops {

/// RANDOM_UNIFORM, RANDOM_STANDARD_NORMAL and MULTINOMIAL. Two zeros = seeds that nobody knows.
struct RandomAttrs {
  std::int64_t seed = 0;
  std::int64_t seed2 = 0;
  bool operator==(const RandomAttrs&) const = default;
};

}  // namespace litesmith::ops
