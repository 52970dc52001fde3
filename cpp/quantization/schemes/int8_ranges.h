#pragma once

#include <vector>

#include "quantization/form.h"
#include "quantization/learnt_forms.h"
#include "quantization/ranges.h"
#include "quantization/schemes/static_roles.h"

namespace litesmith::quantization {

/// The int8 forms of tensors whose own range counts; float32 for the rest. Operators with the same scales everywhere
/// pass a range on: one operand's to the results, otherwise the result's to all operands, as far as it goes; a fixed
/// result needs none. Learnt forms stay where they are. Throws Error(value) naming layer and tensor when the main graph
/// lacks a range that an integer operator needs, unless the policy states ranges.
std::vector<Form> ranged_forms(const ir::Graph& graph, std::int32_t index, const std::vector<StaticRole>& roles,
                               const Ranges& ranges, const LearntForms& learnt, const Policy& policy);

}  // namespace litesmith::quantization
