#pragma once

#include <optional>
#include <vector>

#include "ir/model.h"

namespace litesmith::ir {

/// A change to one graph, collected first and applied at once. Ids of existing tensors and nodes stay valid while
/// collecting; new tensors get the ids that they will have. After apply() node ids change, tensor ids do not.
class Patch {
 public:
  explicit Patch(const Graph& graph) : next_tensor_(static_cast<TensorId>(graph.tensors.size())) {}

  TensorId add_tensor(Tensor tensor);
  /// Nodes are placed so that every operand is computed before it is read; among the possible places the one
  /// closest after `anchor` (an existing node) is taken.
  void add_node(NodeId anchor, Node node);
  void replace_node(NodeId id, Node node);
  void drop_node(NodeId id);
  /// Changes what is known of an existing tensor (shape, name, data).
  void replace_tensor(TensorId id, Tensor tensor);
  /// Every reader of `from`, the outputs of the graph and signatures included, reads `to` instead.
  void redirect(TensorId from, TensorId to);

  bool empty() const noexcept;

 private:
  friend void apply(const Patch& patch, Model& model, std::size_t graph);
  struct Added {
    NodeId anchor;
    Node node;
  };
  TensorId next_tensor_;
  std::vector<Tensor> new_tensors_;
  std::vector<Added> added_;
  std::vector<std::pair<NodeId, Node>> replaced_;
  std::vector<NodeId> dropped_;
  std::vector<std::pair<TensorId, Tensor>> tensors_;
  std::vector<std::pair<TensorId, TensorId>> redirects_;
};

/// Applies a patch to model.graphs[graph], restoring execution order. Throws Error(value) when the result has a cycle.
void apply(const Patch& patch, Model& model, std::size_t graph = 0);

}  // namespace litesmith::ir
