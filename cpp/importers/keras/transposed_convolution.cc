#include <algorithm>

#include "importers/keras/window.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/transpose_conv/transpose_conv.h"

namespace litesmith::importers::keras {
namespace {

/// One spatial axis of a transposed convolution. Sizes as Keras computes them.
struct Axis {
  int kernel = 1;  // dilated
  int stride = 1;
  /// Result size = input size * stride + extra.
  int extra = 0;
};

Axis axis_of(const LayerContext& c, int kernel, int stride, int dilation, int output_padding) {
  const bool same = padding_of(c) == ops::Padding::same;
  Axis axis{.kernel = (kernel - 1) * dilation + 1, .stride = stride};
  if (output_padding < 0) {
    axis.extra = same ? 0 : std::max(axis.kernel - stride, 0);
    return axis;
  }
  if (output_padding >= stride) c.fail("output_padding ", output_padding, " must be below the stride ", stride);
  axis.extra = output_padding - stride + (same ? axis.kernel % 2 : axis.kernel);
  if (same && axis.extra <= -stride)
    c.unsupported("output_padding ", output_padding, " with the even kernel size ", kernel,
                  " and padding 'same' gives a size from which no convolution leads back; leave output_padding out");
  return axis;
}

struct Transposed {
  PerAxis kernel, dilation;
  Axis h, w;
  int filters = 0;
};

Transposed transposed_of(const LayerContext& c, int spatial) {
  const PerAxis kernel = per_axis(c, "kernel_size", spatial);
  const PerAxis stride = per_axis(c, "strides", spatial);
  const PerAxis dilation = per_axis(c, "dilation_rate", spatial);
  PerAxis extra{-1, -1};
  if (const Value value = c.config()["output_padding"]) {
    std::vector<int> sizes = value.as<std::vector<int>>();
    if (sizes.size() == 1) sizes.push_back(sizes[0]);
    if (sizes.size() != 2) c.fail("'output_padding' is ", value.text(), " but must be one number per spatial axis");
    extra = {spatial == 1 ? -1 : sizes[0], sizes[1]};
  }
  return {kernel, dilation, axis_of(c, kernel.h, stride.h, dilation.h, extra.h),
          axis_of(c, kernel.w, stride.w, dilation.w, extra.w), c.config()["filters"].as<int>()};
}

/// Kernel [(h,) w, out, in] as [out, h, w, in], spatially reversed for an ordinary convolution.
ir::TensorId filter_of(LayerContext& c, int spatial, const Transposed& t, int in, bool reversed) {
  const Shape shape{t.filters, t.kernel.h, t.kernel.w, in};
  if (spatial == 1)
    return c.weight("kernel", {t.kernel.w, t.filters, in},
                    {.order = {1, 0, 2}, .shape = shape, .reversed = {reversed, false, false}});
  return c.weight("kernel", {t.kernel.h, t.kernel.w, t.filters, in},
                  {.order = {2, 0, 1, 3}, .shape = shape, .reversed = {reversed, reversed, false, false}});
}

/// Zeros that turn a transposed convolution of stride 1 into a VALID one: before and after the axis.
std::pair<int, int> border(const Axis& axis) {
  const int cut = std::max(axis.kernel - 1 - axis.extra, 0);
  const int before = axis.kernel - 1 - cut / 2;
  return {before, axis.extra - before + axis.kernel - 1};
}

ir::TensorId add_stride_1(LayerContext& c, int spatial, const Transposed& t, ir::TensorId image, ir::TensorId bias) {
  const auto rows = border(t.h);
  const auto columns = border(t.w);
  const int in = c.known_dim(image, 3, "the number of channels");
  const bool same = padding_of(c) == ops::Padding::same && rows.first == rows.second && columns.first == columns.second;
  if (!same) image = pad(c, image, {{0, 0}, rows, columns, {0, 0}});
  return c.add("CONV_2D",
               ops::Conv2dAttrs{.padding = same ? ops::Padding::same : ops::Padding::valid,
                                .dilation_h = t.dilation.h,
                                .dilation_w = t.dilation.w},
               {image, filter_of(c, spatial, t, in, true), bias});
}

/// TRANSPOSE_CONV's operand 0. It must be exact, also in the batch: an unknown one is read at run time.
ir::TensorId output_shape(LayerContext& c, const Transposed& t, ir::TensorId image) {
  const Shape& x = c.shape(image);
  const auto size = [&c](std::int32_t in, const Axis& axis) {
    if (in == kUnknownDim) return kUnknownDim;
    const std::int64_t out = std::int64_t{in} * axis.stride + axis.extra;
    if (out < 1 || out > INT32_MAX) c.fail("would give an image with a side of ", out);
    return static_cast<std::int32_t>(out);
  };
  const Dims dims{x[0], size(x[1], t.h), size(x[2], t.w), t.filters};
  const Dims known(dims.begin() + 1, dims.end());
  if (std::find(dims.begin(), dims.end(), kUnknownDim) == dims.end()) return c.ints("output_shape", dims);
  if (std::find(known.begin(), known.end(), kUnknownDim) == known.end())
    return concatenate(c, {runtime_dims(c, image, 0, 1), c.ints("output_shape", known)}, 0);
  const ir::TensorId grown =
      binary(c, "MUL", runtime_dims(c, image, 0, 3), c.ints("strides", {1, t.h.stride, t.w.stride}));
  const ir::TensorId sizes = binary(c, "ADD", grown, c.ints("extra", {0, t.h.extra, t.w.extra}));
  return concatenate(c, {sizes, c.ints("filters", {t.filters})}, 0);
}

ir::TensorId add_strided(LayerContext& c, int spatial, const Transposed& t, ir::TensorId image, ir::TensorId bias) {
  if (t.dilation.h > 1 || t.dilation.w > 1)
    c.unsupported("dilation_rate above 1 together with strides above 1 has no conversion");
  const int in = c.known_dim(image, 3, "the number of channels");
  std::vector<ir::TensorId> operands{output_shape(c, t, image), filter_of(c, spatial, t, in, false), image};
  if (bias != ir::kAbsent) operands.push_back(bias);
  return c.add("TRANSPOSE_CONV",
               ops::TransposeConvAttrs{.padding = padding_of(c), .stride_h = t.h.stride, .stride_w = t.w.stride},
               std::move(operands), DType::float32);
}

template <int kSpatial>
Results import_transposed(LayerContext& c) {
  const Transposed t = transposed_of(c, kSpatial);
  const ir::TensorId image = to_image(c, kSpatial);
  const bool stride_1 = t.h.stride == 1 && t.w.stride == 1;
  const ir::TensorId bias = c.config().get("use_bias", true) ? c.weight("bias", Shape{t.filters}) : ir::kAbsent;
  const ir::TensorId y =
      stride_1 ? add_stride_1(c, kSpatial, t, image, bias) : add_strided(c, kSpatial, t, image, bias);
  return activated_from_image(c, y, kSpatial);
}

constexpr std::string_view kNote =
    "strides of 1 become CONV_2D; with an unknown batch TRANSPOSE_CONV's output shape is computed at run time; no "
    "dilation together with strides";

}  // namespace

std::span<const LayerRule> transposed_convolution_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "Conv1DTranspose",
       .import = import_transposed<1>,
       .weights = "kernel bias?",
       .aliases = "Convolution1DTranspose",
       .note = kNote},
      {.name = "Conv2DTranspose",
       .import = import_transposed<2>,
       .weights = "kernel bias?",
       .aliases = "Convolution2DTranspose Deconvolution2D",
       .note = kNote},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
