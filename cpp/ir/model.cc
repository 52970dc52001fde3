#include "ir/model.h"

namespace litesmith::ir {

std::string describe(const Node& node) {
  std::string text(node.op != nullptr ? node.op->name : std::string_view("(no operator)"));
  if (!node.origins.empty()) text += " '" + node.origins.front() + "'";
  return text;
}

Uses::Uses(const Graph& graph)
    : producer_(graph.tensors.size(), -1), consumers_(graph.tensors.size()), is_output_(graph.tensors.size(), false) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const TensorId id : graph.nodes[n].outputs)
      if (id != kAbsent) producer_.at(static_cast<std::size_t>(id)) = static_cast<NodeId>(n);
    for (const TensorId id : graph.nodes[n].inputs)
      if (id != kAbsent) consumers_.at(static_cast<std::size_t>(id)).push_back(static_cast<NodeId>(n));
  }
  for (const TensorId id : graph.outputs) is_output_.at(static_cast<std::size_t>(id)) = true;
}

}  // namespace litesmith::ir
