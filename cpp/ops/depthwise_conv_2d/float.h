#pragma once

#include "kernels/depthwise/depthwise.h"
#include "ops/activation/activation.h"
#include "ops/step.h"

namespace litesmith::ops::depthwise_conv_2d {

struct FloatDepthwise {
  kernels::Conv2dShape shape;  // in_c = all input channels
  std::int64_t multiplier = 1;
  Clamp clamp{};
};

/// Result 0 = operand 0 by filter operand 1 [.., kernel_h, kernel_w, C * M] and bias operand 2 (may be absent).
/// Constant weights are packed now, others by the tile that uses them.
Step float_step(const PrepareContext& context, simd::Isa isa, const FloatDepthwise& depthwise);

}  // namespace litesmith::ops::depthwise_conv_2d
