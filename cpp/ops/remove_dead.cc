#include "ops/remove_dead.h"

#include <vector>

#include "ops/op_def.h"

namespace litesmith::ops {
namespace {

using ir::Graph;
using ir::kAbsent;
using ir::Model;
using ir::Node;
using ir::NodeId;
using ir::Signature;
using ir::Tensor;
using ir::TensorId;
using ir::Uses;

std::vector<bool> needed_nodes(const Graph& graph, const std::vector<bool>& effects) {
  const Uses uses(graph);
  std::vector<bool> needed(graph.nodes.size(), false);
  std::vector<NodeId> work;
  const auto need = [&](NodeId n) {
    if (n < 0 || needed[static_cast<std::size_t>(n)]) return;
    needed[static_cast<std::size_t>(n)] = true;
    work.push_back(n);
  };
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (has_effect(graph.nodes[n], effects)) need(static_cast<NodeId>(n));
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

std::vector<bool> reached_graphs(const Model& model) {
  std::vector<bool> reached(model.graphs.size(), false);
  std::vector<std::size_t> work;
  const auto reach = [&](std::int32_t g) {
    const auto index = static_cast<std::size_t>(g);
    if (reached.at(index)) return;
    reached[index] = true;
    work.push_back(index);
  };
  if (!model.graphs.empty()) reach(0);
  for (const Signature& signature : model.signatures) reach(signature.graph);
  while (!work.empty()) {
    const Graph& graph = model.graphs[work.back()];
    work.pop_back();
    for (const Node& node : graph.nodes)
      for (const std::int32_t callee : called_graphs(node)) reach(callee);
  }
  return reached;
}

void renumber_calls(Model& model, const std::vector<std::int32_t>& new_index) {
  for (Graph& graph : model.graphs)
    for (Node& node : graph.nodes) {
      std::vector<std::int32_t> callees = called_graphs(node);
      if (callees.empty()) continue;
      for (std::int32_t& callee : callees) callee = new_index[static_cast<std::size_t>(callee)];
      node.attrs = def(node).calls.with(node.attrs, callees);
    }
  for (Signature& signature : model.signatures) signature.graph = new_index[static_cast<std::size_t>(signature.graph)];
}

}  // namespace

std::size_t remove_dead(Model& model) {
  const std::vector<bool> effects = graphs_with_effects(model);
  std::size_t removed = 0;
  for (std::size_t index = 0; index < model.graphs.size(); ++index) {
    Graph& graph = model.graphs[index];
    const std::vector<bool> needed = needed_nodes(graph, effects);
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

std::size_t remove_unreached_graphs(Model& model) {
  const std::vector<bool> reached = reached_graphs(model);
  std::vector<std::int32_t> new_index(model.graphs.size(), -1);
  std::vector<Graph> kept;
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    if (!reached[g]) continue;
    new_index[g] = static_cast<std::int32_t>(kept.size());
    kept.push_back(std::move(model.graphs[g]));
  }
  const std::size_t removed = model.graphs.size() - kept.size();
  model.graphs = std::move(kept);
  if (removed > 0) renumber_calls(model, new_index);
  return removed;
}

}  // namespace litesmith::ops
