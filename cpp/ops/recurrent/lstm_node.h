#pragma once

#include <array>

#include "ir/model.h"
#include "ops/recurrent/lstm_operands.h"

namespace litesmith::ops::recurrent {

/// Tensors of one direction of an LSTM; the gates' by Gate. What an LSTM may do without is kAbsent.
struct LstmTensors {
  using Gates = std::array<ir::TensorId, kGates>;
  static constexpr Gates kNone{ir::kAbsent, ir::kAbsent, ir::kAbsent, ir::kAbsent};
  ir::TensorId input = ir::kAbsent;
  Gates input_weights = kNone;      // [cells, inputs]
  Gates recurrent_weights = kNone;  // [cells, units]
  Gates peephole = kNone;           // [cells]; the cell gate has none
  Gates bias = kNone;               // [cells]
  ir::TensorId projection = ir::kAbsent;
  ir::TensorId projection_bias = ir::kAbsent;
  ir::TensorId output_state = ir::kAbsent;  // variable [batch, units]
  ir::TensorId cell_state = ir::kAbsent;    // variable [batch, cells]
};

/// The operands of UNIDIRECTIONAL_SEQUENCE_LSTM.
std::vector<ir::TensorId> sequence_lstm_operands(const LstmTensors& tensors);

}  // namespace litesmith::ops::recurrent
