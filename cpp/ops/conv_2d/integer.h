#pragma once

#include "ops/step.h"

namespace litesmith::ops::conv_2d {

/// CONV_2D with integer weights: quantized (int8 by int8 or int4, uint8, int16 by int8) or hybrid, where float32 images
/// are quantized while the model runs (by int8, uint8 or int4; reference: operators.md §4.3).
Step integer_step(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::conv_2d
