#include <algorithm>

#include "lowering/lowering.h"
#include "ops/op_def.h"

namespace litesmith::lowering {

std::optional<ir::Patch> add_zero_bias(const passes::Site& site) {
  if (!site.is("CONV_2D") && !site.is("DEPTHWISE_CONV_2D")) return std::nullopt;
  const ops::Linear& roles = ops::def(site.node()).linear;
  if (site.node().has_input(roles.bias) || site.output().dtype != DType::float32) return std::nullopt;
  const std::int32_t channels = site.input(roles.filter).shape[roles.channel_axis];
  ir::Patch patch(site.graph);
  ir::Tensor bias;
  bias.name = site.output().name + "/bias";
  bias.shape = Shape{channels};
  bias.data = Bytes::take(std::vector<std::byte>(static_cast<std::size_t>(channels) * sizeof(float)));
  ir::Node node = site.node();
  node.inputs.resize(static_cast<std::size_t>(roles.bias), ir::kAbsent);
  node.inputs.push_back(patch.add_tensor(std::move(bias)));
  patch.replace_node(site.id, std::move(node));
  return patch;
}

std::optional<ir::Patch> drop_zero_bias(const passes::Site& site) {
  if (!site.is("FULLY_CONNECTED") || !site.is_constant(2)) return std::nullopt;
  const auto bytes = site.input(2).data->view();
  if (!std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; })) return std::nullopt;
  ir::Node node = site.node();
  node.inputs[2] = ir::kAbsent;
  ir::Patch patch(site.graph);
  patch.replace_node(site.id, std::move(node));
  return patch;
}

}  // namespace litesmith::lowering
