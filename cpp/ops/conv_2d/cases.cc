#include <algorithm>

#include "base/error.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/conv_2d/conv_2d.h"

namespace litesmith::ops::conv_2d {
namespace {

std::vector<Value> naive(const Conv2dAttrs& a, const std::vector<Value>& inputs) {
  const Shape& xs = inputs[0].shape;
  const Shape& ws = inputs[1].shape;
  const auto x = inputs[0].as<float>();
  const auto w = inputs[1].as<float>();
  const Extent h = extent(a.padding, xs[1], ws[1], a.stride_h, a.dilation_h);
  const Extent v = extent(a.padding, xs[2], ws[2], a.stride_w, a.dilation_w);
  const Shape ys{xs[0], h.out, v.out, ws[0]};
  const std::int32_t per_group = ws[0] / (xs[3] / ws[3]);
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
        for (std::int32_t i = 0; i < ws[3]; ++i)
          sum += static_cast<double>(x[at(xs, b, iy, ix, o / per_group * ws[3] + i)]) * w[at(ws, o, ky, kx, i)];
      }
    y.push_back(std::clamp(static_cast<float>(sum), clamp.low, clamp.high));
  });
  return {value_of(ys, y)};
}

Case make(const Shape& input, const Shape& filter, Conv2dAttrs attrs, bool is_constant = true, bool has_bias = true) {
  Value x = uniform(DType::float32, input, -1, 1, 1);
  Value w = uniform(DType::float32, filter, -1, 1, 2);
  Value bias = has_bias ? uniform(DType::float32, {filter[0]}, -1, 1, 3) : absent();
  w.constant = bias.constant = is_constant;
  return {.name = concat(input, " by ", filter, " strides ", attrs.stride_h, ",", attrs.stride_w, " dilations ",
                         attrs.dilation_h, ",", attrs.dilation_w, " ", padding_name(attrs.padding), " ",
                         name(attrs.activation), is_constant ? "" : ", fed", has_bias ? "" : ", no bias"),
          .op = "CONV_2D",
          .attrs = attrs,
          .inputs = {x, w, bias},
          .outputs = {},
          .reference = [attrs](const std::vector<Value>& inputs) { return naive(attrs, inputs); },
          .relative = 1e-6 * filter[1] * filter[2] * filter[3],
          .absolute = 0};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Padding padding : {Padding::same, Padding::valid})
    for (const std::int32_t stride : {1, 2, 3})
      for (const std::int32_t dilation : {1, 2}) {
        list.push_back(
            make({2, 11, 12, 5}, {7, 3, 3, 5},
                 {.padding = padding, .stride_h = stride, .stride_w = 1, .dilation_h = dilation, .dilation_w = 1}));
        list.push_back(
            make({1, 12, 11, 3}, {18, 2, 5, 3},
                 {.padding = padding, .stride_h = 1, .stride_w = stride, .dilation_h = 1, .dilation_w = dilation}));
      }
  for (const std::int32_t out : {1, 8, 15, 17, 48, 65})
    for (const std::int32_t in : {1, 4, 33}) {
      list.push_back(make({1, 4, 5, in}, {out, 3, 3, in}, {}, in != 4, out != 8));
      list.push_back(make({1, 4, 5, in}, {out, 1, 1, in}, {.activation = Activation::relu6}, in != 4, out != 8));
    }
  for (const bool is_constant : {true, false}) {
    list.push_back(make({1, 6, 6, 8}, {12, 3, 3, 2}, {}, is_constant));
    list.push_back(make({2, 5, 5, 6}, {6, 3, 3, 1}, {.stride_h = 2, .stride_w = 2}, is_constant));
    list.push_back(make({1, 7, 7, 64}, {40, 3, 3, 32}, {.activation = Activation::relu}, is_constant, false));
  }
  list.push_back(make({1, 3, 3, 2}, {4, 5, 5, 2}, {.activation = Activation::relu_n1_to_1}));
  list.push_back(make({1, 1, 16, 4}, {4, 1, 16, 4}, {.padding = Padding::valid}));
  list.push_back(make({0, 4, 4, 2}, {3, 3, 3, 2}, {}));
  return list;
}

}  // namespace litesmith::ops::conv_2d
