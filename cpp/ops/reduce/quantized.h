#pragma once

#include "ops/step.h"

/// Reductions of quantized int8, uint8 and int16 numbers (reference: arithmetic.md §0 and §4).
namespace litesmith::ops::reduce {

Step quantized_mean(const PrepareContext& context, simd::Isa isa);
Step quantized_sum(const PrepareContext& context, simd::Isa isa);
Step quantized_product(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::reduce
