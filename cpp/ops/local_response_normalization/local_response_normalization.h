#pragma once

#include <cstdint>

namespace litesmith::ops {

/// LOCAL_RESPONSE_NORMALIZATION of [N, H, W, C]: x * (bias + alpha * s)^-beta, where s sums the squares of channels
/// c - radius to c + radius.
struct LocalResponseNormalizationAttrs {
  std::int32_t radius = 5;
  float bias = 1.0F;
  float alpha = 1.0F;
  float beta = 0.5F;
  bool operator==(const LocalResponseNormalizationAttrs&) const = default;
};

}  // namespace litesmith::ops
