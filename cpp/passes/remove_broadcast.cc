#include "ops/op_def.h"
#include "passes/rewrites.h"

namespace litesmith::passes {

std::optional<ir::Patch> remove_broadcast(const Site& site) {
  if (!ops::def(site.node()).broadcasts) return std::nullopt;
  for (int operand = 0; operand < 2; ++operand) {
    const auto producer = site.producer_of(operand);
    if (!producer || !producer->is("BROADCAST_TO") || !site.output().shape.is_static()) continue;
    const auto shape = broadcast(producer->input(0).shape, site.input(1 - operand).shape);
    if (!shape || *shape != site.output().shape) continue;
    ir::Patch patch(site.graph);
    ir::Node node = site.node();
    node.inputs[static_cast<std::size_t>(operand)] = producer->node().input(0);
    node.origins = merge_origins(node.origins, producer->node().origins);
    patch.replace_node(site.id, std::move(node));
    return patch;
  }
  return std::nullopt;
}

}  // namespace litesmith::passes
