#pragma once

#include <vector>

#include "quantization/apply.h"
#include "quantization/learnt_forms.h"
#include "quantization/schemes/static_roles.h"

/// Quantization by ranges that the caller states, and the unsigned integers that came with it in TensorFlow 1
/// (reference: operators.md §4.5).
namespace litesmith::quantization {

/// The forms of the main graph's float32 inputs by the policy's statistics, where training has left none. int8 stands
/// for uint8. Throws Error(value) listing inputs without statistics, and for a deviation that is not above 0.
void add_input_statistics(const ir::Model& model, const Policy& policy, LearntForms& learnt);

/// Gives the policy's default range to operands and results of operators with an integer form that no other range
/// reaches. `ranged`: by tensor, as ranged_forms makes it.
void add_default_range(const ir::Graph& graph, const std::vector<StaticRole>& roles, const Policy& policy,
                       std::vector<Form>& ranged);

/// uint8 with the same numbers for every int8.
void make_unsigned(GraphForms& forms);

}  // namespace litesmith::quantization
