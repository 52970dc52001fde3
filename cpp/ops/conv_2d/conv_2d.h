#pragma once

#include <cstdint>

#include "base/dtype.h"
#include "ops/activation/activation.h"
#include "ops/padding.h"

namespace litesmith::ops {

/// CONV_2D: input NHWC, filter [O, H, W, I / groups], optional bias [O]. The number of groups follows from the shapes.
struct Conv2dAttrs {
  Padding padding = Padding::same;
  std::int32_t stride_h = 1;
  std::int32_t stride_w = 1;
  std::int32_t dilation_h = 1;
  std::int32_t dilation_w = 1;
  Activation activation = Activation::none;
  /// int32 or int64 for 16x8; float32 = not set.
  DType quantized_bias_type = DType::float32;
  bool operator==(const Conv2dAttrs&) const = default;
};

}  // namespace litesmith::ops
