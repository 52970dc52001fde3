#pragma once

#include "ops/step.h"

namespace litesmith::ops::recurrent {

/// An LSTM of int8 input, weights and output state with an int16 cell state whose scale is a power of two (reference:
/// arithmetic.md §8). Weights and biases must be constants. Where tflm differs: sigmoid and tanh come from tables, and
/// products of gates are rescaled by multipliers.
Step prepare_integer_lstm(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::recurrent
