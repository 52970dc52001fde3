#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "formats/protobuf/graph_def.h"

/// Looking at the nodes of a graph or of a function's body.
namespace litesmith::importers::saved_model {

using NodesByName = std::unordered_map<std::string_view, const formats::NodeRecord*>;
/// Views of `nodes`, which must outlive the result.
NodesByName by_name(const std::vector<formats::NodeRecord>& nodes);

/// "node:1", "node:output:0", "^node": the node.
std::string_view node_of(std::string_view input) noexcept;
/// "node:1", "node:output:1": 1; "node": 0.
std::size_t result_of(std::string_view input) noexcept;

/// Makes the handle of a variable, or holds its value.
bool is_variable_node(const formats::NodeRecord& node) noexcept;
/// Calls a function by its attribute `f` (importers.md §1.4).
bool is_call(const formats::NodeRecord& node) noexcept;
/// The function of a call; null for other nodes and for functions that are not there.
const formats::FunctionRecord* called_function(const formats::GraphRecord& graph,
                                               const formats::NodeRecord& node) noexcept;

/// An attribute of this type; null where there is none.
template <class T>
const T* attr(const formats::NodeRecord& node, std::string_view name) noexcept {
  const auto found = node.attrs.find(name);
  return found == node.attrs.end() ? nullptr : std::get_if<T>(&found->second);
}

}  // namespace litesmith::importers::saved_model
