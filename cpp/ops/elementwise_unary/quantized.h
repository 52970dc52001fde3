#pragma once

#include "ops/step.h"

/// ABS, SQRT and RSQRT of int8 and int16 (reference: arithmetic.md §7): Kernel::prepare. Operands below 0 are a fault
/// of the roots.
namespace litesmith::ops::elementwise_unary {

Step quantized_abs(const PrepareContext& context, simd::Isa isa);
Step quantized_sqrt(const PrepareContext& context, simd::Isa isa);
/// In fixed point.
Step quantized_rsqrt(const PrepareContext& context, simd::Isa isa);
/// The nearest level to the true value.
Step rounded_rsqrt(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::elementwise_unary
