#pragma once

#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "importers/graphdef/flow_graph.h"

namespace litesmith::importers::graphdef {

/// Number of the argument that stands for a value inside the function to make.
using Boundary = std::map<Endpoint, int>;

/// A copy of what computes `results` from the values at the boundary, as the body of a function with `arguments`
/// arguments. nullopt where the way leads over one of the operators in `obstacles`. Order of running for effects is
/// kept among copied nodes only.
std::optional<FlowGraph> extract(const FlowGraph& graph, const Boundary& boundary, int arguments,
                                 std::span<const Endpoint> results, std::span<const std::string_view> obstacles);

/// The reference to a function as an attribute has it.
formats::AttrValue function_attr(std::string name);

/// Readers of each node: (node, number of the input).
std::vector<std::vector<std::pair<int, int>>> readers(const FlowGraph& graph);

/// Every use of `from` becomes one of `to`; controls on the node of `from` become controls on that of `to`.
void redirect(FlowGraph& graph, const std::map<Endpoint, Endpoint>& changes);

}  // namespace litesmith::importers::graphdef
