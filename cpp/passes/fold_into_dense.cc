#include "ops/batch_normalization/batch_normalization.h"
#include "ops/op_def.h"
#include "passes/channel_affine.h"
#include "passes/pattern.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

struct DenseWeights {
  std::vector<float> filter, bias;
};

/// W * scale for input channels, b + W * shift; nullopt when the bias is not constant.
std::optional<DenseWeights> absorbed(const Site& dense, const ChannelAffine& affine) {
  const std::size_t channels = affine.scale.size();
  DenseWeights weights{.filter = dense.input(1).data->to_vector<float>(), .bias = {}};
  const std::size_t units = weights.filter.size() / channels;
  weights.bias.assign(units, 0.0f);
  if (dense.node().has_input(2)) {
    if (!dense.is_constant(2)) return std::nullopt;
    weights.bias = dense.input(2).data->to_vector<float>();
    if (weights.bias.size() != units) return std::nullopt;
  }
  for (std::size_t unit = 0; unit < units; ++unit) {
    double sum = weights.bias[unit];
    for (std::size_t c = 0; c < channels; ++c) {
      float& weight = weights.filter[unit * channels + c];
      sum += weight * affine.shift[c];
      weight = static_cast<float>(weight * affine.scale[c]);
    }
    weights.bias[unit] = static_cast<float>(sum);
  }
  return weights;
}

ir::TensorId add_constant(ir::Patch& patch, std::string name, Shape shape, const std::vector<float>& values) {
  ir::Tensor tensor;
  tensor.name = std::move(name);
  tensor.shape = std::move(shape);
  tensor.data = Bytes::copy_of(std::span<const float>(values));
  return patch.add_tensor(std::move(tensor));
}

/// A filter of float32 whose inputs are the channels of operand 0, without learnt steps: those are per output.
bool is_foldable(const Site& dense) {
  if (!dense.is("FULLY_CONNECTED") || !dense.is_constant(1)) return false;
  const ir::Tensor& filter = dense.input(1);
  const Shape& x = dense.input(0).shape;
  return filter.dtype == DType::float32 && filter.sparsity == nullptr && filter.quantization.scales.empty() &&
         filter.shape.rank() == 2 && x.has_rank() && x.rank() > 0 && x.back() == filter.shape[1] && x.back() > 0;
}

/// A node that scales and shifts every channel of one operand.
struct Before {
  ChannelAffine affine;
  ir::TensorId x;
};

std::optional<Before> channel_affine(const Site& site, std::int32_t channels) {
  if (site.is("BATCH_NORMALIZATION")) {
    const auto affine = affine_of_batch_normalization(site);
    const int axis = site.node().attrs.as<ops::BatchNormalizationAttrs>().axis;
    if (!affine || axis != site.output().shape.rank() - 1) return std::nullopt;
    return Before{*affine, site.node().input(0)};
  }
  for (int operand = 0; operand < (ops::def(site.node()).broadcasts ? 2 : 0); ++operand) {
    if (site.input(operand).shape != site.output().shape || site.is_constant(operand)) continue;
    const auto affine = affine_of_binary(site, operand, channels);
    if (affine && affine->activation == ops::Activation::none) return Before{*affine, site.node().input(operand)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<ir::Patch> fold_channel_affine_into_dense(const Site& site) {
  if (!is_foldable(site)) return std::nullopt;
  const auto producer = site.producer_of(0);
  if (!producer || !site.uses.single_use(site.node().input(0))) return std::nullopt;
  const Shape& filter = site.input(1).shape;
  const auto before = channel_affine(*producer, filter[1]);
  if (!before || before->affine.scale.size() != static_cast<std::size_t>(filter[1])) return std::nullopt;
  const auto weights = absorbed(site, before->affine);
  if (!weights) return std::nullopt;

  ir::Patch patch(site.graph);
  ir::Node node = site.node();
  const std::string bias_name = node.has_input(2) ? site.input(2).name : site.output().name + "/bias";
  node.inputs = {before->x, add_constant(patch, site.input(1).name, filter, weights->filter),
                 add_constant(patch, bias_name, Shape{filter[0]}, weights->bias)};
  node.origins = merge_origins(node.origins, producer->node().origins);
  patch.replace_node(site.id, std::move(node));
  patch.drop_node(producer->id);
  return patch;
}

std::optional<ir::Patch> fold_scale_into_convolution(const Site& site) {
  if ((!site.is("CONV_2D") && !site.is("DEPTHWISE_CONV_2D")) || !site.is_constant(1)) return std::nullopt;
  const auto product = site.producer_of(0);
  if (!product || !product->is("MUL") || !site.uses.single_use(site.node().input(0))) return std::nullopt;
  const ir::Tensor& filter = site.input(1);
  if (filter.dtype != DType::float32 || filter.sparsity != nullptr || !filter.quantization.empty()) return std::nullopt;
  for (int operand = 0; operand < 2; ++operand) {
    const auto affine = affine_of_binary(*product, operand, 1);
    const auto scale = number_of(product->input(1 - operand));
    if (!affine || !scale || affine->activation != ops::Activation::none ||
        product->input(operand).shape != product->output().shape)
      continue;
    std::vector<float> values = filter.data->to_vector<float>();
    for (float& value : values) value *= *scale;
    ir::Patch patch(site.graph);
    ir::Node node = site.node();
    node.inputs[0] = product->node().input(operand);
    node.inputs[1] = add_constant(patch, filter.name, filter.shape, values);
    node.origins = merge_origins(node.origins, product->node().origins);
    patch.replace_node(site.id, std::move(node));
    patch.drop_node(product->id);
    return patch;
  }
  return std::nullopt;
}

}  // namespace litesmith::passes
