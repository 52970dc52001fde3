#pragma once

#include "ops/step.h"

/// Activations of int8, uint8 and int16 in integer arithmetic (reference: arithmetic.md §3 and §7): Kernel::prepare.
namespace litesmith::ops::activation {

/// The clamp from `low` to `high` after rescaling; infinite bounds are those of the type.
Step rescaled_clamp(const PrepareContext& context, simd::Isa isa, float low, float high);
Step quantized_leaky_relu(const PrepareContext& context, simd::Isa isa);
Step quantized_prelu(const PrepareContext& context, simd::Isa isa);
/// int8 and uint8.
Step quantized_hard_swish(const PrepareContext& context, simd::Isa isa);
/// int16 from any scale to scale 2^-15, both zero points 0.
Step logistic_int16(const PrepareContext& context, simd::Isa isa);
Step tanh_int16(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::activation
