#pragma once

#include "ops/recurrent/lstm_operands.h"
#include "ops/step.h"

namespace litesmith::ops::recurrent {

/// An LSTM of float activations, by float weights or by integer ones (hybrid); of any of the three operators.
/// Input products of many steps are made at once; what is left for a step is its state by the recurrent weights.
Step prepare_float_lstm(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::recurrent
