#include "ir/model.h"

namespace litesmith::ir {

std::string describe(const Node& node) {
  std::string text(node.op != nullptr ? node.op->name : std::string_view("(no operator)"));
  if (!node.origins.empty()) text += " '" + node.origins.front() + "'";
  return text;
}

Uses::Uses(const Graph& graph)
    : producer_(graph.tensors.size(), -1),
      first_(graph.tensors.size() + 1, 0),
      is_output_(graph.tensors.size(), false) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const TensorId id : graph.nodes[n].outputs)
      if (id != kAbsent) producer_.at(static_cast<std::size_t>(id)) = static_cast<NodeId>(n);
    for (const TensorId id : graph.nodes[n].inputs)
      if (id != kAbsent) ++first_.at(static_cast<std::size_t>(id) + 1);
  }
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) first_[t + 1] += first_[t];
  consumers_.resize(first_.back());
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    for (const TensorId id : graph.nodes[n].inputs)
      if (id != kAbsent) consumers_[next[static_cast<std::size_t>(id)]++] = static_cast<NodeId>(n);
  for (const TensorId id : graph.outputs) is_output_.at(static_cast<std::size_t>(id)) = true;
}

}  // namespace litesmith::ir
