#include "passes/pass.h"

#include <algorithm>

#include "base/error.h"
#include "ir/verify.h"
#include "ops/infer.h"
#include "ops/remove_dead.h"

namespace litesmith::passes {
namespace {

bool contradict(const Shape& stored, const Shape& inferred) {
  if (!stored.has_rank() || !inferred.has_rank()) return false;
  if (stored.rank() != inferred.rank()) return true;
  for (int axis = 0; axis < stored.rank(); ++axis)
    if (stored[axis] >= 0 && inferred[axis] >= 0 && stored[axis] != inferred[axis]) return true;
  return false;
}

/// What is known from either side.
Shape merge(const Shape& stored, const Shape& inferred) {
  if (!inferred.has_rank()) return stored;
  if (!stored.has_rank()) return inferred;
  Shape merged = inferred;
  for (int axis = 0; axis < merged.rank(); ++axis)
    if (merged[axis] < 0) merged[axis] = stored[axis];
  return merged;
}

void infer_shapes(ir::Graph& graph, const std::string& when) {
  for (const ir::Node& node : graph.nodes) {
    const std::vector<ops::TensorInfo> results = ops::infer_node(graph, node);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (node.outputs[i] == ir::kAbsent) continue;
      ir::Tensor& tensor = graph.tensor(node.outputs[i]);
      if (contradict(tensor.shape, results[i].shape) || tensor.dtype != results[i].dtype)
        fail(ErrorKind::value, ir::describe(node), ": the result '", tensor.name, "' is stored as ", name(tensor.dtype),
             ' ', tensor.shape, " but the operator gives ", name(results[i].dtype), ' ', results[i].shape, " (", when,
             ")");
      tensor.shape = merge(tensor.shape, results[i].shape);
    }
  }
}

/// Constants that lost their last reader give their memory back at once; remove_dead drops the tensors later.
void release_unread(ir::Graph& graph, std::size_t count, const ir::Uses& before, const ir::Uses& after) {
  for (std::size_t t = 0; t < count; ++t) {
    const auto id = static_cast<ir::TensorId>(t);
    if (before.consumers(id).empty() || !after.consumers(id).empty() || after.is_graph_output(id)) continue;
    if (graph.tensors[t].is_constant()) graph.tensors[t].data = Bytes();
  }
}

/// One sweep over a graph; a site is looked at again after a change there.
std::size_t sweep(const Pass& pass, ir::Model& model, std::size_t index, std::size_t bound) {
  std::size_t applied = 0;
  ir::Graph& graph = model.graphs[index];
  ir::Uses uses(graph);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const auto patch = pass.rewrite(Site{model, graph, uses, static_cast<ir::NodeId>(n)});
    if (!patch) continue;
    if (++applied > bound) fail(ErrorKind::value, "the pass ", pass.name, " does not settle");
    const std::size_t tensors = graph.tensors.size();
    ir::apply(*patch, model, index);
    ir::Uses after(graph);
    release_unread(graph, tensors, uses, after);
    uses = std::move(after);
    if (n > 0) --n;
  }
  return applied;
}

}  // namespace

std::optional<Site> Site::producer_of(int i) const {
  if (!node().has_input(i)) return std::nullopt;
  const ir::NodeId producer = uses.producer(node().input(i));
  if (producer < 0) return std::nullopt;
  return at(producer);
}

std::optional<Site> Site::only_consumer() const {
  if (node().outputs.empty() || !uses.single_use(node().output())) return std::nullopt;
  return at(uses.consumers(node().output()).front());
}

bool Site::may_redirect(ir::TensorId to) const {
  if (!uses.is_graph_output(node().output())) return true;
  return uses.producer(to) >= 0 && !uses.is_graph_output(to);
}

std::size_t run(const Pass& pass, ir::Model& model) {
  std::size_t total = 0;
  for (std::size_t index = 0; index < model.graphs.size(); ++index) {
    const std::size_t bound = 4 + 4 * model.graphs[index].nodes.size();
    std::size_t in_graph = 0;
    for (std::size_t applied = 1; applied != 0; in_graph += applied) {
      if (in_graph > bound) fail(ErrorKind::value, "the pass ", pass.name, " does not settle");
      applied = sweep(pass, model, index, bound);
    }
    total += in_graph;
  }
  if (total == 0) return 0;
  ops::remove_dead(model);
  const std::string when = "after the pass " + std::string(pass.name);
  ir::verify(model, when);
  infer_shapes(model, when);
  return total;
}

void run(std::span<const Pass> passes, ir::Model& model) {
  for (const Pass& pass : passes) run(pass, model);
}

void infer_shapes(ir::Model& model, const std::string& when) {
  for (ir::Graph& graph : model.graphs) infer_shapes(graph, when);
}

std::vector<std::string> merge_origins(std::span<const std::string> owner, std::span<const std::string> other) {
  std::vector<std::string> merged(owner.begin(), owner.end());
  for (const std::string& path : other)
    if (std::find(merged.begin(), merged.end(), path) == merged.end()) merged.push_back(path);
  return merged;
}

}  // namespace litesmith::passes
