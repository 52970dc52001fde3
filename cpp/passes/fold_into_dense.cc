#include "ops/batch_normalization/batch_normalization.h"
#include "ops/op_def.h"
#include "passes/channel_affine.h"
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

}  // namespace

std::optional<ir::Patch> fold_batch_normalization_into_dense(const Site& site) {
  if (!is_foldable(site)) return std::nullopt;
  const auto normalization = site.producer_of(0);
  if (!normalization || !normalization->is("BATCH_NORMALIZATION") || !site.uses.single_use(site.node().input(0)))
    return std::nullopt;
  const int axis = normalization->node().attrs.as<ops::BatchNormalizationAttrs>().axis;
  const Shape& filter = site.input(1).shape;
  const auto affine = affine_of_batch_normalization(*normalization);
  if (axis != site.input(0).shape.rank() - 1 || !affine || affine->scale.size() != static_cast<std::size_t>(filter[1]))
    return std::nullopt;
  const auto weights = absorbed(site, *affine);
  if (!weights) return std::nullopt;

  ir::Patch patch(site.graph);
  ir::Node node = site.node();
  const std::string bias_name = node.has_input(2) ? site.input(2).name : site.output().name + "/bias";
  node.inputs = {normalization->node().input(0), add_constant(patch, site.input(1).name, filter, weights->filter),
                 add_constant(patch, bias_name, Shape{filter[0]}, weights->bias)};
  node.origins = merge_origins(node.origins, normalization->node().origins);
  patch.replace_node(site.id, std::move(node));
  patch.drop_node(normalization->id);
  return patch;
}

}  // namespace litesmith::passes
