#pragma once

#include "quantization/schemes/int8.h"

namespace litesmith::quantization {

/// What the int16x8 engine makes of one graph: int16 activations, int8 filters, biases of the policy's type. Operators
/// with the same scales everywhere take their only float operand's; with several, the result's own, and operands that
/// differ are requantized. Throws Error(value) when the main graph lacks a range.
StaticPlan plan_int16x8(const ir::Model& model, std::size_t graph, const Ranges& ranges, const Policy& policy);

/// Throws Error(unsupported) listing the layers that have no int16x8 form; layers whose mode is float32 by name do not
/// count.
void require_int16x8(const ir::Model& model, const Policy& policy);

/// Attributes that integer nodes of the plan need: scales of ADD and SUB that are no powers of two, the bias type.
void set_int16_attributes(ir::Graph& graph, const std::vector<bool>& is_integer, const Policy& policy);

}  // namespace litesmith::quantization
