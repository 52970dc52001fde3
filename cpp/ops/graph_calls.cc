#include <algorithm>
#include <vector>

#include "ops/op_def.h"

namespace litesmith::ops {
namespace {

bool changes_more_than_results(const ir::Graph& graph, const ir::Node& node) {
  return node.outputs.empty() || std::any_of(node.inputs.begin(), node.inputs.end(), [&](ir::TensorId id) {
           return id != ir::kAbsent && graph.tensor(id).is_variable;
         });
}

}  // namespace

std::vector<std::int32_t> called_graphs(const ir::Node& node) {
  const GraphCalls& calls = def(node).calls;
  return calls.get == nullptr ? std::vector<std::int32_t>() : calls.get(node.attrs);
}

std::vector<bool> graphs_with_effects(const ir::Model& model) {
  const std::size_t count = model.graphs.size();
  std::vector<bool> effects(count, false);
  std::vector<std::vector<std::size_t>> callers(count);
  std::vector<std::size_t> work;
  const auto mark = [&](std::size_t g) {
    if (effects[g]) return;
    effects[g] = true;
    work.push_back(g);
  };
  for (std::size_t g = 0; g < count; ++g)
    for (const ir::Node& node : model.graphs[g].nodes) {
      const std::vector<std::int32_t> callees = called_graphs(node);
      for (const std::int32_t callee : callees) callers.at(static_cast<std::size_t>(callee)).push_back(g);
      if (callees.empty() && changes_more_than_results(model.graphs[g], node)) mark(g);
    }
  while (!work.empty()) {
    const std::size_t g = work.back();
    work.pop_back();
    for (const std::size_t caller : callers[g]) mark(caller);
  }
  return effects;
}

bool has_effect(const ir::Node& node, const std::vector<bool>& graphs_with_effects) {
  const std::vector<std::int32_t> callees = called_graphs(node);
  if (callees.empty()) return node.outputs.empty();
  return std::any_of(callees.begin(), callees.end(),
                     [&](std::int32_t g) { return graphs_with_effects.at(static_cast<std::size_t>(g)); });
}

}  // namespace litesmith::ops
