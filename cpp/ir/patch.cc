#include "ir/patch.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/error.h"

namespace litesmith::ir {
namespace {

bool is_in_order(const Graph& graph) {
  std::vector<bool> is_pending(graph.tensors.size(), false);
  const auto mark = [&](const Node& node, bool pending) {
    for (const TensorId id : node.outputs)
      if (id != kAbsent) is_pending.at(static_cast<std::size_t>(id)) = pending;
  };
  for (const Node& node : graph.nodes) mark(node, true);
  for (const Node& node : graph.nodes) {
    for (const TensorId id : node.inputs)
      if (id != kAbsent && is_pending.at(static_cast<std::size_t>(id))) return false;
    mark(node, false);
  }
  return true;
}

/// Every node after the producers of its operands, otherwise as close to its present place as possible.
void restore_order(Graph& graph) {
  if (is_in_order(graph)) return;
  const Uses uses(graph);
  const std::size_t count = graph.nodes.size();
  std::vector<int> waiting(count, 0);
  for (std::size_t n = 0; n < count; ++n)
    for (const TensorId id : graph.nodes[n].inputs)
      if (id != kAbsent && uses.producer(id) >= 0) ++waiting[n];
  std::vector<std::size_t> ready;  // min-heap by place
  const auto later = std::greater<std::size_t>();
  for (std::size_t n = 0; n < count; ++n)
    if (waiting[n] == 0) ready.push_back(n);
  std::make_heap(ready.begin(), ready.end(), later);
  std::vector<Node> ordered;
  ordered.reserve(count);
  while (!ready.empty()) {
    std::pop_heap(ready.begin(), ready.end(), later);
    const std::size_t n = ready.back();
    ready.pop_back();
    for (const TensorId id : graph.nodes[n].outputs) {
      if (id == kAbsent) continue;
      for (const NodeId reader : uses.consumers(id)) {
        if (--waiting[static_cast<std::size_t>(reader)] != 0) continue;
        ready.push_back(static_cast<std::size_t>(reader));
        std::push_heap(ready.begin(), ready.end(), later);
      }
    }
    ordered.push_back(std::move(graph.nodes[n]));
  }
  if (ordered.size() != count) fail(ErrorKind::value, "the graph '", graph.name, "' has a cycle");
  graph.nodes = std::move(ordered);
}

void redirect_all(Model& model, std::size_t index, const std::vector<std::pair<TensorId, TensorId>>& redirects) {
  if (redirects.empty()) return;
  std::map<TensorId, TensorId> to;
  for (const auto& [from, target] : redirects) to[from] = target;
  const auto resolve = [&](TensorId& id) {
    for (auto found = to.find(id); found != to.end(); found = to.find(id)) id = found->second;
  };
  Graph& graph = model.graphs[index];
  for (Node& node : graph.nodes)
    for (TensorId& id : node.inputs) resolve(id);
  for (TensorId& id : graph.outputs) resolve(id);
  for (Signature& signature : model.signatures)
    if (static_cast<std::size_t>(signature.graph) == index)
      for (Signature::Entry& entry : signature.outputs) resolve(entry.tensor);
}

}  // namespace

TensorId Patch::add_tensor(Tensor tensor) {
  new_tensors_.push_back(std::move(tensor));
  return next_tensor_ + static_cast<TensorId>(new_tensors_.size()) - 1;
}
void Patch::add_node(NodeId anchor, Node node) { added_.push_back({anchor, std::move(node)}); }
void Patch::replace_node(NodeId id, Node node) { replaced_.emplace_back(id, std::move(node)); }
void Patch::drop_node(NodeId id) { dropped_.push_back(id); }
void Patch::replace_tensor(TensorId id, Tensor tensor) { tensors_.emplace_back(id, std::move(tensor)); }
void Patch::redirect(TensorId from, TensorId to) {
  if (from != to) redirects_.emplace_back(from, to);
}
bool Patch::empty() const noexcept {
  return new_tensors_.empty() && added_.empty() && replaced_.empty() && dropped_.empty() && tensors_.empty() &&
         redirects_.empty();
}

void apply(const Patch& patch, Model& model, std::size_t index) {
  Graph& graph = model.graphs.at(index);
  if (static_cast<TensorId>(graph.tensors.size()) != patch.next_tensor_)
    fail(ErrorKind::value, "a patch was made for another state of the graph '", graph.name, "'");
  for (const Tensor& tensor : patch.new_tensors_) graph.add_tensor(tensor);
  for (const auto& [id, tensor] : patch.tensors_) graph.tensor(id) = tensor;
  for (const auto& [id, node] : patch.replaced_) graph.nodes.at(static_cast<std::size_t>(id)) = node;
  std::vector<bool> dropped(graph.nodes.size(), false);
  for (const NodeId id : patch.dropped_) dropped.at(static_cast<std::size_t>(id)) = true;

  if (!patch.added_.empty()) {
    std::vector<Node> nodes;
    nodes.reserve(graph.nodes.size() + patch.added_.size());
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      if (!dropped[n]) nodes.push_back(std::move(graph.nodes[n]));
      for (const auto& added : patch.added_)
        if (static_cast<std::size_t>(added.anchor) == n) nodes.push_back(added.node);
    }
    graph.nodes = std::move(nodes);
  } else if (!patch.dropped_.empty()) {
    std::size_t n = 0;
    std::erase_if(graph.nodes, [&](const Node&) { return dropped[n++]; });
  }
  redirect_all(model, index, patch.redirects_);
  restore_order(graph);
}

}  // namespace litesmith::ir
