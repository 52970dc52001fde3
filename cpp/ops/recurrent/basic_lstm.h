#pragma once

#include "ops/step.h"

namespace litesmith::ops::recurrent {

/// LSTM of kernel type BASIC, float32: one step with all weights in one operand. Operands: input, previous activation
/// and previous state (variables), weights [4 * units, in + units], bias; gates stand in the order input, cell, forget,
/// output. Results: activation, state, and two that hold what is in between.
void infer_basic_lstm(InferContext& context);
Step prepare_basic_lstm(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::recurrent
