#include "ops/recurrent/integer_operands.h"

#include <algorithm>

#include "ops/op_def.h"
#include "ops/recurrent/lstm_operands.h"
#include "ops/recurrent/recurrent.h"

namespace litesmith::ops::recurrent {
namespace {

bool is_float_constant(const ir::Graph& graph, const ir::Node& node, int operand) {
  const ir::Tensor& tensor = graph.tensor(node.input(operand));
  return tensor.is_constant() && tensor.dtype == DType::float32;
}

}  // namespace

std::optional<std::vector<StoredOperand>> integer_operands(const ir::Graph& graph, const ir::Node& node) {
  if (def(node).identity.name != "UNIDIRECTIONAL_SEQUENCE_LSTM") return std::nullopt;
  const auto& attrs = node.attrs.as<LstmAttrs>();
  const LstmOperands at;
  std::vector<StoredOperand> list;
  if (attrs.activation != Activation::tanh || attrs.diagonal_recurrent || node.has_input(at.projection) ||
      node.has_input(at.norm[kForgetGate]))
    return list;
  for (std::size_t gate = 0; gate < kGates; ++gate) {
    list.push_back({at.input_weights[gate], Storage::weights});
    list.push_back({at.recurrent_weights[gate], Storage::weights});
    list.push_back({at.peephole[gate], Storage::peephole});
    list.push_back({at.bias[gate], Storage::bias, at.input_weights[gate]});
  }
  std::erase_if(list, [&](const StoredOperand& one) { return one.operand < 0 || !node.has_input(one.operand); });
  const auto is_ready = [&](const StoredOperand& one) { return is_float_constant(graph, node, one.operand); };
  if (!std::ranges::all_of(list, is_ready)) return std::vector<StoredOperand>{};
  list.push_back({at.output_state, Storage::output_state});
  list.push_back({at.cell_state, Storage::cell_state});
  return list;
}

}  // namespace litesmith::ops::recurrent
