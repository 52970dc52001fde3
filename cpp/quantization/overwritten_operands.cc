#include "quantization/overwritten_operands.h"

#include <algorithm>
#include <string_view>

namespace litesmith::quantization {
namespace {

constexpr std::string_view kOperators[] = {"ADD", "SUB", "MUL", "SOFTMAX"};
/// Smaller tensors keep their own memory.
constexpr std::int64_t kLargestUnshared = 2;

bool is_small(const Shape& shape) {
  const auto count = shape.element_count();
  return count && *count <= kLargestUnshared;
}

bool is_overwritten(const ir::Graph& graph, const ir::Uses& uses, ir::TensorId operand, ir::TensorId result) {
  const ir::Tensor& tensor = graph.tensor(operand);
  const bool has_own_memory = tensor.is_constant() || tensor.is_variable || uses.producer(operand) < 0;
  return !has_own_memory && uses.single_use(operand) && !uses.is_graph_output(result) &&
         tensor.dtype == graph.tensor(result).dtype && tensor.shape == graph.tensor(result).shape &&
         !is_small(tensor.shape);
}

/// The operand whose memory the node's result takes; kAbsent when there is none.
ir::TensorId overwritten(const ir::Graph& graph, const ir::Uses& uses, const ir::Node& node) {
  if (std::find(std::begin(kOperators), std::end(kOperators), node.op->name) == std::end(kOperators))
    return ir::kAbsent;
  for (const ir::TensorId id : node.inputs)
    if (id != ir::kAbsent && is_overwritten(graph, uses, id, node.output())) return id;
  return ir::kAbsent;
}

}  // namespace

Ranges with_overwritten_operands(const ir::Model& model, const Ranges& ranges) {
  Ranges result = ranges;
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    const ir::Graph& graph = model.graphs[g];
    const ir::Uses uses(graph);
    for (const ir::Node& node : graph.nodes) {
      const auto number = static_cast<std::int32_t>(g);
      const auto operand = result.find({number, overwritten(graph, uses, node)});
      if (operand == result.end()) continue;
      const auto written = ranges.find({number, node.output()});
      if (written == ranges.end()) continue;
      operand->second.min = std::min(operand->second.min, written->second.min);
      operand->second.max = std::max(operand->second.max, written->second.max);
    }
  }
  return result;
}

}  // namespace litesmith::quantization
