#pragma once

#include "ops/transpose_conv/float.h"

namespace litesmith::ops::transpose_conv {

/// float_step() of integer filters: input rows times all taps by kernels/integer_gemm, added up where they fall.
/// float32 inputs are quantized per image, asymmetrically (reference: arithmetic.md §1, §2, operators.md §4.3).
Step integer_step(const PrepareContext& context, simd::Isa isa, const TransposedConv& shape);

}  // namespace litesmith::ops::transpose_conv
