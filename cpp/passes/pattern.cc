#include "passes/pattern.h"

#include <algorithm>
#include <cmath>

#include "ops/op_def.h"
#include "ops/reduce/reduce.h"

namespace litesmith::passes {
namespace {

bool commutes(std::string_view name) {
  constexpr std::string_view kNames[] = {"ADD", "MUL", "MAXIMUM", "MINIMUM"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

class Matcher {
 public:
  explicit Matcher(const Site& root) : root_(root), graph_(root.graph), uses_(root.uses) {}

  /// Extends `match`; leaves it as it is when the tensor does not fit.
  bool at(ir::TensorId tensor, const Pattern& pattern, Match& match) const {
    Match attempt = match;
    if (!extend(tensor, pattern, attempt)) return false;
    match = std::move(attempt);
    return true;
  }

 private:
  bool extend(ir::TensorId tensor, const Pattern& pattern, Match& match) const {
    switch (pattern.kind) {
      case Pattern::Kind::any_of:
        return std::any_of(pattern.parts.begin(), pattern.parts.end(),
                           [&](const Pattern& part) { return at(tensor, part, match); });
      case Pattern::Kind::number: {
        const auto value = number_of(graph_.tensor(tensor));
        return value && std::abs(*value - pattern.value) <= 1e-6 * std::abs(pattern.value);
      }
      case Pattern::Kind::op: return operator_at(tensor, pattern, match);
      case Pattern::Kind::constant:
        if (!graph_.tensor(tensor).is_constant() || graph_.tensor(tensor).dtype != DType::float32) return false;
        [[fallthrough]];
      default: return place_at(tensor, pattern, match);
    }
  }

  bool place_at(ir::TensorId tensor, const Pattern& pattern, Match& match) const {
    ir::TensorId& known = match.tensors[static_cast<std::size_t>(pattern.slot)];
    if (known != ir::kAbsent) return known == tensor;
    known = tensor;
    return pattern.parts.empty() || at(tensor, pattern.parts[0], match);
  }

  bool operator_at(ir::TensorId tensor, const Pattern& pattern, Match& match) const {
    const ir::NodeId id = uses_.producer(tensor);
    if (id < 0 || graph_.tensor(tensor).dtype == DType::int32) return false;
    const Site site = root_.at(id);
    const ir::Node& node = site.node();
    const std::size_t count = pattern.parts.size();
    if (!site.is(pattern.name) || node.inputs.size() < count || node.outputs.size() != 1 || has_activation(node))
      return false;
    if (pattern.accepts != nullptr && !pattern.accepts(site)) return false;
    match.nodes.push_back(id);
    Match attempt = match;
    const auto operand = [&](std::size_t part, std::size_t input) {
      return node.inputs[input] != ir::kAbsent && at(node.inputs[input], pattern.parts[part], attempt);
    };
    bool found = true;
    for (std::size_t i = 0; found && i < count; ++i) found = operand(i, i);
    if (!found && count == 2 && commutes(pattern.name)) {
      attempt = match;
      found = operand(0, 1) && operand(1, 0);
    }
    if (found) match = std::move(attempt);
    return found;
  }

  const Site& root_;
  const ir::Graph& graph_;
  const ir::Uses& uses_;
};

bool keeps_last_axis(const Site& site) {
  const Shape& x = site.input(0).shape;
  if (!site.node().attrs.as<ops::ReduceAttrs>().keep_dims || !site.is_constant(1) || !x.has_rank()) return false;
  const ir::Tensor& axes = site.input(1);
  if (axes.dtype != DType::int32 || axes.data->size() != sizeof(std::int32_t)) return false;
  const std::int32_t axis = axes.data->to_vector<std::int32_t>()[0];
  return axis == -1 || axis == x.rank() - 1;
}

}  // namespace

bool has_activation(const ir::Node& node) {
  const ops::FusedActivation& fused = ops::def(node).fused_activation;
  return fused.get != nullptr && fused.get(node.attrs) != ops::Activation::none;
}

Pattern place(int slot) { return {.kind = Pattern::Kind::place, .slot = slot}; }

Pattern place(int slot, Pattern inner) {
  return {.kind = Pattern::Kind::place, .slot = slot, .parts = {std::move(inner)}};
}

Pattern constant(int slot) { return {.kind = Pattern::Kind::constant, .slot = slot}; }

Pattern number(double value) { return {.kind = Pattern::Kind::number, .value = value}; }

Pattern op(std::string_view name, std::vector<Pattern> operands, bool (*accepts)(const Site& site)) {
  return {.kind = Pattern::Kind::op, .name = name, .accepts = accepts, .parts = std::move(operands)};
}

Pattern any_of(std::vector<Pattern> alternatives) {
  return {.kind = Pattern::Kind::any_of, .parts = std::move(alternatives)};
}

Pattern over_last(std::string_view name, Pattern x) { return op(name, {std::move(x)}, keeps_last_axis); }

Pattern scaled(Pattern x, double factor) {
  return any_of({op("MUL", {x, number(factor)}), op("DIV", {x, number(1 / factor)})});
}

Pattern product(double factor, Pattern a, Pattern b) {
  return any_of(
      {op("MUL", {scaled(a, factor), b}), op("MUL", {a, scaled(b, factor)}), scaled(op("MUL", {a, b}), factor)});
}

std::optional<Match> match(const Pattern& pattern, const Site& site) {
  if (site.node().outputs.size() != 1) return std::nullopt;
  Match match;
  if (!Matcher(site).at(site.node().output(), pattern, match)) return std::nullopt;
  return match;
}

std::vector<std::string> origins_of(const Site& site, const Match& match) {
  std::vector<std::string> origins;
  for (const ir::NodeId id : match.nodes)
    origins = merge_origins(origins, site.graph.nodes[static_cast<std::size_t>(id)].origins);
  return origins;
}

std::optional<float> number_of(const ir::Tensor& tensor) {
  if (!tensor.is_constant() || tensor.dtype != DType::float32 || tensor.sparsity != nullptr ||
      tensor.data->size() != sizeof(float))
    return std::nullopt;
  return tensor.data->to_vector<float>()[0];
}

}  // namespace litesmith::passes
