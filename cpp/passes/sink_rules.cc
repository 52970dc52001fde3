#include "passes/sink_rules.h"

#include <algorithm>

#include "ops/batch_normalization/batch_normalization.h"
#include "ops/concatenation/concatenation.h"
#include "ops/op_def.h"
#include "ops/reduce/reduce.h"
#include "ops/slice/slice.h"

namespace litesmith::passes {
namespace {

using Rule = std::optional<Sunk> (*)(ir::Patch& patch, const Site& site, const Permutation& permutation);
using Ints = std::vector<std::int32_t>;

std::optional<Ints> ints_of(const Site& site, int operand) {
  if (!site.is_constant(operand) || site.input(operand).dtype != DType::int32) return std::nullopt;
  return site.input(operand).data->to_vector<std::int32_t>();
}

void set_ints(ir::Patch& patch, const Site& site, int operand, const Ints& values, ir::Node& node) {
  ir::Tensor tensor = site.input(operand);
  tensor.data = Bytes::copy_of(std::span<const std::int32_t>(values));
  node.inputs[static_cast<std::size_t>(operand)] = patch.add_tensor(std::move(tensor));
}

std::int32_t untransposed(std::int32_t axis, const Permutation& permutation) {
  const auto rank = static_cast<std::int32_t>(permutation.size());
  return permutation[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
}

std::optional<Sunk> keep(ir::Patch&, const Site& site, const Permutation& permutation) {
  return Sunk{site.node(), permutation};
}

template <class AxisAttrs>
std::optional<Sunk> move_axis_attribute(ir::Patch&, const Site& site, const Permutation& permutation) {
  auto attrs = site.node().attrs.as<AxisAttrs>();
  attrs.axis = untransposed(attrs.axis, permutation);
  Sunk result{site.node(), permutation};
  result.node.attrs = attrs;
  return result;
}

/// Constant operands whose entries, `width` of them, belong to axes.
template <int first, int last, std::size_t width>
std::optional<Sunk> move_entries(ir::Patch& patch, const Site& site, const Permutation& permutation) {
  Sunk result{site.node(), permutation};
  for (int operand = first; operand <= last; ++operand) {
    const auto values = ints_of(site, operand);
    if (!values || values->size() != width * permutation.size()) return std::nullopt;
    Ints moved(values->size());
    for (std::size_t i = 0; i < permutation.size(); ++i)
      std::copy_n(values->begin() + static_cast<std::ptrdiff_t>(i * width), width,
                  moved.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(permutation[i]) * width));
    set_ints(patch, site, operand, moved, result.node);
  }
  return result;
}

std::int32_t moved_mask(std::int32_t mask, const Permutation& permutation) {
  std::int32_t moved = 0;
  for (std::size_t i = 0; i < permutation.size(); ++i)
    if ((mask >> i & 1) != 0) moved |= 1 << permutation[i];
  return moved;
}

std::optional<Sunk> move_strided_slice(ir::Patch& patch, const Site& site, const Permutation& permutation) {
  auto attrs = site.node().attrs.as<ops::StridedSliceAttrs>();
  if (attrs.ellipsis_mask != 0 || attrs.new_axis_mask != 0 || attrs.shrink_axis_mask != 0) return std::nullopt;
  auto result = move_entries<1, 3, 1>(patch, site, permutation);
  if (!result) return std::nullopt;
  attrs.begin_mask = moved_mask(attrs.begin_mask, permutation);
  attrs.end_mask = moved_mask(attrs.end_mask, permutation);
  result->node.attrs = attrs;
  return result;
}

/// The permutation of the axes that are left without some axes of the transposed operand.
Permutation without(const Permutation& permutation, const Ints& axes) {
  const auto is_dropped = [&](std::size_t i) {
    const auto rank = static_cast<std::int32_t>(permutation.size());
    return std::any_of(axes.begin(), axes.end(),
                       [&](std::int32_t axis) { return static_cast<std::size_t>(axis < 0 ? axis + rank : axis) == i; });
  };
  Permutation left;
  for (std::size_t i = 0; i < permutation.size(); ++i)
    if (!is_dropped(i)) left.push_back(permutation[i]);
  Permutation ranks(left.size());
  for (std::size_t i = 0; i < left.size(); ++i)
    ranks[i] = static_cast<std::int32_t>(std::count_if(left.begin(), left.end(), [&](auto a) { return a < left[i]; }));
  return ranks;
}

std::optional<Sunk> move_axes(ir::Patch& patch, const Site& site, const Permutation& permutation, bool keeps_axes) {
  const auto axes = ints_of(site, 1);
  if (!axes) return std::nullopt;
  Sunk result{site.node(), keeps_axes ? permutation : without(permutation, *axes)};
  Ints moved;
  for (const std::int32_t axis : *axes) moved.push_back(untransposed(axis, permutation));
  std::sort(moved.begin(), moved.end());
  set_ints(patch, site, 1, moved, result.node);
  return result;
}

std::optional<Sunk> move_reduction(ir::Patch& patch, const Site& site, const Permutation& permutation) {
  return move_axes(patch, site, permutation, site.node().attrs.as<ops::ReduceAttrs>().keep_dims);
}

std::optional<Sunk> move_search(ir::Patch& patch, const Site& site, const Permutation& permutation) {
  return move_axes(patch, site, permutation, false);
}

std::optional<Sunk> move_reversal(ir::Patch& patch, const Site& site, const Permutation& permutation) {
  return move_axes(patch, site, permutation, true);
}

std::optional<Sunk> move_slopes(ir::Patch& patch, const Site& site, const Permutation& permutation) {
  if (!site.is_constant(1)) return std::nullopt;
  auto slopes = before_permutation(site.input(1), permutation);
  if (!slopes) return std::nullopt;
  if (slopes->shape.rank() == static_cast<int>(permutation.size()) && slopes->shape[0] == 1)
    slopes->shape.dims().erase(slopes->shape.dims().begin());
  Sunk result{site.node(), permutation};
  result.node.inputs[1] = patch.add_tensor(std::move(*slopes));
  return result;
}

const struct {
  std::string_view op;
  Rule rule;
} kRules[] = {
    {"BATCH_NORMALIZATION", move_axis_attribute<ops::BatchNormalizationAttrs>},
    {"CONCATENATION", move_axis_attribute<ops::ConcatenationAttrs>},
    {"ADD_N", keep},
    {"PAD", move_entries<1, 1, 2>},
    {"PADV2", move_entries<1, 1, 2>},
    {"MIRROR_PAD", move_entries<1, 1, 2>},
    {"SLICE", move_entries<1, 2, 1>},
    {"STRIDED_SLICE", move_strided_slice},
    {"TILE", move_entries<1, 1, 1>},
    {"MEAN", move_reduction},
    {"SUM", move_reduction},
    {"REDUCE_MAX", move_reduction},
    {"REDUCE_MIN", move_reduction},
    {"REDUCE_PROD", move_reduction},
    {"REDUCE_ANY", move_reduction},
    {"REDUCE_ALL", move_reduction},
    {"ARG_MAX", move_search},
    {"ARG_MIN", move_search},
    {"PRELU", move_slopes},
    {"REVERSE_V2", move_reversal},
};

Rule rule_for(const Site& site) {
  for (const auto& row : kRules)
    if (site.is(row.op)) return row.rule;
  return ops::def(site.node()).elementwise && site.node().inputs.size() == 1 ? keep : nullptr;
}

}  // namespace

bool has_sink_rule(const Site& site) { return site.node().outputs.size() == 1 && rule_for(site) != nullptr; }

std::optional<Sunk> sunk(ir::Patch& patch, const Site& site, const Permutation& permutation) {
  return rule_for(site)(patch, site, permutation);
}

}  // namespace litesmith::passes
