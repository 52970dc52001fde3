#pragma once

#include "quantization/apply.h"
#include "quantization/learnt_forms.h"
#include "quantization/ranges.h"
#include "quantization/schemes/static_roles.h"

namespace litesmith::quantization {

/// What the int8 engine makes of one graph: which nodes run on integers and in what form each reads its operands. An
/// operator stays float32 when one of its float operands or results has no parameters, or when it gives no float result
/// and stands, in the order in which TensorFlow visits the readers of each
/// operand, behind a reader that cannot be quantized. `forms` is float32 where the mode has no say.
struct StaticPlan {
  GraphForms forms;
  std::vector<bool> is_integer;  // by node
};

/// Throws Error(value) when a range is missing or unusable. Operators without ranges stay float32 in a model that has
/// learnt forms and no ranges.
StaticPlan plan_int8(const ir::Model& model, std::size_t graph, const Ranges& ranges, const LearntForms& learnt,
                     const Policy& policy);

}  // namespace litesmith::quantization
