#pragma once

#include "ir/model.h"
#include "quantization/policy.h"

namespace litesmith::quantization {

/// Stores the weights of nodes of mode dynamic_range as symmetric int8 where the operator's rule
/// (OpDef::quantization.dynamic_range) names them and each has at least 1024 elements; activations and biases stay
/// float32. Weights keep their names; a constant that is read in several forms becomes one tensor for each. Throws
/// Error(value) naming layer and tensor for weights that are not finite. Source: reference operators.md §4.3.
void to_dynamic_range(ir::Model& model, const Policy& policy);

}  // namespace litesmith::quantization
