#pragma once

#include "ir/model.h"
#include "quantization/policy.h"

namespace litesmith::quantization {

/// Stores the float32 constants that nodes of mode float16 read as float16: rounded to nearest even after clamping to
/// +-65504, each with a DEQUANTIZE of its own at the start of the graph. The constant keeps its name, the dequantized
/// tensor gets a number behind it; constants that other nodes read as well stay beside it. Adds the metadata entry
/// reduced_precision_support. Source: reference operators.md §4.4, oracle.md §3.
void to_float16(ir::Model& model, const Policy& policy);

}  // namespace litesmith::quantization
