#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"

#include "ops/depthwise_conv_2d/float.h"
#include "ops/depthwise_conv_2d/integer.h"
#include "ops/dynamic_range_rules.h"
#include "ops/file_enum.h"
#include "ops/kernel_table.h"
#include "ops/static_rules.h"
#include "ops/weights.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::depthwise_conv_2d {
namespace {

constexpr int kOptional[] = {2};
constexpr TypePair kTypes[] = {{DType::float32, DType::float32}, {DType::int8, DType::int8},
                               {DType::int8, DType::int4},       {DType::uint8, DType::uint8},
                               {DType::int16, DType::int8},      {DType::float32, DType::int8}};

Window2dFit fit(const NodeView& view) {
  const auto& a = view.attrs<DepthwiseConv2dAttrs>();
  const Shape& w = view.input(1).shape;
  const auto size = [&](int axis) { return w.has_rank() ? std::int64_t{w[axis]} : kUnknownDim; };
  return fit_window(view, view.input(0).shape,
                    {a.padding, size(1), size(2), a.stride_h, a.stride_w, a.dilation_h, a.dilation_w});
}

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
  const Shape& x = context.input(0).shape;
  const Shape& w = context.input(1).shape;
  const std::int32_t channels = w.has_rank() ? w[3] : kUnknownDim;
  require_bias(context, 2, channels, context.input(0).dtype);
  const Window2dFit f = fit(context);
  context.set_output(
      0, context.input(0).dtype,
      {x.has_rank() ? x[0] : kUnknownDim, dimension(context, f.h.output), dimension(context, f.w.output), channels});
}

kernels::Conv2dShape shape_of(const PrepareContext& context) {
  const auto& a = context.attrs<DepthwiseConv2dAttrs>();
  const Shape& x = context.input(0).shape;
  const Shape& w = context.input(1).shape;
  const Shape& y = context.output().shape;
  const Window2dFit f = fit(context);
  return {.batch = x[0],
          .in_h = x[1],
          .in_w = x[2],
          .in_c = x[3],
          .out_h = y[1],
          .out_w = y[2],
          .kernel_h = w[1],
          .kernel_w = w[2],
          .stride_h = a.stride_h,
          .stride_w = a.stride_w,
          .dilation_h = a.dilation_h,
          .dilation_w = a.dilation_w,
          .pad_top = f.h.pad_before,
          .pad_left = f.w.pad_before};
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

ir::Attrs read(const ::tflite::Operator& node) {
  DepthwiseConv2dAttrs attrs{.stride_h = 0, .stride_w = 0};
  const auto* options = node.builtin_options_as_DepthwiseConv2DOptions();
  if (options == nullptr) return attrs;
  attrs.padding = enum_from_file(options->padding(), Padding::valid, "padding");
  attrs.stride_h = options->stride_h();
  attrs.stride_w = options->stride_w();
  attrs.dilation_h = options->dilation_h_factor();
  attrs.dilation_w = options->dilation_w_factor();
  attrs.depth_multiplier = options->depth_multiplier();
  attrs.activation = enum_from_file(options->fused_activation_function(), Activation::sign_bit, "fused activation");
  return attrs;
}

flatbuffers::Offset<void> write(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<DepthwiseConv2dAttrs>();
  ::tflite::DepthwiseConv2DOptionsBuilder options(builder);
  options.add_dilation_h_factor(attrs.dilation_h);
  options.add_dilation_w_factor(attrs.dilation_w);
  options.add_depth_multiplier(attrs.depth_multiplier);
  options.add_stride_h(attrs.stride_h);
  options.add_stride_w(attrs.stride_w);
  options.add_fused_activation_function(static_cast<::tflite::ActivationFunctionType>(attrs.activation));
  options.add_padding(static_cast<::tflite::Padding>(attrs.padding));
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"DEPTHWISE_CONV_2D"},
                                .builtin_code = 4,
                                .inputs = {2, 3},
                                .optional_inputs = kOptional,
                                .newest_version = 7,
                                .version = version,
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 2,
                                .prepare = prepare,
                                .linear = {.filter = 1, .bias = 2, .channel_axis = 3},
                                .quantization = {.int8 = kFree, .int16x8 = kFree, .dynamic_range = hybrid_weights(3)},
                                .fused_activation = fused_activation_of<DepthwiseConv2dAttrs>()}};
  return kOps;
}

}  // namespace litesmith::ops::depthwise_conv_2d
