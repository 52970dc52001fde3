#include "quantization/schemes/static_roles.h"

#include <algorithm>

#include "ops/recurrent/integer_operands.h"

namespace litesmith::quantization {
namespace {

bool is_float(const ir::Graph& graph, ir::TensorId id) {
  return id != ir::kAbsent && graph.tensor(id).dtype == DType::float32;
}

/// A bias that is computed has no integers to be stored as.
bool is_absent_or_stored(const ir::Graph& graph, ir::TensorId id) {
  return id == ir::kAbsent || (is_float(graph, id) && graph.tensor(id).is_constant());
}

StaticRole role_of(const ir::Graph& graph, const ir::Node& node, const ops::StaticRule& rule) {
  StaticRole role;
  const auto stored = ops::recurrent::integer_operands(graph, node);
  const auto has_form_of_its_own = [&](int operand) {
    const auto is_operand = [&](const auto& one) { return one.operand == operand; };
    return stored && std::ranges::any_of(*stored, is_operand);
  };
  for (int i = 0; i < static_cast<int>(node.inputs.size()); ++i)
    if (is_float(graph, node.input(i)) && !has_form_of_its_own(i)) role.operands.push_back(i);
  for (std::size_t i = 0; i < node.outputs.size(); ++i)
    if (is_float(graph, node.outputs[i])) role.results.push_back(static_cast<int>(i));
  if (rule.scales == ops::Scales::none || role.operands.empty() || (stored && stored->empty())) return role;
  role.symmetric = rule.symmetric_operand;
  const ops::Linear& linear = ops::def(node).linear;
  if (linear.filter >= 0) {
    role.filter = linear.filter;
    role.bias = node.has_input(linear.bias) ? linear.bias : -1;
    for (const int i : role.operands)
      if (i != role.filter && i != role.bias) role.data = i;
    const bool is_float_filter = std::ranges::find(role.operands, role.filter) != role.operands.end();
    if (role.data < 0 || !is_float_filter || !is_absent_or_stored(graph, node.input(linear.bias))) return role;
  }
  role.rule = &rule;
  return role;
}

}  // namespace

std::vector<StaticRole> static_roles(const ir::Graph& graph, const Policy& policy, Mode mode) {
  std::vector<StaticRole> roles;
  roles.reserve(graph.nodes.size());
  for (const ir::Node& node : graph.nodes) {
    const ops::QuantizationRules& rules = ops::def(node).quantization;
    roles.push_back(role_of(graph, node, mode == Mode::int8 ? rules.int8 : rules.int16x8));
    roles.back().is_excluded = mode_of(node, policy) != mode;
  }
  return roles;
}

}  // namespace litesmith::quantization
