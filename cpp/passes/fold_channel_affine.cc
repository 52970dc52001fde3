#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/batch_normalization/batch_normalization.h"
#include "ops/op_def.h"
#include "passes/channel_affine.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

/// Values of a constant that applies one number per channel (or one for all) to a tensor of this shape.
std::optional<std::vector<double>> per_channel(const ir::Tensor& constant, const Shape& shape, std::int32_t channels) {
  if (!constant.is_constant() || constant.dtype != DType::float32 || !shape.has_rank()) return std::nullopt;
  const std::vector<float> values = constant.data->to_vector<float>();
  if (values.size() == 1 && constant.shape.rank() <= shape.rank())
    return std::vector<double>(static_cast<std::size_t>(channels), values[0]);
  if (values.size() != static_cast<std::size_t>(channels) || constant.shape.rank() > shape.rank() ||
      constant.shape.back() != channels)
    return std::nullopt;
  return std::vector<double>(values.begin(), values.end());
}

Bytes scaled_filter(const ir::Tensor& filter, int axis, const std::vector<double>& scale) {
  std::vector<std::byte> bytes(filter.data->size());
  const auto inner = static_cast<std::size_t>(filter.shape.count(axis + 1, filter.shape.rank()));
  const std::size_t channels = scale.size();
  const std::size_t count = bytes.size() / sizeof(float);
  for (std::size_t i = 0; i < count; i += inner) {
    const double s = scale[i / inner % channels];
    for (std::size_t k = i; k < i + inner; ++k) {
      float value = 0;
      std::memcpy(&value, filter.data->data() + k * sizeof(float), sizeof(float));
      value = static_cast<float>(value * s);
      std::memcpy(bytes.data() + k * sizeof(float), &value, sizeof(float));
    }
  }
  return Bytes::take(std::move(bytes));
}

/// The learnt steps of a filter (quantization-aware training) for the filter times `scale`. Steps around another value
/// than 0 have no such form and are lost.
void scale_steps(ir::Quantization& quantization, int axis, const std::vector<double>& scale) {
  if (quantization.scales.empty()) return;
  if (std::ranges::any_of(quantization.zero_points, [](std::int64_t zero_point) { return zero_point != 0; })) {
    quantization = {};
    return;
  }
  const std::vector<float> old = quantization.scales;
  quantization.dimension = axis;
  quantization.scales.clear();
  for (std::size_t c = 0; c < scale.size(); ++c)
    quantization.scales.push_back(static_cast<float>(old[old.size() == 1 ? 0 : c] * std::abs(scale[c])));
  quantization.zero_points.assign(scale.size(), 0);
}

ir::TensorId add_constant(ir::Patch& patch, const ir::Tensor& like, const std::string& name, const Shape& shape,
                          Bytes data) {
  ir::Tensor tensor = like;
  tensor.name = name;
  tensor.shape = shape;
  tensor.data = std::move(data);
  return patch.add_tensor(std::move(tensor));
}

/// The linear node with its filter and bias changed by the affine map.
std::optional<ir::Node> absorb(ir::Patch& patch, const Site& linear, const ChannelAffine& affine) {
  const ops::Linear& roles = ops::def(linear.node()).linear;
  ir::Node node = linear.node();
  const auto filter_slot = static_cast<std::size_t>(roles.filter);
  const auto bias_slot = static_cast<std::size_t>(roles.bias);
  const ir::Tensor& filter = linear.input(roles.filter);
  const bool scales = std::any_of(affine.scale.begin(), affine.scale.end(), [](double s) { return s != 1; });
  if (scales) {
    ir::Tensor like = filter;
    scale_steps(like.quantization, roles.channel_axis, affine.scale);
    node.inputs[filter_slot] =
        add_constant(patch, like, filter.name, filter.shape, scaled_filter(filter, roles.channel_axis, affine.scale));
  }
  std::vector<float> bias(affine.scale.size(), 0.0f);
  std::string bias_name = linear.output().name + "/bias";
  if (node.has_input(roles.bias)) {
    const ir::Tensor& old = linear.input(roles.bias);
    if (!old.is_constant() || old.data->size() != bias.size() * sizeof(float)) return std::nullopt;
    bias = old.data->to_vector<float>();
    bias_name = old.name;
  }
  for (std::size_t c = 0; c < bias.size(); ++c)
    bias[c] = static_cast<float>(bias[c] * affine.scale[c] + affine.shift[c]);
  if (node.inputs.size() <= bias_slot) node.inputs.resize(bias_slot + 1, ir::kAbsent);
  const ir::Tensor like;
  node.inputs[bias_slot] = add_constant(patch, like, bias_name, Shape{static_cast<std::int32_t>(bias.size())},
                                        Bytes::copy_of(std::span<const float>(bias)));
  return node;
}

bool is_foldable_linear(const Site& linear) {
  const ops::OpDef& op = ops::def(linear.node());
  if (op.linear.filter < 0 || !linear.is_constant(op.linear.filter)) return false;
  const ir::Tensor& filter = linear.input(op.linear.filter);
  return filter.dtype == DType::float32 && filter.sparsity == nullptr && op.fused_activation.get != nullptr &&
         op.fused_activation.get(linear.node().attrs) == ops::Activation::none;
}

}  // namespace

std::optional<ChannelAffine> affine_of_binary(const Site& site, int operand, std::int32_t channels) {
  const auto constant = per_channel(site.input(1 - operand), site.output().shape, channels);
  if (!constant) return std::nullopt;
  ChannelAffine affine{std::vector<double>(static_cast<std::size_t>(channels), 1),
                       std::vector<double>(static_cast<std::size_t>(channels), 0)};
  if (site.is("MUL")) {
    affine.scale = *constant;
  } else if (site.is("ADD")) {
    affine.shift = *constant;
  } else if (site.is("SUB") && operand == 0) {
    for (std::size_t c = 0; c < constant->size(); ++c) affine.shift[c] = -(*constant)[c];
  } else {
    return std::nullopt;
  }
  const ops::FusedActivation& fused = ops::def(site.node()).fused_activation;
  if (fused.get != nullptr) affine.activation = fused.get(site.node().attrs);
  return affine;
}

std::optional<ChannelAffine> affine_of_batch_normalization(const Site& site) {
  const auto& attrs = site.node().attrs.as<ops::BatchNormalizationAttrs>();
  const auto values = [&](int i) -> std::optional<std::vector<float>> {
    if (!site.is_constant(i)) return std::nullopt;
    return site.input(i).data->to_vector<float>();
  };
  const auto mean = values(3);
  const auto variance = values(4);
  if (!mean || !variance) return std::nullopt;
  const auto gamma = values(1);
  const auto beta = values(2);
  ChannelAffine affine;
  for (std::size_t c = 0; c < mean->size(); ++c) {
    const double scale = (gamma ? (*gamma)[c] : 1.0) /
                         std::sqrt(static_cast<double>((*variance)[c]) + static_cast<double>(attrs.epsilon));
    affine.scale.push_back(scale);
    affine.shift.push_back((beta ? (*beta)[c] : 0.0) - (*mean)[c] * scale);
  }
  return affine;
}

std::optional<ir::Patch> fold_channel_affine(const Site& site) {
  const bool is_batch_normalization = site.is("BATCH_NORMALIZATION");
  if (!is_batch_normalization && !ops::def(site.node()).broadcasts) return std::nullopt;
  for (int operand = 0; operand < (is_batch_normalization ? 1 : 2); ++operand) {
    const auto linear = site.producer_of(operand);
    if (!linear || !site.uses.single_use(site.node().input(operand)) || !is_foldable_linear(*linear)) continue;
    const ops::Linear& roles = ops::def(linear->node()).linear;
    const std::int32_t channels = linear->input(roles.filter).shape[roles.channel_axis];
    const int rank = site.output().shape.rank();
    if (is_batch_normalization && site.node().attrs.as<ops::BatchNormalizationAttrs>().axis != rank - 1) continue;
    const auto affine =
        is_batch_normalization ? affine_of_batch_normalization(site) : affine_of_binary(site, operand, channels);
    if (!affine || affine->scale.size() != static_cast<std::size_t>(channels)) continue;

    ir::Patch patch(site.graph);
    auto node = absorb(patch, *linear, *affine);
    if (!node) continue;
    node->attrs = ops::def(*node).fused_activation.with(node->attrs, affine->activation);
    node->outputs = site.node().outputs;
    node->origins = merge_origins(node->origins, site.node().origins);
    patch.replace_node(linear->id, std::move(*node));
    patch.drop_node(site.id);
    return patch;
  }
  return std::nullopt;
}

}  // namespace litesmith::passes
