#pragma once

#include "ir/model.h"
#include "quantization/ranges.h"

namespace litesmith::quantization {

/// Whether the model was trained with FAKE_QUANT operators, which hold ranges.
bool has_fake_quant(const ir::Model& model);

/// A float model without FAKE_QUANT, and the ranges of its tensors.
struct TrainedModel {
  ir::Model model;
  Ranges ranges;
};

/// Takes FAKE_QUANT out of a model: constants behind it are rounded to its grid, the range of any other operand becomes
/// that of the grid, whatever `ranges` say. Tensors keep their ids; those behind a FAKE_QUANT are not used any more.
TrainedModel take_fake_quant(const ir::Model& model, const Ranges& ranges);

}  // namespace litesmith::quantization
