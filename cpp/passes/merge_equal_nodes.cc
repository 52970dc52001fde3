#include <algorithm>

#include "ops/op_def.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

bool are_equal(const ir::Graph& graph, ir::TensorId a, ir::TensorId b) {
  if (a == b) return true;
  if (a == ir::kAbsent || b == ir::kAbsent) return false;
  const ir::Tensor& x = graph.tensor(a);
  const ir::Tensor& y = graph.tensor(b);
  return x.is_constant() && y.is_constant() && x.dtype == y.dtype && x.shape == y.shape && x.sparsity == y.sparsity &&
         x.quantization == y.quantization && *x.data == *y.data;
}

bool are_equal(const Site& a, const Site& b) {
  const ir::Node& x = a.node();
  const ir::Node& y = b.node();
  if (x.op != y.op || x.inputs.size() != y.inputs.size() || x.outputs.size() != y.outputs.size() ||
      !(x.attrs == y.attrs))
    return false;
  for (std::size_t i = 0; i < x.inputs.size(); ++i)
    if (!are_equal(a.graph, x.inputs[i], y.inputs[i])) return false;
  for (std::size_t i = 0; i < x.outputs.size(); ++i) {
    const ir::Tensor& p = a.output(static_cast<int>(i));
    const ir::Tensor& q = b.output(static_cast<int>(i));
    if (p.dtype != q.dtype || !(p.quantization == q.quantization)) return false;
  }
  return true;
}

/// Same operands give same results, and nothing else happens.
bool is_pure(const Site& site) {
  const ir::Node& node = site.node();
  const auto holds_state = [&](ir::TensorId id) { return id != ir::kAbsent && site.graph.tensor(id).is_variable; };
  return ops::def(node).foldable && node.intermediates.empty() && !node.outputs.empty() && node.has_input(0) &&
         std::none_of(node.inputs.begin(), node.inputs.end(), holds_state) &&
         std::none_of(node.outputs.begin(), node.outputs.end(), [](ir::TensorId id) { return id == ir::kAbsent; });
}

}  // namespace

std::optional<ir::Patch> merge_equal_nodes(const Site& site) {
  if (!is_pure(site)) return std::nullopt;
  // Constants are many; what reads the same computed operand is few.
  const auto& inputs = site.node().inputs;
  const auto is_computed = [&](ir::TensorId id) { return id != ir::kAbsent && !site.graph.tensor(id).is_constant(); };
  const auto computed = std::find_if(inputs.begin(), inputs.end(), is_computed);
  if (computed == inputs.end()) return std::nullopt;
  for (const ir::NodeId id : site.uses.consumers(*computed)) {
    if (id >= site.id) break;
    const Site twin = site.at(id);
    if (!are_equal(twin, site)) continue;
    const auto& outputs = site.node().outputs;
    if (std::any_of(outputs.begin(), outputs.end(), [&](ir::TensorId y) { return site.uses.is_graph_output(y); }))
      continue;
    ir::Patch patch(site.graph);
    for (std::size_t i = 0; i < outputs.size(); ++i) patch.redirect(outputs[i], twin.node().outputs[i]);
    ir::Node merged = twin.node();
    merged.origins = merge_origins(merged.origins, site.node().origins);
    patch.replace_node(id, std::move(merged));
    patch.drop_node(site.id);
    return patch;
  }
  return std::nullopt;
}

}  // namespace litesmith::passes
