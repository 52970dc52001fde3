#include <algorithm>

#include "ops/batch_normalization/batch_normalization.h"
#include "ops/op_def.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

/// Operators that leave the values of the last dimension together.
bool keeps_last_dimension(const Site& site) {
  if (site.node().inputs.empty() || site.node().outputs.size() != 1) return false;
  const Shape& x = site.input(0).shape;
  const Shape& y = site.output().shape;
  if (!x.has_rank() || !y.has_rank() || x.rank() == 0 || y.rank() == 0 || x.back() < 1 || x.back() != y.back())
    return false;
  return ops::def(site.node()).is_view || site.is("BATCH_TO_SPACE_ND");
}

/// Whether operand 0 of a view comes, perhaps over more of them, from what folding and fusing merge with a lifted node.
bool leads_to_absorbing(const Site& view) {
  ir::NodeId id = view.id;
  const auto at = [&] { return view.at(id); };
  while (keeps_last_dimension(at())) {
    const auto source = at().producer_of(0);
    if (!source || !view.uses.single_use(source->node().output())) return false;
    id = source->id;
  }
  const Site site = at();
  const ops::OpDef& op = ops::def(site.node());
  return op.linear.filter >= 0 || site.is("BATCH_NORMALIZATION") ||
         (op.broadcasts && (site.is_constant(0) || site.is_constant(1)));
}

/// One value, or one per value of the last dimension.
bool is_per_channel(const ir::Tensor& tensor, std::int32_t channels) {
  if (!tensor.is_constant() || tensor.sparsity != nullptr || !tensor.shape.is_static()) return false;
  const std::int64_t count = elements(tensor.shape);
  return count == 1 || (count == channels && tensor.shape.back() == channels);
}

/// The node with its constant operand as a vector and its attributes for a result of this rank; nullopt for operators
/// that cannot be lifted.
std::optional<ir::Node> lifted(ir::Patch& patch, const Site& site, int operand, int rank) {
  ir::Node node = site.node();
  const std::int32_t channels = site.output().shape.back();
  if (site.is("BATCH_NORMALIZATION")) {
    auto attrs = node.attrs.as<ops::BatchNormalizationAttrs>();
    if (attrs.axis != site.output().shape.rank() - 1) return std::nullopt;
    attrs.axis = rank - 1;
    node.attrs = attrs;
    return node;
  }
  if (ops::def(node).is_activation != ops::Activation::none) return node;
  constexpr std::string_view kAffine[] = {"ADD", "SUB", "MUL"};
  if (std::find(std::begin(kAffine), std::end(kAffine), node.op->name) == std::end(kAffine)) return std::nullopt;
  if (site.input(operand).shape != site.output().shape || !is_per_channel(site.input(1 - operand), channels))
    return std::nullopt;
  ir::Tensor constant = site.input(1 - operand);
  constant.shape = Shape{static_cast<std::int32_t>(elements(constant.shape))};
  node.inputs[static_cast<std::size_t>(1 - operand)] = patch.add_tensor(std::move(constant));
  return node;
}

}  // namespace

std::optional<ir::Patch> lift_over_view(const Site& site) {
  if (site.node().outputs.size() != 1 || site.node().inputs.empty() || site.output().dtype != DType::float32)
    return std::nullopt;
  for (int operand = 0; operand < std::min(2, static_cast<int>(site.node().inputs.size())); ++operand) {
    const auto view = site.producer_of(operand);
    if (!view || !site.uses.single_use(site.node().input(operand)) || !keeps_last_dimension(*view)) continue;
    if (!leads_to_absorbing(*view)) continue;
    ir::Patch patch(site.graph);
    auto node = lifted(patch, site, operand, view->input(0).shape.rank());
    if (!node) continue;
    ir::Tensor before = view->input(0);
    before.name = site.output().name + "/before_view";
    const ir::TensorId result = patch.add_tensor(std::move(before));
    node->inputs[static_cast<std::size_t>(operand)] = view->node().input(0);
    node->outputs = {result};
    ir::Node moved = view->node();
    moved.inputs[0] = result;
    moved.outputs = site.node().outputs;
    patch.replace_node(view->id, std::move(*node));
    patch.replace_node(site.id, std::move(moved));
    return patch;
  }
  return std::nullopt;
}

}  // namespace litesmith::passes
