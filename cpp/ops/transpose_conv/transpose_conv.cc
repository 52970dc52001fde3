#include "ops/transpose_conv/transpose_conv.h"

#include "ops/axes.h"
#include "ops/dynamic_range_rules.h"
#include "ops/host_prepare.h"
#include "ops/kernel_table.h"
#include "ops/static_rules.h"
#include "ops/tiles.h"
#include "ops/transpose_conv/float.h"
#include "ops/transpose_conv/integer.h"
#include "ops/weights.h"
#include "ops/window_options.h"

namespace litesmith::ops::transpose_conv {
namespace {

constexpr int kOptional[] = {3};
constexpr TypePair kTypes[] = {{DType::float32, DType::float32},
                               {DType::int8, DType::int8},
                               {DType::uint8, DType::uint8},
                               {DType::int16, DType::int8},
                               {DType::float32, DType::int8}};

void check_channels(const NodeView& view) {
  const TensorInfo& w = view.input(1);
  const TensorInfo& x = view.input(2);
  if (!w.shape.has_rank()) return;
  for (int axis = 0; axis < 4; ++axis)
    view.require(w.shape[axis] != 0, "the filter '", w.name, "' (", w.shape, ") is empty");
  if (!x.shape.has_rank() || x.shape[3] == kUnknownDim || w.shape[3] == kUnknownDim) return;
  if (x.shape[3] != w.shape[3])
    view.fail("the filter '", w.name, "' (", w.shape, ") takes ", w.shape[3], " channels but '", x.name, "' (", x.shape,
              ") has ", x.shape[3], "; the filter's dimensions are output channels, height, width, input channels");
}

/// The result's shape from the values of operand 0.
Shape wished_shape(const NodeView& view, const std::vector<std::int64_t>& sizes, std::int32_t batch,
                   std::int32_t channels) {
  if (sizes.size() != 4) view.fail("its output shape has ", sizes.size(), " values but must have 4 (N, H, W, C)");
  std::vector<std::int32_t> dims;
  for (const std::int64_t size : sizes) {
    view.require(size >= 0, "its output shape holds ", size, " but must not be negative");
    dims.push_back(dimension(view, size));
  }
  const Shape shape(dims);
  if (batch != kUnknownDim && shape[0] != batch)
    view.fail("its output shape ", shape, " has a batch of ", shape[0], " but '", view.input(2).name, "' (",
              view.input(2).shape, ") has ", batch);
  if (channels != kUnknownDim && shape[3] != channels)
    view.fail("its output shape ", shape, " has ", shape[3], " channels but the filter '", view.input(1).name, "' (",
              view.input(1).shape, ") makes ", channels);
  return shape;
}

void infer(InferContext& context) {
  const auto& a = context.attrs<TransposeConvAttrs>();
  context.require_type(0, {DType::int32});
  require_pair(context, 2, 1, kTypes);
  context.require_rank(1, 4);
  context.require_rank(2, 4);
  check_channels(context);
  for (const std::int32_t stride : {a.stride_h, a.stride_w})
    context.require(stride > 0, "its stride is ", stride, " but must be at least 1");
  const TensorInfo& x = context.input(2);
  const Shape& w = context.input(1).shape;
  const std::int32_t batch = x.shape.has_rank() ? x.shape[0] : kUnknownDim;
  const std::int32_t channels = w.has_rank() ? w[0] : kUnknownDim;
  require_bias(context, 3, channels, x.dtype);
  const auto sizes = context.ints(0);
  context.set_output(
      0, x.dtype,
      sizes ? wished_shape(context, *sizes, batch, channels) : Shape{batch, kUnknownDim, kUnknownDim, channels});
}

std::int64_t pad(const NodeView& view, std::string_view name, std::int64_t output, std::int64_t kernel,
                 std::int64_t stride) {
  const Padding padding = view.attrs<TransposeConvAttrs>().padding;
  return padding == Padding::valid ? 0 : fit_window(view, padding, {name, output, kernel, stride}).pad_before;
}

TransposedConv shape_of(const PrepareContext& context) {
  const auto& a = context.attrs<TransposeConvAttrs>();
  const Shape& w = context.input(1).shape;
  const Shape& x = context.input(2).shape;
  const Shape& y = context.output().shape;
  const auto axis = [&](int i, std::string_view name, std::int32_t stride) -> Axis {
    return {x[i], y[i], w[i], stride, pad(context, name, y[i], w[i], stride)};
  };
  return {.batch = x[0],
          .in_c = x[3],
          .out_c = w[0],
          .h = axis(1, "height", a.stride_h),
          .w = axis(2, "width", a.stride_w),
          .clamp = fused_clamp(context, a.activation)};
}

Step prepare_float(const PrepareContext& context, simd::Isa isa) { return float_step(context, isa, shape_of(context)); }

Step prepare_integer(const PrepareContext& context, simd::Isa isa) {
  return integer_step(context, isa, shape_of(context));
}

constexpr Kernel kKernels[] = {
#include "ops/transpose_conv/kernels.inc"
};

Step prepare(const PrepareContext& context) { return prepare_best(kKernels, context); }

int version(const VersionQuery& query) {
  const auto& a = query.node.attrs.as<TransposeConvAttrs>();
  if (query.input_type(2) == DType::int16 && a.quantized_bias_type != DType::float32) return 5;
  if (a.activation != Activation::none) return 4;
  if (query.has_input(3)) return 3;
  return query.input_type(1) == DType::int8 ? 2 : 1;
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      {.identity = {"TRANSPOSE_CONV"},
       .builtin_code = 67,
       .inputs = {3, 4},
       .optional_inputs = kOptional,
       .newest_version = 5,
       .version = version,
       .infer = infer,
       .read = read_window_options<TransposeConvAttrs, &::tflite::Operator::builtin_options_as_TransposeConvOptions>,
       .write = write_window_options<TransposeConvAttrs, ::tflite::TransposeConvOptionsBuilder>,
       .options_type = 49,
       .prepare = prepare,
       .host = prepare_and_run,
       .linear = {.filter = 1, .bias = 3, .channel_axis = 0},
       .quantization = {.int8 = kFree, .int16x8 = kFree, .dynamic_range = hybrid_weights(0)},
       .fused_activation = fused_activation_of<TransposeConvAttrs>()}};
  return kOps;
}

}  // namespace litesmith::ops::transpose_conv
