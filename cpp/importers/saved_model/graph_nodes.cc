#include "importers/saved_model/graph_nodes.h"

#include <charconv>

namespace litesmith::importers::saved_model {

using formats::NodeRecord;

NodesByName by_name(const std::vector<NodeRecord>& nodes) {
  NodesByName named;
  for (const NodeRecord& node : nodes) named.emplace(node.name, &node);
  return named;
}

std::string_view node_of(std::string_view input) noexcept {
  if (input.starts_with('^')) input.remove_prefix(1);
  return input.substr(0, input.find(':'));
}

std::size_t result_of(std::string_view input) noexcept {
  const std::size_t colon = input.rfind(':');
  std::size_t number = 0;
  if (colon != std::string_view::npos) std::from_chars(input.data() + colon + 1, input.data() + input.size(), number);
  return number;
}

bool is_variable_node(const NodeRecord& node) noexcept {
  return node.op == "VarHandleOp" || node.op == "VariableV2" || node.op == "Variable";
}

bool is_call(const NodeRecord& node) noexcept {
  return node.op == "PartitionedCall" || node.op == "StatefulPartitionedCall";
}

const formats::FunctionRecord* called_function(const formats::GraphRecord& graph, const NodeRecord& node) noexcept {
  const auto* reference = is_call(node) ? attr<formats::FunctionReference>(node, "f") : nullptr;
  const auto function = reference == nullptr ? graph.functions.end() : graph.functions.find(reference->name);
  return function == graph.functions.end() ? nullptr : &function->second;
}

}  // namespace litesmith::importers::saved_model
