#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"

#include "ops/depthwise_conv_2d/float.h"
#include "ops/depthwise_conv_2d/integer.h"
#include "ops/dynamic_range_rules.h"
#include "ops/image_window.h"
#include "ops/kernel_table.h"
#include "ops/static_rules.h"
#include "ops/weights.h"
#include "ops/window_options.h"

namespace litesmith::ops::depthwise_conv_2d {
namespace {

constexpr int kOptional[] = {2};
constexpr TypePair kTypes[] = {{DType::float32, DType::float32}, {DType::int8, DType::int8},
                               {DType::int8, DType::int4},       {DType::uint8, DType::uint8},
                               {DType::int16, DType::int8},      {DType::float32, DType::int8}};

void check_channels(const NodeView& view) {
  const TensorInfo& x = view.input(0);
  const TensorInfo& w = view.input(1);
  if (!w.shape.has_rank()) return;
  if (w.shape[0] != 1 && w.shape[0] != kUnknownDim)
    view.fail("the filter '", w.name, "' has shape ", w.shape, " but its first dimension must be 1");
  view.require(w.shape[3] != 0, "the filter '", w.name, "' (", w.shape, ") has no channels");
  if (!x.shape.has_rank() || x.shape[3] == kUnknownDim || w.shape[3] == kUnknownDim) return;
  if (x.shape[3] == 0 || w.shape[3] % x.shape[3] != 0)
    view.fail("the filter '", w.name, "' (", w.shape, ") has ", w.shape[3],
              " channels, which must be a multiple of the ", x.shape[3], " channels of '", x.name, "' (", x.shape, ")");
}

void infer(InferContext& context) {
  require_pair(context, 0, 1, kTypes);
  context.require_rank(0, 4);
  context.require_rank(1, 4);
  check_channels(context);
  const Shape& w = context.input(1).shape;
  const std::int32_t channels = w.has_rank() ? w[3] : kUnknownDim;
  require_bias(context, 2, channels, context.input(0).dtype);
  const Window2d window = filter_window(context.attrs<DepthwiseConv2dAttrs>(), w);
  context.set_output(0, context.input(0).dtype, windowed_shape(context, window, channels));
}

kernels::Conv2dShape shape_of(const PrepareContext& context) {
  const Window2d window = filter_window(context.attrs<DepthwiseConv2dAttrs>(), context.input(1).shape);
  return conv2d_shape(context, window, context.input(0).shape[3]);
}

Step prepare_float(const PrepareContext& context, simd::Isa isa) {
  const kernels::Conv2dShape shape = shape_of(context);
  const auto& a = context.attrs<DepthwiseConv2dAttrs>();
  return float_step(context, isa, {shape, context.input(1).shape[3] / shape.in_c, fused_clamp(context, a.activation)});
}

Step prepare_integer(const PrepareContext& context, simd::Isa isa) {
  return integer_step(context, isa, shape_of(context), context.attrs<DepthwiseConv2dAttrs>().activation);
}

constexpr Kernel kKernels[] = {
#include "ops/depthwise_conv_2d/kernels.inc"
};

Step prepare(const PrepareContext& context) { return prepare_best(kKernels, context); }

int version(const VersionQuery& query) {
  const auto& a = query.node.attrs.as<DepthwiseConv2dAttrs>();
  const DType x = query.input_type(0);
  if (x == DType::int16) return 5;
  if (is_hybrid(query, 0, 1)) return is_per_channel(query, 1) ? 6 : 4;
  if (x == DType::int8) return query.input_type(1) == DType::int4 ? 7 : 3;
  return a.dilation_h != 1 || a.dilation_w != 1 ? 2 : 1;
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      {.identity = {"DEPTHWISE_CONV_2D"},
       .builtin_code = 4,
       .inputs = {2, 3},
       .optional_inputs = kOptional,
       .newest_version = 7,
       .version = version,
       .infer = infer,
       .read =
           read_window_options<DepthwiseConv2dAttrs, &::tflite::Operator::builtin_options_as_DepthwiseConv2DOptions>,
       .write = write_window_options<DepthwiseConv2dAttrs, ::tflite::DepthwiseConv2DOptionsBuilder>,
       .options_type = 2,
       .prepare = prepare,
       .linear = {.filter = 1, .bias = 2, .channel_axis = 3},
       .quantization = {.int8 = kFree, .int16x8 = kFree, .dynamic_range = hybrid_weights(3)},
       .fused_activation = fused_activation_of<DepthwiseConv2dAttrs>()}};
  return kOps;
}

}  // namespace litesmith::ops::depthwise_conv_2d
