#pragma once

#include "ops/step.h"

namespace litesmith::ops::batch_matmul {

/// int8 and int16 operands, both with zero points, by the fixed-point multiplier (reference: arithmetic.md §1-2). An
/// int32 result of int8 operands holds the sums of the raw integers.
Step prepare_integer(const PrepareContext& context, simd::Isa isa);

/// float32 by int8: rows of the first operand are quantized to int8 while the model runs (reference: operators.md
/// §4.3).
Step prepare_hybrid(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::batch_matmul
