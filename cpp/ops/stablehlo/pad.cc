#include "ops/stablehlo/pad.h"

#include <algorithm>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/host_prepare.h"
#include "ops/stablehlo/file_dims.h"
#include "ops/stablehlo/stablehlo.h"

namespace litesmith::ops::stablehlo {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 31;

/// Padding of one axis; the elements stand `step` apart and the first of them at `low`.
struct Edge {
  std::int64_t low, high, step;
};

Edge edge_of(const NodeView& view, int axis) {
  const auto& attrs = view.attrs<StablehloPadAttrs>();
  const auto at = static_cast<std::size_t>(axis);
  const Edge edge{attrs.low[at], attrs.high[at], attrs.interior[at]};
  for (const std::int64_t padding : {edge.low, edge.high, edge.step})
    view.require(padding > -kMost && padding < kMost, "pads axis ", axis, " by ", padding,
                 " but tensors have fewer than 2^31 elements along an axis");
  view.require(edge.step >= 0, "pads axis ", axis, " by ", edge.step, " between elements; give 0 or more");
  return {edge.low, edge.high, edge.step + 1};
}

void infer(InferContext& context) {
  context.require_same_type(0, 1);
  require_one_value(context, 1);
  const TensorInfo& x = context.input(0);
  const Shape& shape = shape_up_to(context, 0);
  const auto& attrs = context.attrs<StablehloPadAttrs>();
  if (!shape.has_rank()) return context.set_output(0, x.dtype, Shape::unknown_rank());
  const auto rank = static_cast<std::size_t>(shape.rank());
  if (attrs.low.size() != rank || attrs.high.size() != rank || attrs.interior.size() != rank)
    context.fail("'", x.name, "' has shape ", shape, " but there are ", attrs.low.size(), " low, ", attrs.high.size(),
                 " high and ", attrs.interior.size(), " interior paddings; give one per dimension");
  Shape result = unknown_dims(context, shape.rank());
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const Edge edge = edge_of(context, axis);
    if (shape[axis] == kUnknownDim) continue;
    const std::int64_t inner = shape[axis] == 0 ? 0 : checked_product(shape[axis] - 1, edge.step) + 1;
    result[axis] = dimension(context, std::max<std::int64_t>(inner + edge.low + edge.high, 0), 0);
  }
  context.set_output(0, x.dtype, std::move(result));
}

struct Padded {
  kernels::StridedCopy copy;
  std::int64_t from, to;  // offsets in bytes
  std::int64_t elements, width;
};

Fault run(const Padded& params, const Operands& operands, TileRange) noexcept {
  kernels::fill_elements(operands.inputs[1], params.width, operands.outputs[0], params.elements);
  if (params.copy.bytes > 0)
    kernels::run_strided_copy(params.copy, operands.inputs[0] + params.from, operands.outputs[0] + params.to);
  return Fault::none;
}

Step prepare(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  const Shape& result = context.output().shape;
  const std::int64_t width = element_bytes(context, x);
  const auto from = dense_strides(x.shape, width);
  const auto to = dense_strides(result, width);
  std::vector<kernels::CopyAxis> axes;
  Padded params{{}, 0, 0, elements(result), width};
  for (int axis = 0; axis < result.rank(); ++axis) {
    const auto at = static_cast<std::size_t>(axis);
    const Edge edge = edge_of(context, axis);
    // The elements [first, end) have a place in the result.
    const std::int64_t first = edge.low < 0 ? (edge.step - 1 - edge.low) / edge.step : 0;
    const std::int64_t last = result[axis] - 1 - edge.low;
    const std::int64_t end = last < 0 ? 0 : std::min<std::int64_t>(last / edge.step + 1, x.shape[axis]);
    axes.push_back({std::max<std::int64_t>(end - first, 0), from[at], edge.step * to[at]});
    params.from += first * from[at];
    params.to += (edge.low + first * edge.step) * to[at];
  }
  params.copy = kernels::plan_strided_copy(axes, width);
  return make_step<run>(std::move(params), "stablehlo/scalar/pad");
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_2_as_StablehloPadOptions();
  if (options == nullptr) return StablehloPadAttrs{};
  return StablehloPadAttrs{dims_from_file(options->edge_padding_low()), dims_from_file(options->edge_padding_high()),
                           dims_from_file(options->interior_padding())};
}

flatbuffers::Offset<void> write(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<StablehloPadAttrs>();
  return ::tflite::CreateStablehloPadOptionsDirect(builder, &attrs.low, &attrs.high, &attrs.interior).Union();
}

}  // namespace

OpDef pad_row() {
  return {.identity = {"STABLEHLO_PAD"},
          .builtin_code = 195,
          .inputs = {2, 2},
          .infer = infer,
          .read = read,
          .write = write,
          .options_type = 10,
          .prepare = prepare,
          .host = prepare_and_run};
}

}  // namespace litesmith::ops::stablehlo
