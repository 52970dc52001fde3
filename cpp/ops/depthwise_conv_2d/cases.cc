#include <algorithm>

#include "base/error.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"

namespace litesmith::ops::depthwise_conv_2d {
namespace {

std::vector<Value> naive(const DepthwiseConv2dAttrs& a, const std::vector<Value>& inputs) {
  const Shape& xs = inputs[0].shape;
  const Shape& ws = inputs[1].shape;
  const Extent h = extent(a.padding, xs[1], ws[1], a.stride_h, a.dilation_h);
  const Extent v = extent(a.padding, xs[2], ws[2], a.stride_w, a.dilation_w);
  const Shape ys{xs[0], h.out, v.out, ws[3]};
  const std::int32_t multiplier = ws[3] / xs[3];
  Clamp clamp{};
  clamp_of(a.activation, clamp);
  std::vector<float> y;
  for_each(ys, [&](std::int32_t b, std::int32_t oy, std::int32_t ox, std::int32_t o) {
    double sum = inputs[2].absent ? 0 : static_cast<double>(inputs[2].as<float>()[static_cast<std::size_t>(o)]);
    for (std::int32_t ky = 0; ky < ws[1]; ++ky)
      for (std::int32_t kx = 0; kx < ws[2]; ++kx) {
        const std::int32_t iy = oy * a.stride_h + ky * a.dilation_h - h.before;
        const std::int32_t ix = ox * a.stride_w + kx * a.dilation_w - v.before;
        if (iy < 0 || iy >= xs[1] || ix < 0 || ix >= xs[2]) continue;
        sum += static_cast<double>(inputs[0].as<float>()[at(xs, b, iy, ix, o / multiplier)]) *
               inputs[1].as<float>()[at(ws, 0, ky, kx, o)];
      }
    y.push_back(std::clamp(static_cast<float>(sum), clamp.low, clamp.high));
  });
  return {value_of(ys, y)};
}

Case make(const Shape& input, const Shape& filter, DepthwiseConv2dAttrs attrs, bool is_constant = true,
          bool has_bias = true) {
  Value x = uniform(DType::float32, input, -1, 1, 1);
  Value w = uniform(DType::float32, filter, -1, 1, 2);
  Value bias = has_bias ? uniform(DType::float32, {filter[3]}, -1, 1, 3) : absent();
  w.constant = bias.constant = is_constant;
  return {.name = concat(input, " by ", filter, " strides ", attrs.stride_h, ",", attrs.stride_w, " dilations ",
                         attrs.dilation_h, ",", attrs.dilation_w, " ", padding_name(attrs.padding), " ",
                         name(attrs.activation), is_constant ? "" : ", fed", has_bias ? "" : ", no bias"),
          .op = "DEPTHWISE_CONV_2D",
          .attrs = attrs,
          .inputs = {x, w, bias},
          .outputs = {},
          .reference = [attrs](const std::vector<Value>& inputs) { return naive(attrs, inputs); },
          .relative = 1e-6 * filter[1] * filter[2],
          .absolute = 0};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Padding padding : {Padding::same, Padding::valid})
    for (const std::int32_t stride : {1, 2, 3})
      for (const std::int32_t dilation : {1, 2})
        for (const std::int32_t multiplier : {1, 2, 3})
          list.push_back(make({2, 9, 10, 5}, {1, 3, 4, 5 * multiplier},
                              {.padding = padding,
                               .stride_h = stride,
                               .stride_w = stride == 3 ? 1 : stride,
                               .dilation_h = dilation,
                               .dilation_w = 1,
                               .depth_multiplier = multiplier}));
  for (const std::int32_t channels : {1, 7, 8, 16, 17, 33, 130})
    for (const std::int32_t multiplier : {1, 2, 8})
      list.push_back(make({1, 5, 6, channels}, {1, 3, 3, channels * multiplier}, {.activation = Activation::relu6},
                          channels != 17 && channels != 130, channels != 8));
  list.push_back(make({1, 3, 3, 4}, {1, 5, 5, 4}, {.activation = Activation::relu}));
  list.push_back(make({1, 3, 3, 4}, {1, 3, 3, 4}, {.padding = Padding::valid, .activation = Activation::relu_n1_to_1}));
  list.push_back(make({0, 3, 3, 4}, {1, 3, 3, 4}, {}));
  return list;
}

}  // namespace litesmith::ops::depthwise_conv_2d
