#include <algorithm>
#include <numeric>

#include "ops/op_def.h"
#include "passes/permutation.h"
#include "passes/rewrites.h"

namespace litesmith::passes {

std::optional<Permutation> permutation_of(const Site& site) {
  if (!site.is("TRANSPOSE") || !site.is_constant(1) || site.input(1).dtype != DType::int32) return std::nullopt;
  return site.input(1).data->to_vector<std::int32_t>();
}

ir::TensorId add_permutation(ir::Patch& patch, const Permutation& permutation, const std::string& name) {
  ir::Tensor tensor;
  tensor.name = name;
  tensor.dtype = DType::int32;
  tensor.shape = Shape{static_cast<std::int32_t>(permutation.size())};
  tensor.data = Bytes::copy_of(std::span<const std::int32_t>(permutation));
  return patch.add_tensor(std::move(tensor));
}

bool is_identity(const Permutation& permutation) {
  for (std::size_t i = 0; i < permutation.size(); ++i)
    if (permutation[i] != static_cast<std::int32_t>(i)) return false;
  return true;
}

Permutation inverse(const Permutation& permutation) {
  Permutation result(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i)
    result[static_cast<std::size_t>(permutation[i])] = static_cast<std::int32_t>(i);
  return result;
}

std::optional<ir::Tensor> before_permutation(const ir::Tensor& constant, const Permutation& permutation) {
  const std::size_t width = byte_width(constant.dtype);
  const auto rank = static_cast<int>(permutation.size());
  if (constant.sparsity != nullptr || !constant.quantization.empty() || constant.shape.rank() > rank || width == 0 ||
      constant.data->size() != width * static_cast<std::size_t>(elements(constant.shape)))
    return std::nullopt;
  ir::Tensor moved = constant;
  auto& dims = moved.shape.dims();
  dims.insert(dims.begin(), static_cast<std::size_t>(rank - constant.shape.rank()), 1);
  const Shape after = moved.shape;
  moved.shape = permuted(after, inverse(permutation));
  std::vector<std::byte> bytes(constant.data->size());
  for (std::size_t i = 0; i < bytes.size() / width; ++i) {
    // Element i of the transposed constant stands in the other one where each of its indices counts its own axis.
    std::int64_t rest = static_cast<std::int64_t>(i), at = 0;
    for (int axis = rank - 1; axis >= 0; --axis) {
      const std::int64_t index = rest % after[axis];
      rest /= after[axis];
      const int own = permutation[static_cast<std::size_t>(axis)];
      at += index * moved.shape.count(own + 1, rank);
    }
    std::copy_n(constant.data->data() + i * width, width, bytes.data() + static_cast<std::size_t>(at) * width);
  }
  moved.data = Bytes::take(std::move(bytes));
  return moved;
}

Shape permuted(const Shape& shape, const Permutation& permutation) {
  if (!shape.has_rank()) return shape;
  std::vector<std::int32_t> dims;
  for (const std::int32_t axis : permutation) dims.push_back(shape[axis]);
  return Shape(std::move(dims));
}

std::optional<ir::Patch> merge_transposes(const Site& site) {
  const auto outer = permutation_of(site);
  if (!outer) return std::nullopt;
  ir::Patch patch(site.graph);
  if (is_identity(*outer)) {
    if (!site.may_redirect(site.node().input(0))) return std::nullopt;
    patch.redirect(site.node().output(), site.node().input(0));
    patch.drop_node(site.id);
    return patch;
  }
  const auto producer = site.producer_of(0);
  if (!producer) return std::nullopt;
  const auto inner = permutation_of(*producer);
  if (!inner) return std::nullopt;
  Permutation both;
  for (const std::int32_t axis : *outer) both.push_back((*inner)[static_cast<std::size_t>(axis)]);
  if (is_identity(both)) {
    if (!site.may_redirect(producer->node().input(0))) return std::nullopt;
    patch.redirect(site.node().output(), producer->node().input(0));
    patch.drop_node(site.id);
    return patch;
  }
  ir::Node node = site.node();
  node.inputs = {producer->node().input(0), add_permutation(patch, both, site.input(1).name)};
  node.origins = merge_origins(node.origins, producer->node().origins);
  patch.replace_node(site.id, std::move(node));
  return patch;
}

std::optional<ir::Patch> transpose_to_reshape(const Site& site) {
  const auto permutation = permutation_of(site);
  const Shape& x = permutation ? site.input(0).shape : Shape();
  if (!permutation || !x.has_rank()) return std::nullopt;
  std::vector<std::int32_t> moved;
  for (const std::int32_t axis : *permutation)
    if (x[axis] != 1) moved.push_back(axis);
  if (!std::is_sorted(moved.begin(), moved.end())) return std::nullopt;
  const Shape& y = site.output().shape;
  if (std::count(y.begin(), y.end(), kUnknownDim) > 1) return std::nullopt;
  ir::Patch patch(site.graph);
  ir::Tensor shape;
  shape.name = site.output().name + "/shape";
  shape.dtype = DType::int32;
  shape.shape = Shape{y.rank()};
  shape.data = Bytes::copy_of(std::span<const std::int32_t>(y.dims()));
  patch.replace_node(site.id, ops::make_node("RESHAPE", {}, {site.node().input(0), patch.add_tensor(std::move(shape))},
                                             site.node().outputs, site.node().origins));
  return patch;
}

}  // namespace litesmith::passes
