#include <algorithm>

#include "base/error.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"
#include "ops/op_def.h"
#include "ops/padding.h"
#include "ops/reshape/reshape.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

/// Of one spatial axis: its block, and what is added (negative: cut off) before and after the blocks are put apart or
/// together.
struct BlockedAxis {
  std::int32_t block, before, after;
};

/// Constant blocks and edges of SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND.
std::optional<std::vector<BlockedAxis>> blocked_axes(const Site& site) {
  if (!site.is_constant(1) || !site.is_constant(2) || site.input(1).dtype != DType::int32 ||
      site.input(2).dtype != DType::int32)
    return std::nullopt;
  const auto blocks = site.input(1).data->to_vector<std::int32_t>();
  const auto edges = site.input(2).data->to_vector<std::int32_t>();
  std::vector<BlockedAxis> axes;
  for (std::size_t i = 0; i < blocks.size(); ++i) axes.push_back({blocks[i], edges[2 * i], edges[2 * i + 1]});
  return axes;
}

/// The nodes between the blocks: SPACE_TO_BATCH_ND, view?, convolution, view?, PAD?, BATCH_TO_SPACE_ND.
struct Sandwich {
  Site to_batch, convolution;
  std::vector<BlockedAxis> axes;  ///< the convolution's padding, if it were dilated
  bool is_line = false;           ///< images are lines: the convolution's axis `unit` is added around it
  int unit = 1;
};

/// Zeros that a PAD adds to the spatial axes of its operand.
std::optional<std::vector<std::int32_t>> spatial_paddings(const Site& pad) {
  if (!pad.is_constant(1) || pad.input(1).dtype != DType::int32) return std::nullopt;
  const auto rows = pad.input(1).data->to_vector<std::int32_t>();
  if (rows.size() < 6 || rows[0] != 0 || rows[1] != 0 || rows[rows.size() - 2] != 0 || rows.back() != 0)
    return std::nullopt;
  return std::vector<std::int32_t>(rows.begin() + 2, rows.end() - 2);
}

bool is_view(const Site& site) { return ops::def(site.node()).is_view; }

/// The axis of size 1 by which an image [N, H, W, C] differs from a line [N, W, C]; nullopt when it does not.
std::optional<int> unit_axis(const Shape& line, const Shape& image) {
  if (line.rank() != 3 || image.rank() != 4 || line[2] != image[3]) return std::nullopt;
  for (const int axis : {1, 2})
    if (image[axis] == 1 && image[3 - axis] == line[1]) return axis;
  return std::nullopt;
}

/// Crops of zeros that stand past the convolution's results cancel; the rest reduces its padding.
bool cancel(std::vector<BlockedAxis>& axes, const std::vector<BlockedAxis>& crops,
            const std::vector<std::int32_t>& padding) {
  if (axes.size() != crops.size() || (!padding.empty() && padding.size() != 2 * axes.size())) return false;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    BlockedAxis& axis = axes[i];
    const std::int32_t extra_before = padding.empty() ? 0 : padding[2 * i] * axis.block;
    const std::int32_t extra_after = padding.empty() ? 0 : padding[2 * i + 1] * axis.block;
    const std::int32_t before = crops[i].before - extra_before, after = crops[i].after - extra_after;
    if (crops[i].block != axis.block || before < 0 || after < 0) return false;
    axis.before -= before;
    axis.after -= after;
    if (axis.before < 0 || axis.after < 0) return false;
  }
  return true;
}

/// Walks from a node to what computes its operands 0.
class Walk {
 public:
  explicit Walk(const Site& site) : start_(site), id_(site.id) {}
  Site site() const { return start_.at(id_); }
  /// Goes on; false when operand 0 is not computed, or not only for this node.
  bool next() {
    const auto producer = site().producer_of(0);
    if (!producer || !start_.uses.single_use(producer->node().output())) return false;
    id_ = producer->id;
    return true;
  }

 private:
  const Site& start_;
  ir::NodeId id_;
};

std::optional<Sandwich> find_sandwich(const Site& to_space) {
  Walk walk(to_space);
  const auto crops = blocked_axes(to_space);
  if (!crops || !walk.next()) return std::nullopt;
  std::vector<std::int32_t> padding;
  if (walk.site().is("PAD")) {
    const auto found = spatial_paddings(walk.site());
    if (!found || !walk.next()) return std::nullopt;
    padding = *found;
  }
  std::optional<int> unit;
  if (is_view(walk.site())) {
    unit = unit_axis(walk.site().output().shape, walk.site().input(0).shape);
    if (!unit || !walk.next()) return std::nullopt;
  }
  const Site convolution = walk.site();
  if (!walk.next()) return std::nullopt;
  if (unit) {
    const Site view = walk.site();
    if (!is_view(view) || unit_axis(view.input(0).shape, view.output().shape) != unit || !walk.next())
      return std::nullopt;
  }
  const Site to_batch = walk.site();
  if (!to_batch.is("SPACE_TO_BATCH_ND")) return std::nullopt;
  auto axes = blocked_axes(to_batch);
  if (!axes || axes->size() != (unit ? 1U : 2U) || !cancel(*axes, *crops, padding)) return std::nullopt;
  return Sandwich{to_batch, convolution, *axes, unit.has_value(), unit.value_or(1)};
}

/// Adds nodes in front of and behind the dilated convolution, each after the one before.
class Chain {
 public:
  Chain(ir::Patch& patch, const Site& to_space, std::vector<std::string> origins)
      : patch_(patch), to_space_(to_space), origins_(std::move(origins)) {}

  ir::TensorId add(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs, Shape shape) {
    ir::Tensor result = to_space_.output();
    result.name = concat(result.name, "/", op);
    result.shape = std::move(shape);
    const ir::TensorId id = patch_.add_tensor(std::move(result));
    finish(ops::make_node(op, std::move(attrs), std::move(inputs), {id}));
    return id;
  }
  void finish(ir::Node node) {
    node.origins = origins_;
    patch_.add_node(to_space_.id, std::move(node));
  }
  ir::TensorId add_ints(std::string_view name, Shape shape, const std::vector<std::int32_t>& values) {
    ir::Tensor tensor;
    tensor.name = concat(to_space_.output().name, "/", name);
    tensor.dtype = DType::int32;
    tensor.shape = std::move(shape);
    tensor.data = Bytes::copy_of(std::span<const std::int32_t>(values));
    return patch_.add_tensor(std::move(tensor));
  }

 private:
  ir::Patch& patch_;
  const Site& to_space_;
  std::vector<std::string> origins_;
};

Shape with_unit(Shape shape, int axis) {
  shape.dims().insert(shape.dims().begin() + axis, 1);
  return shape;
}

/// The operand of the dilated convolution, as an image with its padding.
ir::TensorId add_image(Chain& chain, const Sandwich& found) {
  ir::TensorId image = found.to_batch.node().input(0);
  Shape shape = found.to_batch.input(0).shape;
  if (found.is_line) {
    shape = with_unit(shape, found.unit);
    image = chain.add("EXPAND_DIMS", {}, {image, chain.add_ints("axis", {}, {found.unit})}, shape);
  }
  std::vector<std::int32_t> rows(8, 0);
  for (std::size_t i = 0; i < found.axes.size(); ++i) {
    const std::size_t axis = found.is_line ? static_cast<std::size_t>(3 - found.unit) : i + 1;
    rows[2 * axis] = found.axes[i].before;
    rows[2 * axis + 1] = found.axes[i].after;
  }
  if (std::all_of(rows.begin(), rows.end(), [](std::int32_t zeros) { return zeros == 0; })) return image;
  for (int axis = 1; axis < 3; ++axis)
    if (shape[axis] >= 0)
      shape[axis] += rows[2 * static_cast<std::size_t>(axis)] + rows[2 * static_cast<std::size_t>(axis) + 1];
  return chain.add("PAD", {}, {image, chain.add_ints("paddings", {4, 2}, rows)}, shape);
}

template <class ConvolutionAttrs>
std::optional<ir::Patch> merge(const Site& to_space, const Sandwich& found) {
  auto attrs = found.convolution.node().attrs.as<ConvolutionAttrs>();
  const Shape& filter = found.convolution.input(1).shape;
  if (attrs.stride_h != 1 || attrs.stride_w != 1 || attrs.dilation_h != 1 || attrs.dilation_w != 1) return std::nullopt;
  if (attrs.padding != ops::Padding::valid && (filter[1] != 1 || filter[2] != 1)) return std::nullopt;
  attrs.padding = ops::Padding::valid;
  if (!found.is_line) {
    attrs.dilation_h = found.axes[0].block;
    attrs.dilation_w = found.axes[1].block;
  } else {
    (found.unit == 1 ? attrs.dilation_w : attrs.dilation_h) = found.axes[0].block;
  }
  ir::Patch patch(to_space.graph);
  Chain chain(patch, to_space, merge_origins(found.convolution.node().origins, to_space.node().origins));
  std::vector<ir::TensorId> inputs = found.convolution.node().inputs;
  inputs[0] = add_image(chain, found);
  const std::string_view op = found.convolution.node().op->name;
  if (found.is_line) {
    const ir::TensorId image = chain.add(op, attrs, inputs, with_unit(to_space.output().shape, found.unit));
    chain.finish(ops::make_node("SQUEEZE", ops::SqueezeAttrs{{found.unit}}, {image}, to_space.node().outputs));
  } else {
    chain.finish(ops::make_node(op, attrs, inputs, to_space.node().outputs));
  }
  patch.drop_node(to_space.id);
  return patch;
}

}  // namespace

std::optional<ir::Patch> merge_dilated_convolution(const Site& site) {
  if (!site.is("BATCH_TO_SPACE_ND")) return std::nullopt;
  const auto found = find_sandwich(site);
  if (!found || !found->to_batch.input(0).shape.has_rank() || !site.output().shape.has_rank()) return std::nullopt;
  if (found->convolution.is("CONV_2D")) return merge<ops::Conv2dAttrs>(site, *found);
  if (found->convolution.is("DEPTHWISE_CONV_2D")) return merge<ops::DepthwiseConv2dAttrs>(site, *found);
  return std::nullopt;
}

}  // namespace litesmith::passes
