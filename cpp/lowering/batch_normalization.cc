#include "ops/batch_normalization/batch_normalization.h"

#include "lowering/lowering.h"
#include "ops/op_def.h"
#include "passes/channel_affine.h"

namespace litesmith::lowering {
namespace {

/// A constant that broadcasts along one axis of a tensor of this rank.
ir::TensorId add_along_axis(ir::Patch& patch, const std::string& name, const std::vector<double>& values, int axis,
                            int rank) {
  std::vector<float> rounded(values.begin(), values.end());
  std::vector<std::int32_t> dims(static_cast<std::size_t>(rank - axis), 1);
  dims[0] = static_cast<std::int32_t>(values.size());
  ir::Tensor tensor;
  tensor.name = name;
  tensor.shape = Shape(std::move(dims));
  tensor.data = Bytes::copy_of(std::span<const float>(rounded));
  return patch.add_tensor(std::move(tensor));
}

}  // namespace

std::optional<ir::Patch> lower_batch_normalization(const passes::Site& site) {
  if (!site.is("BATCH_NORMALIZATION")) return std::nullopt;
  const auto affine = passes::affine_of_batch_normalization(site);
  const int rank = site.output().shape.rank();
  const int axis = site.node().attrs.as<ops::BatchNormalizationAttrs>().axis;
  if (!affine || !site.output().shape.has_rank()) return std::nullopt;
  ir::Patch patch(site.graph);
  const std::string& name = site.output().name;
  ir::Tensor scaled = site.output();
  scaled.name = name + "/mul";
  const ir::TensorId product = patch.add_tensor(std::move(scaled));
  const ir::TensorId scale = add_along_axis(patch, name + "/scale", affine->scale, axis, rank);
  const ir::TensorId shift = add_along_axis(patch, name + "/shift", affine->shift, axis, rank);
  patch.replace_node(site.id, ops::make_node("MUL", {}, {site.node().input(0), scale}, {product}, site.node().origins));
  patch.add_node(site.id, ops::make_node("ADD", {}, {product, shift}, site.node().outputs, site.node().origins));
  return patch;
}

}  // namespace litesmith::lowering
