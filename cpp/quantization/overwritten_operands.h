#pragma once

#include "ir/model.h"
#include "quantization/ranges.h"

namespace litesmith::quantization {

/// Ranges as TensorFlow's calibration sees them. Its memory plan lets ADD, SUB, MUL and SOFTMAX write their result over
/// an operand that nothing reads later, and it looks at operands once more after the operator: such an operand then has
/// the values of both (measured with TensorFlow 2.21). Takes ranges of the tensors themselves.
Ranges with_overwritten_operands(const ir::Model& model, const Ranges& ranges);

}  // namespace litesmith::quantization
