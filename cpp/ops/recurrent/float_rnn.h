#pragma once

#include <vector>

#include "ops/recurrent/recurrent.h"
#include "ops/step.h"

namespace litesmith::ops::recurrent {

/// RNN, UNIDIRECTIONAL_SEQUENCE_RNN and BIDIRECTIONAL_SEQUENCE_RNN.
void infer_rnn(InferContext& context);

/// Float activations by float weights or by integer ones (hybrid).
Step prepare_float_rnn(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::recurrent
