#pragma once

#include "quantization/ranges.h"
#include "quantization/schemes/int8.h"

namespace litesmith::quantization {

/// Gives integer LSTMs of a plan the forms of their weights, biases and states, and the nodes their five intermediates.
/// Input and result have theirs already. Throws Error(value) when the range of a cell state is missing.
void set_recurrent_forms(ir::Graph& graph, std::size_t index, const Ranges& ranges, StaticPlan& plan);

}  // namespace litesmith::quantization
