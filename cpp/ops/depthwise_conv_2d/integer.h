#pragma once

#include "kernels/depthwise/depthwise.h"
#include "ops/activation/activation.h"
#include "ops/step.h"

namespace litesmith::ops::depthwise_conv_2d {

/// Result 0 = operand 0 by integer filter operand 1 [1, kernel_h, kernel_w, C * M] and bias operand 2 (may be absent).
/// float32 operands are quantized per image, asymmetrically (reference: arithmetic.md §2, operators.md §4.3). Constant
/// filters are packed now, others by the step.
Step integer_step(const PrepareContext& context, simd::Isa isa, const kernels::Conv2dShape& shape,
                  Activation activation);

}  // namespace litesmith::ops::depthwise_conv_2d
