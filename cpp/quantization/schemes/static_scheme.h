#pragma once

#include "ir/model.h"
#include "quantization/policy.h"
#include "quantization/ranges.h"

namespace litesmith::quantization {

/// The model with int8 and int16x8 operators where the policy wants them, by layer; operators without an integer form
/// stay float32 between DEQUANTIZE and QUANTIZE. `model` is a lowered float model. Inputs and outputs of the main graph
/// and of those with a signature get the policy's types where they have integers. Throws Error(value) naming layer and
/// tensor when a range is missing or unusable, or an int16 input or output has no integers; Error(unsupported) listing
/// layers when int16x8 must not fall back to float32.
ir::Model quantize_static(const ir::Model& model, const Ranges& ranges, const Policy& policy);

}  // namespace litesmith::quantization
