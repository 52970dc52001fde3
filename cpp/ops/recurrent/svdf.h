#pragma once

#include "ops/step.h"

namespace litesmith::ops::recurrent {

/// SVDF: every filter keeps its last `memory` products of the input; a unit is the sum of its filters' dot products
/// with their time weights (reference: arithmetic.md §8).
void infer_svdf(InferContext& context);

/// Float input by float feature weights or by integer ones (hybrid).
Step prepare_float_svdf(const PrepareContext& context, simd::Isa isa);
/// int8 input and feature weights, int16 time weights and state.
Step prepare_integer_svdf(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::recurrent
