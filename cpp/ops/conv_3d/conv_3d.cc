#include "ops/conv_3d/conv_3d.h"

#include "ops/axes.h"
#include "ops/conv_3d/float.h"
#include "ops/host_prepare.h"
#include "ops/map.h"
#include "ops/weights.h"
#include "ops/window_options.h"

namespace litesmith::ops::conv_3d {
namespace {

constexpr int kOptional[] = {2};
constexpr int kOptionalOfTranspose[] = {3};
constexpr std::string_view kAxisNames[] = {"depth", "height", "width"};

struct Steps {
  std::int32_t strides[3];
  std::int32_t dilations[3];
};

Steps steps(const Conv3dAttrs& a) {
  return {{a.stride_d, a.stride_h, a.stride_w}, {a.dilation_d, a.dilation_h, a.dilation_w}};
}

void check_filter(const NodeView& view, const TensorInfo& x, int filter_channels) {
  const TensorInfo& w = view.input(1);
  if (!w.shape.has_rank()) return;
  for (int axis = 0; axis < 5; ++axis)
    view.require(w.shape[axis] != 0, "the filter '", w.name, "' (", w.shape, ") is empty");
  const std::int32_t channels = w.shape[filter_channels];
  if (!x.shape.has_rank() || x.shape[4] == kUnknownDim || channels == kUnknownDim || x.shape[4] == channels) return;
  view.fail("the filter '", w.name, "' (", w.shape, ") takes ", channels, " channels but '", x.name, "' (", x.shape,
            ") has ", x.shape[4]);
}

/// How windows over `image` fit along spatial axis i (0 to 2).
WindowFit fit(const NodeView& view, const Shape& image, int i) {
  const auto& a = view.attrs<Conv3dAttrs>();
  const Steps s = steps(a);
  const Shape& w = view.input(1).shape;
  return fit_window(view, a.padding,
                    {kAxisNames[i], image.has_rank() ? image[i + 1] : kUnknownDim, w.has_rank() ? w[i] : kUnknownDim,
                     s.strides[i], s.dilations[i]});
}

void infer_conv(InferContext& context) {
  context.require_type(0, {DType::float32});
  context.require_type(1, {DType::float32});
  context.require_rank(0, 5);
  context.require_rank(1, 5);
  const TensorInfo& x = context.input(0);
  const Shape& w = context.input(1).shape;
  check_filter(context, x, 3);
  const std::int32_t channels = w.has_rank() ? w[4] : kUnknownDim;
  require_bias(context, 2, channels, DType::float32);
  Shape shape{x.shape.has_rank() ? x.shape[0] : kUnknownDim, 0, 0, 0, channels};
  for (int i = 0; i < 3; ++i) shape[i + 1] = dimension_or_unknown(context, fit(context, x.shape, i).output);
  context.set_output(0, DType::float32, shape);
}

Shape wished_shape(const NodeView& view, std::int32_t batch, std::int32_t channels) {
  Shape shape{batch, kUnknownDim, kUnknownDim, kUnknownDim, channels};
  const auto sizes = view.ints(0);
  if (!sizes) return shape;
  if (sizes->size() != 5) view.fail("its output shape has ", sizes->size(), " values but must have 5 (N, D, H, W, C)");
  for (int axis = 0; axis < 5; ++axis) {
    const std::int64_t size = (*sizes)[static_cast<std::size_t>(axis)];
    view.require(size >= 0, "its output shape holds ", size, " but must not be negative");
    if (shape[axis] != kUnknownDim && shape[axis] != size)
      view.fail("dimension ", axis, " of its output shape is ", size, " but input '", view.input(2).name,
                "' and filter '", view.input(1).name, "' give ", shape[axis]);
    shape[axis] = dimension(view, size);
  }
  return shape;
}

void infer_transpose(InferContext& context) {
  context.require_type(0, {DType::int32});
  context.require_type(1, {DType::float32});
  context.require_type(2, {DType::float32});
  context.require_rank(1, 5);
  context.require_rank(2, 5);
  const TensorInfo& x = context.input(2);
  const Shape& w = context.input(1).shape;
  check_filter(context, x, 4);
  const Steps s = steps(context.attrs<Conv3dAttrs>());
  for (int i = 0; i < 3; ++i)
    context.require(s.strides[i] > 0 && s.dilations[i] > 0, "its ", kAxisNames[i], " stride ", s.strides[i],
                    " and dilation ", s.dilations[i], " must be at least 1");
  const std::int32_t channels = w.has_rank() ? w[3] : kUnknownDim;
  require_bias(context, 3, channels, DType::float32);
  context.set_output(0, DType::float32, wished_shape(context, x.shape.has_rank() ? x.shape[0] : kUnknownDim, channels));
}

Step prepare_conv(const PrepareContext& context, simd::Isa isa) {
  const auto& a = context.attrs<Conv3dAttrs>();
  const Steps s = steps(a);
  const Shape& x = context.input(0).shape;
  const Shape& w = context.input(1).shape;
  const Shape& y = context.output().shape;
  FloatConv3d conv{.batch = x[0],
                   .in_c = w[3],
                   .out_c = w[4],
                   .axes = {},
                   .view = kernels::weights_kn(nullptr, w.count(0, 4), w[4]),
                   .clamp = fused_clamp(context, a.activation)};
  if (elements(y) > 0)
    for (int i = 0; i < 3; ++i)
      conv.axes[static_cast<std::size_t>(i)] =
          forward_axis(x[i + 1], y[i + 1], w[i], s.strides[i], s.dilations[i], fit(context, x, i).pad_before);
  return float_step(context, isa, std::move(conv), "conv_3d");
}

Step prepare_transpose(const PrepareContext& context, simd::Isa isa) {
  const auto& a = context.attrs<Conv3dAttrs>();
  const Steps s = steps(a);
  const Shape& w = context.input(1).shape;
  const Shape& x = context.input(2).shape;
  const Shape& y = context.output().shape;
  const std::int64_t in_c = w[4];
  FloatConv3d conv{.input = 2,
                   .bias = 3,
                   .batch = x[0],
                   .in_c = in_c,
                   .out_c = w[3],
                   .axes = {},
                   .view = {.ci_size = in_c, .n_stride = in_c, .ky_stride = in_c * w[3]},
                   .clamp = fused_clamp(context, a.activation)};
  if (elements(y) > 0)
    for (int i = 0; i < 3; ++i) {
      const std::int64_t pad = a.padding == Padding::valid ? 0 : fit(context, y, i).pad_before;
      conv.axes[static_cast<std::size_t>(i)] =
          transposed_axis(x[i + 1], y[i + 1], w[i], s.strides[i], s.dilations[i], pad);
    }
  return float_step(context, isa, std::move(conv), "conv_3d_transpose");
}

constexpr Kernel kConv[] = {
    {"conv_3d/avx512", simd::Isa::avx512, {DType::float32, DType::float32}, {}, nullptr, prepare_conv},
    {"conv_3d/avx2", simd::Isa::avx2, {DType::float32, DType::float32}, {}, nullptr, prepare_conv},
    {"conv_3d/scalar", simd::Isa::scalar, {DType::float32, DType::float32}, {}, nullptr, prepare_conv},
};
constexpr Kernel kTranspose[] = {
    {"conv_3d_transpose/avx512", simd::Isa::avx512, {DType::int32, DType::float32}, {}, nullptr, prepare_transpose},
    {"conv_3d_transpose/avx2", simd::Isa::avx2, {DType::int32, DType::float32}, {}, nullptr, prepare_transpose},
    {"conv_3d_transpose/scalar", simd::Isa::scalar, {DType::int32, DType::float32}, {}, nullptr, prepare_transpose},
};

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      {.identity = {"CONV_3D"},
       .builtin_code = 132,
       .inputs = {2, 3},
       .optional_inputs = kOptional,
       .infer = infer_conv,
       .read = read_window_options<Conv3dAttrs, &::tflite::Operator::builtin_options_as_Conv3DOptions>,
       .write = write_window_options<Conv3dAttrs, ::tflite::Conv3DOptionsBuilder>,
       .options_type = 106,
       .prepare = prepare_from<kConv>,
       .linear = {.filter = 1, .bias = 2, .channel_axis = 4},
       .fused_activation = fused_activation_of<Conv3dAttrs>()},
      {.identity = {"CONV_3D_TRANSPOSE"},
       .builtin_code = 141,
       .inputs = {3, 4},
       .optional_inputs = kOptionalOfTranspose,
       .infer = infer_transpose,
       .read = read_window_options<Conv3dAttrs, &::tflite::Operator::builtin_options_as_Conv3DOptions>,
       .write = write_window_options<Conv3dAttrs, ::tflite::Conv3DOptionsBuilder>,
       .options_type = 106,
       .prepare = prepare_from<kTranspose>,
       .host = prepare_and_run,
       .linear = {.filter = 1, .bias = 3, .channel_axis = 3},
       .fused_activation = fused_activation_of<Conv3dAttrs>()}};
  return kOps;
}

}  // namespace litesmith::ops::conv_3d
