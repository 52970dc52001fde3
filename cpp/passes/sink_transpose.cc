#include <algorithm>

#include "ops/batch_normalization/batch_normalization.h"
#include "ops/op_def.h"
#include "passes/permutation.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

/// The node as it must be to work before the transpose instead of after it: attributes and constant operands moved to
/// the axes of the untransposed operand. Operands that carry data are filled in by the caller.
struct Sunk {
  ir::Node node;
  bool possible = false;
};

using Rule = Sunk (*)(ir::Patch& patch, const Site& site, const Permutation& permutation);

Sunk sink_elementwise(ir::Patch&, const Site& site, const Permutation&) { return {site.node(), true}; }

Sunk sink_batch_normalization(ir::Patch&, const Site& site, const Permutation& permutation) {
  auto attrs = site.node().attrs.as<ops::BatchNormalizationAttrs>();
  attrs.axis = permutation[static_cast<std::size_t>(attrs.axis)];
  Sunk sunk{site.node(), true};
  sunk.node.attrs = attrs;
  return sunk;
}

ir::TensorId add_ints(ir::Patch& patch, const ir::Tensor& like, const std::vector<std::int32_t>& values) {
  ir::Tensor tensor = like;
  tensor.data = Bytes::copy_of(std::span<const std::int32_t>(values));
  return patch.add_tensor(std::move(tensor));
}

/// PAD: row i of the paddings belongs to axis i.
Sunk sink_pad(ir::Patch& patch, const Site& site, const Permutation& permutation) {
  if (!site.is_constant(1) || site.input(1).dtype != DType::int32) return {};
  const auto rows = site.input(1).data->to_vector<std::int32_t>();
  std::vector<std::int32_t> moved(rows.size());
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    const auto axis = static_cast<std::size_t>(permutation[i]);
    moved[2 * axis] = rows[2 * i];
    moved[2 * axis + 1] = rows[2 * i + 1];
  }
  Sunk sunk{site.node(), true};
  sunk.node.inputs[1] = add_ints(patch, site.input(1), moved);
  return sunk;
}

const struct {
  std::string_view op;
  Rule rule;
} kRules[] = {
    {"BATCH_NORMALIZATION", sink_batch_normalization},
    {"PAD", sink_pad},
    {"PADV2", sink_pad},
};

Rule rule_for(const Site& site) {
  for (const auto& row : kRules)
    if (site.is(row.op)) return row.rule;
  return ops::def(site.node()).elementwise && site.node().inputs.size() == 1 ? sink_elementwise : nullptr;
}

/// A result of the sunk node on the untransposed axes, and the TRANSPOSE that gives the old result from it.
void finish(ir::Patch& patch, const Site& site, ir::Node node, const Permutation& permutation) {
  ir::Tensor before = site.output();
  before.name += "/before_transpose";
  Permutation inverse(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i)
    inverse[static_cast<std::size_t>(permutation[i])] = static_cast<std::int32_t>(i);
  before.shape = permuted(site.output().shape, inverse);
  const ir::TensorId result = patch.add_tensor(std::move(before));
  node.outputs = {result};
  patch.replace_node(site.id, std::move(node));
  patch.add_node(site.id, ops::make_node("TRANSPOSE", {},
                                         {result, add_permutation(patch, permutation, site.output().name + "/perm")},
                                         site.node().outputs, site.node().origins));
}

/// A constant operand of a broadcasting operator, on the axes before the transpose.
std::optional<ir::TensorId> untransposed_constant(ir::Patch& patch, const Site& site, int operand,
                                                  const Permutation& permutation) {
  const ir::Tensor& tensor = site.input(operand);
  if (!tensor.is_constant()) return std::nullopt;
  const Shape& shape = tensor.shape;
  if (elements(shape) == 1) return site.node().input(operand);
  const auto rank = static_cast<int>(permutation.size());
  if (shape.rank() > rank) return std::nullopt;
  // At most one axis longer than 1, so that the bytes keep their order.
  int longest = -1;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    if (longest >= 0) return std::nullopt;
    longest = axis + rank - shape.rank();
  }
  std::vector<std::int32_t> dims(static_cast<std::size_t>(rank), 1);
  dims[static_cast<std::size_t>(permutation[static_cast<std::size_t>(longest)])] =
      static_cast<std::int32_t>(elements(shape));
  ir::Tensor moved = tensor;
  moved.shape = Shape(std::move(dims));
  return patch.add_tensor(std::move(moved));
}

std::optional<ir::Patch> sink_through_binary(const Site& site) {
  std::optional<Permutation> permutation;
  for (int i = 0; i < 2; ++i) {
    const auto producer = site.producer_of(i);
    if (!producer || permutation) continue;
    permutation = permutation_of(*producer);
  }
  if (!permutation) return std::nullopt;
  ir::Patch patch(site.graph);
  ir::Node node = site.node();
  for (int i = 0; i < 2; ++i) {
    const auto producer = site.producer_of(i);
    const auto own = producer ? permutation_of(*producer) : std::nullopt;
    if (own == permutation && producer->output().shape.rank() == site.output().shape.rank()) {
      node.inputs[static_cast<std::size_t>(i)] = producer->node().input(0);
    } else if (const auto constant = untransposed_constant(patch, site, i, *permutation)) {
      node.inputs[static_cast<std::size_t>(i)] = *constant;
    } else {
      return std::nullopt;
    }
  }
  finish(patch, site, std::move(node), *permutation);
  return patch;
}

}  // namespace

std::optional<ir::Patch> sink_transpose(const Site& site) {
  if (site.node().outputs.size() != 1) return std::nullopt;
  if (ops::def(site.node()).broadcasts) return sink_through_binary(site);
  const Rule rule = rule_for(site);
  if (rule == nullptr) return std::nullopt;
  const auto producer = site.producer_of(0);
  const auto permutation = producer ? permutation_of(*producer) : std::nullopt;
  if (!permutation) return std::nullopt;
  ir::Patch patch(site.graph);
  Sunk sunk = rule(patch, site, *permutation);
  if (!sunk.possible) return std::nullopt;
  sunk.node.inputs[0] = producer->node().input(0);
  finish(patch, site, std::move(sunk.node), *permutation);
  return patch;
}

}  // namespace litesmith::passes
