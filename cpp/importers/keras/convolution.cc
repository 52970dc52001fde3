#include <string>

#include "importers/keras/window.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"

namespace litesmith::importers::keras {
namespace {

struct Window {
  PerAxis kernel, stride, dilation;
  ops::Padding padding = ops::Padding::valid;
};

Window window_of(LayerContext& c, int spatial) {
  return {per_axis(c, "kernel_size", spatial), per_axis(c, "strides", spatial), per_axis(c, "dilation_rate", spatial),
          padding_of(c)};
}

/// The operand as an image, behind zeros when the padding is causal.
ir::TensorId padded_image(LayerContext& c, int spatial, const Window& window) {
  const ir::TensorId image = to_image(c, spatial);
  if (c.config().get("padding", "valid") != "causal") return image;
  if (spatial != 1) c.fail("the padding 'causal' is for one spatial axis");
  return pad_causal(c, image, window.kernel.w, window.dilation.w);
}

ir::TensorId bias_of(LayerContext& c, int channels) {
  return c.config().get("use_bias", true) ? c.weight("bias", Shape{channels}) : ir::kAbsent;
}

ir::TensorId add_conv(LayerContext& c, const Window& window, ir::TensorId image, ir::TensorId filter,
                      ir::TensorId bias) {
  return c.add("CONV_2D",
               ops::Conv2dAttrs{.padding = window.padding,
                                .stride_h = window.stride.h,
                                .stride_w = window.stride.w,
                                .dilation_h = window.dilation.h,
                                .dilation_w = window.dilation.w},
               {image, filter, bias});
}

/// Kernel [(h,) w, in, out] as the operator's [out, h, w, in].
ir::TensorId conv_filter(LayerContext& c, std::string_view names, int spatial, PerAxis kernel, int in, int out) {
  const Shape& got = c.weight_shape(names);
  if (in == kUnknownDim && got.rank() == spatial + 2) in = got[spatial];
  if (spatial == 1)
    return c.weight(names, {kernel.w, in, out}, {.order = {2, 0, 1}, .shape = {out, 1, kernel.w, in}, .reversed = {}});
  return c.weight(names, {kernel.h, kernel.w, in, out},
                  {.order = {3, 0, 1, 2}, .shape = {out, kernel.h, kernel.w, in}, .reversed = {}});
}

template <int kSpatial>
Results import_conv(LayerContext& c) {
  const Window window = window_of(c, kSpatial);
  const int filters = c.config()["filters"].as<int>();
  const int groups = c.config().get("groups", 1);
  const ir::TensorId image = padded_image(c, kSpatial, window);
  const std::int32_t channels = c.shape(image).back();
  if (groups < 1 || filters % groups != 0 || (channels != kUnknownDim && channels % groups != 0))
    c.fail("groups=", groups, " must divide its ", channels, " input channels and its ", filters, " filters");
  const int in = channels == kUnknownDim ? kUnknownDim : channels / groups;
  const ir::TensorId filter = conv_filter(c, "kernel", kSpatial, window.kernel, in, filters);
  return activated_from_image(c, add_conv(c, window, image, filter, bias_of(c, filters)), kSpatial);
}

/// Kernel [(h,) w, channels, multiplier] as the operator's [1, h, w, channels * multiplier]: the same bytes.
ir::TensorId add_depthwise(LayerContext& c, std::string_view names, int spatial, const Window& window,
                           ir::TensorId image, bool with_bias) {
  const int multiplier = c.config().get("depth_multiplier", 1);
  const std::int32_t channels = c.known_dim(image, 3, "the number of channels");
  if (multiplier < 1 || std::int64_t{channels} * multiplier > INT32_MAX)
    c.fail("depth_multiplier=", multiplier, " is impossible for ", channels, " channels");
  const int results = channels * multiplier;
  const Shape stored = spatial == 1 ? Shape{window.kernel.w, channels, multiplier}
                                    : Shape{window.kernel.h, window.kernel.w, channels, multiplier};
  const ir::TensorId filter =
      c.weight(names, stored, {.order = {}, .shape = {1, window.kernel.h, window.kernel.w, results}, .reversed = {}});
  const ir::TensorId bias = with_bias ? bias_of(c, results) : ir::kAbsent;
  return c.add("DEPTHWISE_CONV_2D",
               ops::DepthwiseConv2dAttrs{.padding = window.padding,
                                         .stride_h = window.stride.h,
                                         .stride_w = window.stride.w,
                                         .dilation_h = window.dilation.h,
                                         .dilation_w = window.dilation.w,
                                         .depth_multiplier = multiplier},
               {image, filter, bias});
}

template <int kSpatial>
Results import_depthwise(LayerContext& c) {
  const Window window = window_of(c, kSpatial);
  const ir::TensorId image = padded_image(c, kSpatial, window);
  const ir::TensorId y = add_depthwise(c, "kernel|depthwise_kernel", kSpatial, window, image, true);
  return activated_from_image(c, y, kSpatial);
}

template <int kSpatial>
Results import_separable(LayerContext& c) {
  const Window window = window_of(c, kSpatial);
  const int filters = c.config()["filters"].as<int>();
  const ir::TensorId image = padded_image(c, kSpatial, window);
  const ir::TensorId depthwise = add_depthwise(c, "depthwise_kernel", kSpatial, window, image, false);
  const ir::TensorId pointwise =
      conv_filter(c, "pointwise_kernel", kSpatial, {1, 1}, c.shape(depthwise).back(), filters);
  const Window point{{1, 1}, {1, 1}, {1, 1}, ops::Padding::valid};
  return activated_from_image(c, add_conv(c, point, depthwise, pointwise, bias_of(c, filters)), kSpatial);
}

}  // namespace

std::span<const LayerRule> convolution_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "Conv1D", .import = import_conv<1>, .weights = "kernel bias?", .aliases = "Convolution1D"},
      {.name = "Conv2D", .import = import_conv<2>, .weights = "kernel bias?", .aliases = "Convolution2D"},
      {.name = "DepthwiseConv1D", .import = import_depthwise<1>, .weights = "kernel|depthwise_kernel bias?"},
      {.name = "DepthwiseConv2D", .import = import_depthwise<2>, .weights = "kernel|depthwise_kernel bias?"},
      {.name = "SeparableConv1D",
       .import = import_separable<1>,
       .weights = "depthwise_kernel pointwise_kernel bias?",
       .aliases = "SeparableConvolution1D"},
      {.name = "SeparableConv2D",
       .import = import_separable<2>,
       .weights = "depthwise_kernel pointwise_kernel bias?",
       .aliases = "SeparableConvolution2D"},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
