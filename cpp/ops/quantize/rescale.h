#pragma once

#include "ops/step.h"

namespace litesmith::ops::quantize {

/// QUANTIZE from integers of 8, 16 or 32 bits to others (reference: arithmetic.md §4): Kernel::prepare.
Step rescale(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::quantize
