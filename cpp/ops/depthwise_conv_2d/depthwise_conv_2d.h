#pragma once

#include <cstdint>

#include "ops/activation/activation.h"
#include "ops/padding.h"

namespace litesmith::ops {

/// DEPTHWISE_CONV_2D: input NHWC, filter [1, H, W, C * M], optional bias [C * M]. The multiplier M follows from the
/// shapes; output channel c * M + j is made of input channel c.
struct DepthwiseConv2dAttrs {
  Padding padding = Padding::same;
  std::int32_t stride_h = 1;
  std::int32_t stride_w = 1;
  std::int32_t dilation_h = 1;
  std::int32_t dilation_w = 1;
  /// Kept for the file; runtimes since TensorFlow 2.1 take M from the shapes.
  std::int32_t depth_multiplier = 1;
  Activation activation = Activation::none;
  bool operator==(const DepthwiseConv2dAttrs&) const = default;
};

}  // namespace litesmith::ops
