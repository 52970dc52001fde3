#include <algorithm>

#include "ops/op_def.h"
#include "ops/split/split.h"
#include "passes/permutation.h"
#include "passes/rewrites.h"
#include "passes/sink_rules.h"

namespace litesmith::passes {
namespace {

/// The TRANSPOSE that computes operand i.
std::optional<Permutation> permutation_before(const Site& site, int i) {
  const auto producer = site.producer_of(i);
  return producer ? permutation_of(*producer) : std::nullopt;
}

/// A result on the untransposed axes, and the TRANSPOSE that gives the old result from it.
ir::TensorId add_result(ir::Patch& patch, const Site& site, int output, const Permutation& permutation) {
  const ir::Tensor& old = site.output(output);
  if (is_identity(permutation)) return site.node().output(output);
  ir::Tensor before = old;
  before.name += "/before_transpose";
  before.shape = permuted(old.shape, inverse(permutation));
  const ir::TensorId result = patch.add_tensor(std::move(before));
  patch.add_node(site.id,
                 ops::make_node("TRANSPOSE", {}, {result, add_permutation(patch, permutation, old.name + "/perm")},
                                {site.node().output(output)}, site.node().origins));
  return result;
}

void finish(ir::Patch& patch, const Site& site, ir::Node node, const Permutation& permutation) {
  for (int i = 0; i < static_cast<int>(node.outputs.size()); ++i)
    node.outputs[static_cast<std::size_t>(i)] = add_result(patch, site, i, permutation);
  patch.replace_node(site.id, std::move(node));
}

/// An operand that is not transposed, on the axes before the transpose: a constant, or one whose longer dimensions
/// keep their order, so that a RESHAPE does it.
std::optional<ir::TensorId> before_transpose(ir::Patch& patch, const Site& site, int operand,
                                             const Permutation& permutation) {
  const ir::Tensor& tensor = site.input(operand);
  if (tensor.is_constant()) {
    if (tensor.shape.is_static() && elements(tensor.shape) == 1) return site.node().input(operand);
    auto moved = before_permutation(tensor, permutation);
    if (!moved) return std::nullopt;
    return patch.add_tensor(std::move(*moved));
  }
  const Shape& shape = tensor.shape;
  if (!shape.has_rank() || shape.rank() != static_cast<int>(permutation.size()) ||
      std::count(shape.begin(), shape.end(), kUnknownDim) > 1)
    return std::nullopt;
  const Permutation back = inverse(permutation);
  std::vector<std::int32_t> longer;
  for (const std::int32_t axis : back)
    if (shape[axis] != 1) longer.push_back(axis);
  if (!std::is_sorted(longer.begin(), longer.end())) return std::nullopt;
  ir::Tensor moved = tensor;
  moved.name += "/before_transpose";
  moved.shape = permuted(shape, back);
  ir::Tensor target;
  target.name = moved.name + "/shape";
  target.dtype = DType::int32;
  target.shape = Shape{moved.shape.rank()};
  target.data = Bytes::copy_of(std::span<const std::int32_t>(moved.shape.dims()));
  const ir::TensorId result = patch.add_tensor(std::move(moved));
  patch.add_node(site.id,
                 ops::make_node("RESHAPE", {}, {site.node().input(operand), patch.add_tensor(std::move(target))},
                                {result}, site.node().origins));
  return result;
}

/// Fills in operands [0, count), one of which at least is transposed.
bool untranspose_operands(ir::Patch& patch, const Site& site, int count, const Permutation& permutation,
                          ir::Node& node) {
  for (int i = 0; i < count; ++i) {
    ir::TensorId& operand = node.inputs[static_cast<std::size_t>(i)];
    if (permutation_before(site, i) == permutation) {
      operand = site.producer_of(i)->node().input(0);
      continue;
    }
    const auto moved = before_transpose(patch, site, i, permutation);
    if (!moved) return false;
    operand = *moved;
  }
  return true;
}

std::optional<ir::Patch> sink_through_binary(const Site& site) {
  auto permutation = permutation_before(site, 0);
  if (!permutation) permutation = permutation_before(site, 1);
  if (!permutation || static_cast<int>(permutation->size()) != site.output().shape.rank()) return std::nullopt;
  ir::Patch patch(site.graph);
  ir::Node node = site.node();
  if (!untranspose_operands(patch, site, 2, *permutation, node)) return std::nullopt;
  finish(patch, site, std::move(node), *permutation);
  return patch;
}

/// Operands of CONCATENATION and ADD_N are all data, and transposed alike.
bool takes_many(const Site& site) { return site.is("CONCATENATION") || site.is("ADD_N"); }

bool are_transposed(const Site& site, const Permutation& permutation) {
  for (int i = 0; i < static_cast<int>(site.node().inputs.size()); ++i)
    if (permutation_before(site, i) != permutation && !site.is_constant(i)) return false;
  return true;
}

bool goes_on(const Site& site) {
  return site.is("TRANSPOSE") || has_sink_rule(site) || ops::def(site.node()).broadcasts;
}

/// SPLIT and SPLIT_V: one transpose becomes one per result, so that each must be able to go on.
std::optional<ir::Patch> sink_through_split(const Site& site) {
  const int data = site.is("SPLIT") ? 1 : 0, axis = site.is("SPLIT") ? 0 : 2;
  const auto permutation = permutation_before(site, data);
  if (!permutation || !site.is_constant(axis) || site.input(axis).dtype != DType::int32) return std::nullopt;
  for (const ir::TensorId result : site.node().outputs) {
    const auto readers = site.uses.consumers(result);
    if (site.uses.is_graph_output(result) || readers.empty()) return std::nullopt;
    if (!std::all_of(readers.begin(), readers.end(), [&](ir::NodeId id) { return goes_on(site.at(id)); }))
      return std::nullopt;
  }
  ir::Patch patch(site.graph);
  ir::Node node = site.node();
  ir::Tensor moved = site.input(axis);
  std::int32_t at = moved.data->to_vector<std::int32_t>().at(0);
  at = (*permutation)[static_cast<std::size_t>(at < 0 ? at + static_cast<std::int32_t>(permutation->size()) : at)];
  moved.data = Bytes::copy_of(std::span<const std::int32_t>(&at, 1));
  node.inputs[static_cast<std::size_t>(axis)] = patch.add_tensor(std::move(moved));
  node.inputs[static_cast<std::size_t>(data)] = site.producer_of(data)->node().input(0);
  finish(patch, site, std::move(node), *permutation);
  return patch;
}

}  // namespace

std::optional<ir::Patch> sink_transpose(const Site& site) {
  if (site.is("SPLIT") || site.is("SPLIT_V")) return sink_through_split(site);
  // At once: in a chain of transposes each would sink through all that follows.
  if (site.is("TRANSPOSE")) return merge_transposes(site);
  if (site.node().outputs.size() != 1) return std::nullopt;
  if (ops::def(site.node()).broadcasts) return sink_through_binary(site);
  const auto permutation = permutation_before(site, 0);
  if (!permutation || !has_sink_rule(site)) return std::nullopt;
  if (takes_many(site) && !are_transposed(site, *permutation)) return std::nullopt;
  ir::Patch patch(site.graph);
  auto moved = sunk(patch, site, *permutation);
  const int count = takes_many(site) ? static_cast<int>(site.node().inputs.size()) : 1;
  if (!moved || !untranspose_operands(patch, site, count, *permutation, moved->node)) return std::nullopt;
  finish(patch, site, std::move(moved->node), moved->permutation);
  return patch;
}

}  // namespace litesmith::passes
