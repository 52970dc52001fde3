#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/model.h"
#include "ir/patch.h"

namespace litesmith::passes {

/// One node of one graph, and who uses what in that graph. The model has the graphs that the node may run.
struct Site {
  const ir::Model& model;
  const ir::Graph& graph;
  const ir::Uses& uses;
  ir::NodeId id;

  const ir::Node& node() const { return graph.nodes[static_cast<std::size_t>(id)]; }
  /// Another node of the graph.
  Site at(ir::NodeId other) const { return {model, graph, uses, other}; }
  bool is(std::string_view op_name) const { return node().op->name == op_name; }
  const ir::Tensor& input(int i) const { return graph.tensor(node().inputs.at(static_cast<std::size_t>(i))); }
  const ir::Tensor& output(int i = 0) const { return graph.tensor(node().output(i)); }
  /// The site of the node that computes operand i; nullopt for inputs, constants and absent operands.
  std::optional<Site> producer_of(int i) const;
  /// The only reader of result 0; nullopt when there are more, none, or the graph returns it.
  std::optional<Site> only_consumer() const;
  /// Whether readers of result 0 may read another tensor instead: what a graph returns is written by a node, and each
  /// output is a tensor of its own.
  bool may_redirect(ir::TensorId to) const;
  bool is_constant(int i) const { return node().has_input(i) && input(i).is_constant(); }
};

/// A rewrite looks at one node and answers with the change, or with nothing when its pattern is not there.
using Rewrite = std::optional<ir::Patch> (*)(const Site& site);

struct Pass {
  std::string_view name;
  /// Why it stands where it stands in its pipeline.
  std::string_view reason;
  Rewrite rewrite;
};

/// Applies a pass to every node until nothing matches, then drops what is dead and verifies the model, so that a wrong
/// pass names itself. Returns how often it applied. Throws Error(value) after 4 + 4 x nodes applications: it does not
/// settle.
std::size_t run(const Pass& pass, ir::Model& model);

/// Passes in order.
void run(std::span<const Pass> passes, ir::Model& model);

/// Infers every result's type and shape from the operands, in order, and stores what is newly known. Throws
/// Error(value) where a stored shape contradicts the operator; `when` says after which step.
void infer_shapes(ir::Model& model, const std::string& when);

/// The passes that turn an imported float graph into the one that lowering takes.
std::span<const Pass> float_pipeline();

/// Origins of a node made from several, owner first, without repeats.
std::vector<std::string> merge_origins(std::span<const std::string> owner, std::span<const std::string> other);

}  // namespace litesmith::passes
