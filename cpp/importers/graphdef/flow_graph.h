#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/protobuf/graph_def.h"

namespace litesmith::importers::graphdef {

/// Result `output` of node `node`; the results of a node are numbered through, whatever their names.
struct Endpoint {
  int node = -1;
  int output = 0;
  auto operator<=>(const Endpoint&) const = default;
};

/// A node whose inputs are resolved.
struct FlowNode {
  std::string name{}, op{};
  formats::AttrMap attrs{};
  std::vector<Endpoint> inputs{};
  /// Nodes that run before this one, for their effects.
  std::vector<int> controls{};
};

/// The main graph of an interface or the body of a function: a graph of TensorFlow's operators.
struct FlowGraph {
  std::string name;
  std::vector<FlowNode> nodes;
  /// Nodes of operator kArgument, in order; each stands for one value that comes from outside.
  std::vector<int> arguments;
  std::vector<Endpoint> results;
  /// Nodes that run although nobody reads their results.
  std::vector<int> effects;
};

inline constexpr std::string_view kArgument = "_Arg";

/// What operand i of a node is; throws Error(value) where the node has fewer.
const Endpoint& operand(const FlowNode& node, std::size_t i);

/// A place where a graph is fed or read: "node" or "node:1".
struct ArrayName {
  std::string node;
  int output = 0;
  auto operator<=>(const ArrayName&) const = default;
};
/// Throws Error(value) for a name without a node or with a suffix that is no number.
ArrayName parse_array_name(std::string_view name);

/// The part of a graph that computes `results` from `arguments`: an argument replaces whatever computes it in the
/// graph. Cycles through NextIteration are kept. Throws Error(value) naming what is missing and what has a similar
/// name.
FlowGraph main_graph(const formats::GraphRecord& graph, std::span<const ArrayName> arguments,
                     std::span<const ArrayName> results);

/// The body of a function. `caller_attrs` replace the placeholders among its nodes' attributes.
FlowGraph function_body(const formats::GraphRecord& graph, const formats::FunctionRecord& function,
                        const formats::AttrMap& caller_attrs);

/// Drops nodes that neither results nor effects need; arguments stay. Orders the others so that inputs and controls
/// come first, otherwise as they were. Throws Error(value) that names a cycle.
void prune_and_order(FlowGraph& graph);

}  // namespace litesmith::importers::graphdef
