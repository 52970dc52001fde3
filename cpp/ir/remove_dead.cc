#include <vector>

#include "ir/patch.h"

namespace litesmith::ir {
namespace {

std::vector<bool> needed_nodes(const Graph& graph) {
  const Uses uses(graph);
  std::vector<bool> needed(graph.nodes.size(), false);
  std::vector<NodeId> work;
  const auto need = [&](NodeId n) {
    if (n < 0 || needed[static_cast<std::size_t>(n)]) return;
    needed[static_cast<std::size_t>(n)] = true;
    work.push_back(n);
  };
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (graph.nodes[n].outputs.empty()) need(static_cast<NodeId>(n));
  for (const TensorId id : graph.outputs) need(uses.producer(id));
  while (!work.empty()) {
    const Node& node = graph.nodes[static_cast<std::size_t>(work.back())];
    work.pop_back();
    for (const TensorId id : node.inputs)
      if (id != kAbsent) need(uses.producer(id));
    for (const TensorId id : node.inputs)  // variables are written by nodes that have no other reader
      if (id != kAbsent && graph.tensor(id).is_variable)
        for (const NodeId reader : uses.consumers(id)) need(reader);
  }
  return needed;
}

template <class Visit>
void visit_tensor_ids(Graph& graph, Visit visit) {
  for (Node& node : graph.nodes) {
    for (TensorId& id : node.inputs) visit(id);
    for (TensorId& id : node.outputs) visit(id);
    for (TensorId& id : node.intermediates) visit(id);
  }
  for (TensorId& id : graph.inputs) visit(id);
  for (TensorId& id : graph.outputs) visit(id);
}

void compact_tensors(Model& model, std::size_t index) {
  Graph& graph = model.graphs[index];
  std::vector<TensorId> new_id(graph.tensors.size(), kAbsent);
  const auto mark = [&](TensorId id) {
    if (id != kAbsent) new_id.at(static_cast<std::size_t>(id)) = 0;
  };
  visit_tensor_ids(graph, [&](TensorId& id) { mark(id); });
  for (const Signature& signature : model.signatures) {
    if (static_cast<std::size_t>(signature.graph) != index) continue;
    for (const auto& entry : signature.inputs) mark(entry.tensor);
    for (const auto& entry : signature.outputs) mark(entry.tensor);
  }
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
    const auto& blockwise = graph.tensors[t].quantization.blockwise;
    if (new_id[t] == kAbsent || !blockwise) continue;
    mark(blockwise->scales);
    mark(blockwise->zero_points);
  }
  std::vector<Tensor> kept;
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
    if (new_id[t] == kAbsent) continue;
    new_id[t] = static_cast<TensorId>(kept.size());
    kept.push_back(std::move(graph.tensors[t]));
  }
  graph.tensors = std::move(kept);
  const auto renumber = [&](TensorId& id) {
    if (id != kAbsent) id = new_id[static_cast<std::size_t>(id)];
  };
  visit_tensor_ids(graph, renumber);
  for (Tensor& tensor : graph.tensors) {
    if (!tensor.quantization.blockwise) continue;
    renumber(tensor.quantization.blockwise->scales);
    renumber(tensor.quantization.blockwise->zero_points);
  }
  for (Signature& signature : model.signatures) {
    if (static_cast<std::size_t>(signature.graph) != index) continue;
    for (auto& entry : signature.inputs) renumber(entry.tensor);
    for (auto& entry : signature.outputs) renumber(entry.tensor);
  }
}

}  // namespace

std::size_t remove_dead(Model& model) {
  std::size_t removed = 0;
  for (std::size_t index = 0; index < model.graphs.size(); ++index) {
    Graph& graph = model.graphs[index];
    const std::vector<bool> needed = needed_nodes(graph);
    std::vector<Node> kept;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      if (needed[n])
        kept.push_back(std::move(graph.nodes[n]));
      else
        ++removed;
    }
    graph.nodes = std::move(kept);
    compact_tensors(model, index);
  }
  return removed;
}

}  // namespace litesmith::ir
