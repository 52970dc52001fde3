#include "ops/recurrent/lstm_node.h"

namespace litesmith::ops::recurrent {

std::vector<ir::TensorId> sequence_lstm_operands(const LstmTensors& tensors) {
  const LstmOperands at;
  std::vector<ir::TensorId> operands(24, ir::kAbsent);
  const auto put = [&](int operand, ir::TensorId tensor) {
    if (operand >= 0) operands.at(static_cast<std::size_t>(operand)) = tensor;
  };
  put(at.input, tensors.input);
  for (std::size_t gate = 0; gate < kGates; ++gate) {
    put(at.input_weights[gate], tensors.input_weights[gate]);
    put(at.recurrent_weights[gate], tensors.recurrent_weights[gate]);
    put(at.peephole[gate], tensors.peephole[gate]);
    put(at.bias[gate], tensors.bias[gate]);
  }
  put(at.projection, tensors.projection);
  put(at.projection_bias, tensors.projection_bias);
  put(at.output_state, tensors.output_state);
  put(at.cell_state, tensors.cell_state);
  return operands;
}

}  // namespace litesmith::ops::recurrent
