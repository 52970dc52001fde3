#pragma once

#include "ops/step.h"

namespace litesmith::ops::fully_connected {

/// int8, uint8 and int16 input. Default arithmetic: the float64 product of sum and scales, rounded half away from zero;
/// tflm: the fixed-point multiplier, in its 64-bit form for int16 without an int32 bias. int16 weights take that form
/// in both (reference: arithmetic.md §0-2).
Step prepare_integer(const PrepareContext& context, simd::Isa isa);

/// float32 input by integer weights: rows of the input are quantized to int8 while the model runs (reference:
/// operators.md §4.3). Weights of type uint8 hold int8, as they did in the first such files; their zero point is not
/// used.
Step prepare_hybrid(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::fully_connected
