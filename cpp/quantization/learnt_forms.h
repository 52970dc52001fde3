#pragma once

#include <map>

#include "quantization/form.h"
#include "quantization/ranges.h"

/// Quantization-aware training leaves ranges in a float model: QUANTIZE followed by DEQUANTIZE, FAKE_QUANT operators,
/// and filters with the steps of their integers (float32 constants with scales).
namespace litesmith::quantization {

/// The integers that training decided for tensors.
using LearntForms = std::map<TensorKey, Form>;

/// Whether a float model has such operators or filters.
bool has_learnt_forms(const ir::Model& model);

/// Takes the operators out and says what form they gave to the tensor that they stood behind: readers then read that
/// tensor. int8 stands for uint8. Operators stay where a tensor has two different ones, is not float32, or has other
/// than 8 bits. Tensors keep their ids.
LearntForms take_learnt_forms(ir::Model& model);

/// The ranges of the forms, added to those of `ranges` that have none.
Ranges with_learnt_ranges(const Ranges& ranges, const LearntForms& learnt);

/// Drops the steps of filters, for files that keep them in float32.
void forget_learnt_steps(ir::Model& model);

}  // namespace litesmith::quantization
