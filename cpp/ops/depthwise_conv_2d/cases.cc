#include <algorithm>

#include "base/error.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/case_integer_conv.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"

namespace litesmith::ops::depthwise_conv_2d {
namespace {

std::vector<Value> naive(const DepthwiseConv2dAttrs& a, const std::vector<Value>& inputs) {
  const Shape& xs = inputs[0].shape;
  const Shape& ws = inputs[1].shape;
  const Shape ys = convolved_shape(a, xs, ws, ws[3]);
  const std::int32_t multiplier = ws[3] / xs[3];
  Clamp clamp{};
  clamp_of(a.activation, clamp);
  std::vector<float> y;
  for_each(ys, [&](std::int32_t b, std::int32_t oy, std::int32_t ox, std::int32_t o) {
    double sum = inputs[2].absent ? 0 : static_cast<double>(inputs[2].as<float>()[static_cast<std::size_t>(o)]);
    for_each_tap(a, xs, ws, oy, ox, [&](std::int32_t ky, std::int32_t kx, std::int32_t iy, std::int32_t ix) {
      sum += static_cast<double>(inputs[0].as<float>()[at(xs, b, iy, ix, o / multiplier)]) *
             inputs[1].as<float>()[at(ws, 0, ky, kx, o)];
    });
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

/// How the operands of an integer case are typed and scaled.
struct IntegerForm {
  DType x = DType::int8;
  DType w = DType::int8;
  DType bias = DType::int32;
  bool per_channel = true;
};

std::vector<std::int64_t> exact_sums(const DepthwiseConv2dAttrs& a, const Value& x, const Value& w,
                                     const std::vector<std::int64_t>& x_zero_points) {
  const Shape &xs = x.shape, &ws = w.shape;
  std::vector<std::int64_t> sums;
  for_each(convolved_shape(a, xs, ws, ws[3]), [&](std::int32_t b, std::int32_t oy, std::int32_t ox, std::int32_t o) {
    std::int64_t sum = 0;
    for_each_tap(a, xs, ws, oy, ox, [&](std::int32_t ky, std::int32_t kx, std::int32_t iy, std::int32_t ix) {
      sum += (level_at(x, at(xs, b, iy, ix, o / (ws[3] / xs[3]))) - x_zero_points[static_cast<std::size_t>(b)]) *
             (level_at(w, at(ws, 0, ky, kx, o)) - zero_point(w));
    });
    sums.push_back(sum);
  });
  return sums;
}

std::vector<Value> naive_integer(const DepthwiseConv2dAttrs& a, const std::vector<Value>& inputs,
                                 const ir::Quantization& result) {
  const Value &x = inputs[0], &w = inputs[1], &bias = inputs[2];
  const IntegerConv conv{.x = x,
                         .w = w,
                         .bias = bias,
                         .result = convolved_shape(a, x.shape, w.shape, w.shape[3]),
                         .activation = a.activation,
                         .is_wide = has_wide_sums(x, bias, DType::int64)};
  return naive_conv(conv, result, [&](const Value& levels, const std::vector<std::int64_t>& zero_points) {
    return exact_sums(a, levels, w, zero_points);
  });
}

Case make_integer(IntegerForm form, const Shape& input, const Shape& filter, DepthwiseConv2dAttrs attrs,
                  bool is_constant = true) {
  const bool is_hybrid = form.x == DType::float32, is_short = form.x == DType::int16;
  const Value x = activations_of(form.x, input);
  Value w = filter_of(form.w, filter, 3, form.per_channel);
  const double bound = is_hybrid ? 1 : 4000;
  Value bias = form.bias == DType::boolean ? absent() : uniform(form.bias, {filter[3]}, -bound, bound, 3);
  w.constant = bias.constant = is_constant;
  const ir::Quantization result{.scales = {is_short ? 0.9F : 0.05F}, .zero_points = {is_short ? 0 : 5}};
  Case made{.name = concat(name(form.x), " by ", name(form.w), form.per_channel ? " per channel" : "", " bias ",
                           name(form.bias), ": ", input, " by ", filter, " strides ", attrs.stride_h, " ",
                           padding_name(attrs.padding), " ", name(attrs.activation), is_constant ? "" : ", fed"),
            .op = "DEPTHWISE_CONV_2D",
            .attrs = attrs,
            .inputs = {x, w, bias},
            .outputs = {form.x},
            .reference = {}};
  if (!is_hybrid) made.output_quantization = {result};
  made.reference = [attrs, result](const std::vector<Value>& inputs) { return naive_integer(attrs, inputs, result); };
  return made;
}

void add_integer_cases(std::vector<Case>& list) {
  constexpr IntegerForm kForms[] = {{},
                                    {.per_channel = false},
                                    {.bias = DType::boolean},
                                    {.w = DType::int4},
                                    {.x = DType::uint8, .w = DType::uint8, .per_channel = false},
                                    {.x = DType::int16, .bias = DType::int64},
                                    {.x = DType::int16, .bias = DType::int32, .per_channel = false},
                                    {.x = DType::int16, .bias = DType::boolean},
                                    {.x = DType::float32, .bias = DType::float32},
                                    {.x = DType::float32, .bias = DType::boolean, .per_channel = false}};
  for (const IntegerForm& form : kForms) {
    for (const std::int32_t stride : {1, 2})
      list.push_back(make_integer(form, {2, 9, 7, 18}, {1, 3, 3, 18}, {.stride_h = stride, .stride_w = stride}));
    list.push_back(make_integer(form, {1, 9, 8, 33}, {1, 5, 5, 33}, {.activation = Activation::relu}));
    list.push_back(make_integer(form, {2, 6, 7, 5}, {1, 3, 2, 15},
                                {.padding = Padding::valid, .dilation_h = 2, .depth_multiplier = 3}));
    list.push_back(make_integer(form, {2, 5, 5, 7}, {1, 3, 3, 7}, {.stride_h = 3, .stride_w = 3}, false));
  }
  list.push_back(make_integer({}, {0, 3, 3, 4}, {1, 3, 3, 4}, {}));
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
  add_integer_cases(list);
  return list;
}

}  // namespace litesmith::ops::depthwise_conv_2d
