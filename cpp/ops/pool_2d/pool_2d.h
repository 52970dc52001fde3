#pragma once

#include <cstdint>

#include "ops/activation/activation.h"
#include "ops/padding.h"

namespace litesmith::ops {

/// AVERAGE_POOL_2D, MAX_POOL_2D, L2_POOL_2D over NHWC images. Padding takes no part in averages and maxima.
struct Pool2dAttrs {
  Padding padding = Padding::same;
  std::int32_t stride_h = 1;
  std::int32_t stride_w = 1;
  std::int32_t filter_h = 1;
  std::int32_t filter_w = 1;
  Activation activation = Activation::none;
  bool operator==(const Pool2dAttrs&) const = default;
};

}  // namespace litesmith::ops
