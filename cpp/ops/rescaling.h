#pragma once

#include "ops/quantized_tensor.h"
#include "ops/step.h"

namespace litesmith::ops {

/// The factor from levels of scale `from` (times numbers of scale `slope`) to levels of scale `to`. The product and the
/// quotient are float32 in LiteRT and float64 in TensorFlow Lite Micro.
kernels::Multiplier rescaling(const PrepareContext& context, float from, float to, float slope = 1);

}  // namespace litesmith::ops
