#pragma once

#include "ops/step.h"

namespace litesmith::ops::complex {

/// RFFT2D: the discrete Fourier transform of the last two dimensions of x, which are cut or filled up with zeros to
/// the lengths (powers of two) in operand 1; of the last one the first length/2 + 1 frequencies.
void infer_rfft2d(InferContext& context);
Step prepare_rfft2d(const PrepareContext& context);

}  // namespace litesmith::ops::complex
