#pragma once

#include <cstdint>

namespace litesmith::ops {

/// FAKE_QUANT: rounds to the 2^num_bits levels (one less when narrow) between min and max, moved so that 0 is a level.
struct FakeQuantAttrs {
  float min = 0;
  float max = 0;
  std::int32_t num_bits = 8;
  bool narrow_range = false;
  bool operator==(const FakeQuantAttrs&) const = default;
};

}  // namespace litesmith::ops
