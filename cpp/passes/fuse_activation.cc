#include "ops/op_def.h"
#include "passes/rewrites.h"

namespace litesmith::passes {

std::optional<ir::Patch> fuse_activation(const Site& site) {
  const ops::Activation activation = ops::def(site.node()).is_activation;
  if (activation == ops::Activation::none) return std::nullopt;
  const auto producer = site.producer_of(0);
  if (!producer || !site.uses.single_use(site.node().input(0))) return std::nullopt;
  const ops::FusedActivation& fused = ops::def(producer->node()).fused_activation;
  if (fused.get == nullptr || fused.get(producer->node().attrs) != ops::Activation::none) return std::nullopt;
  if (producer->output().dtype != DType::float32) return std::nullopt;

  ir::Node node = producer->node();
  node.attrs = fused.with(node.attrs, activation);
  node.outputs = site.node().outputs;
  node.origins = merge_origins(node.origins, site.node().origins);
  ir::Patch patch(site.graph);
  patch.replace_node(producer->id, std::move(node));
  patch.drop_node(site.id);
  return patch;
}

}  // namespace litesmith::passes
