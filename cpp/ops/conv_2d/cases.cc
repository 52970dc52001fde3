#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/case_integer_conv.h"
#include "ops/conv_2d/conv_2d.h"

namespace litesmith::ops::conv_2d {
namespace {

std::vector<Value> naive(const Conv2dAttrs& a, const std::vector<Value>& inputs) {
  const Shape& xs = inputs[0].shape;
  const Shape& ws = inputs[1].shape;
  const auto x = inputs[0].as<float>();
  const auto w = inputs[1].as<float>();
  const Shape ys = convolved_shape(a, xs, ws, ws[0]);
  const std::int32_t per_group = ws[0] / (xs[3] / ws[3]);
  Clamp clamp{};
  clamp_of(a.activation, clamp);
  std::vector<float> y;
  for_each(ys, [&](std::int32_t b, std::int32_t oy, std::int32_t ox, std::int32_t o) {
    double sum = inputs[2].absent ? 0 : static_cast<double>(inputs[2].as<float>()[static_cast<std::size_t>(o)]);
    for_each_tap(a, xs, ws, oy, ox, [&](std::int32_t ky, std::int32_t kx, std::int32_t iy, std::int32_t ix) {
      for (std::int32_t i = 0; i < ws[3]; ++i)
        sum += static_cast<double>(x[at(xs, b, iy, ix, o / per_group * ws[3] + i)]) * w[at(ws, o, ky, kx, i)];
    });
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

/// How the operands of an integer case are typed.
struct IntegerForm {
  DType x = DType::int8;
  DType w = DType::int8;
  DType bias = DType::int32;
  bool per_channel = true;
};

std::vector<std::int64_t> exact_sums(const Conv2dAttrs& a, const Value& x, const Value& w,
                                     const std::vector<std::int64_t>& x_zero_points) {
  const Shape &xs = x.shape, &ws = w.shape;
  const std::int32_t per_group = ws[0] / (xs[3] / ws[3]);
  std::vector<std::int64_t> sums;
  for_each(convolved_shape(a, xs, ws, ws[0]), [&](std::int32_t b, std::int32_t oy, std::int32_t ox, std::int32_t o) {
    std::int64_t sum = 0;
    for_each_tap(a, xs, ws, oy, ox, [&](std::int32_t ky, std::int32_t kx, std::int32_t iy, std::int32_t ix) {
      for (std::int32_t i = 0; i < ws[3]; ++i)
        sum +=
            (level_at(x, at(xs, b, iy, ix, o / per_group * ws[3] + i)) - x_zero_points[static_cast<std::size_t>(b)]) *
            (level_at(w, at(ws, o, ky, kx, i)) - zero_point(w));
    });
    sums.push_back(sum);
  });
  return sums;
}

std::vector<Value> naive_integer(const Conv2dAttrs& a, const std::vector<Value>& inputs,
                                 const ir::Quantization& result) {
  const Value &x = inputs[0], &w = inputs[1], &bias = inputs[2];
  const bool is_symmetric = w.quantization.scales.size() == 1;
  const IntegerConv conv{.x = x,
                         .w = w,
                         .bias = bias,
                         .result = convolved_shape(a, x.shape, w.shape, w.shape[0]),
                         .activation = a.activation,
                         .is_wide = has_wide_sums(x, bias, a.quantized_bias_type),
                         .weight_scale_first = !is_symmetric,
                         .hybrid_range = is_symmetric ? kernels::RowRange::symmetric : kernels::RowRange::asymmetric};
  return naive_conv(conv, result, [&](const Value& levels, const std::vector<std::int64_t>& zero_points) {
    return exact_sums(a, levels, w, zero_points);
  });
}

Case make_integer(const IntegerForm& form, const Shape& input, const Shape& filter, const Conv2dAttrs& attrs,
                  bool is_constant = true, bool has_bias = true) {
  const bool is_hybrid = form.x == DType::float32;
  const Value x = activations_of(form.x, input);
  Value w = filter_of(form.w, filter, 0, form.per_channel);
  const double range = is_hybrid ? 1 : form.x == DType::int16 ? 3e6 : 9000;
  Value bias = has_bias ? uniform(is_hybrid ? DType::float32 : form.bias, {filter[0]}, -range, range, 3) : absent();
  w.constant = bias.constant = is_constant;
  const auto terms = static_cast<float>(filter[1] * filter[2] * filter[3]);
  const float spread = (form.w == DType::int4 ? 0.06F : 1.0F) * std::sqrt(terms) * 0.02F;
  ir::Quantization result{.scales = {spread}, .zero_points = {form.x == DType::uint8 ? 128 : -5}};
  if (form.x == DType::int16) result.zero_points = {0};
  Case c{.name =
             concat(name(form.x), " ", input, " by ", name(form.w), " ", filter, form.per_channel ? " " : " one scale ",
                    form.x == DType::int16 ? name(form.bias) : "", " strides ", attrs.stride_h, ",", attrs.stride_w,
                    " dilations ", attrs.dilation_h, ",", attrs.dilation_w, " ", padding_name(attrs.padding), " ",
                    name(attrs.activation), is_constant ? "" : ", fed", has_bias ? "" : ", no bias"),
         .op = "CONV_2D",
         .attrs = attrs,
         .inputs = {x, w, bias},
         .outputs = {form.x},
         .reference = {}};
  if (!is_hybrid) c.output_quantization = {result};
  c.reference = [attrs, result](const std::vector<Value>& inputs) { return naive_integer(attrs, inputs, result); };
  return c;
}

void add_integer_cases(std::vector<Case>& list) {
  using enum DType;
  const IntegerForm forms[] = {{},
                               {int8, int8, int32, false},
                               {int8, int4},
                               {uint8, uint8, int32, false},
                               {int16, int8, int64},
                               {int16, int8, int32},
                               {float32, int8},
                               {float32, int8, int32, false},
                               {float32, int4}};
  for (const IntegerForm& form : forms) {
    const DType narrow = form.bias == int32 && form.x == int16 ? int32 : float32;
    list.push_back(make_integer(form, {2, 7, 8, 5}, {7, 3, 3, 5}, {.stride_h = 2, .quantized_bias_type = narrow}));
    list.push_back(make_integer(form, {1, 8, 7, 3}, {18, 2, 5, 3},
                                {.padding = Padding::valid, .dilation_w = 1, .activation = Activation::relu}));
    list.push_back(make_integer(form, {2, 6, 6, 4}, {9, 3, 3, 4}, {.dilation_h = 2, .dilation_w = 2}));
    list.push_back(make_integer(form, {2, 4, 5, 33}, {65, 1, 1, 33}, {}));
    list.push_back(make_integer(form, {1, 4, 5, 6}, {9, 1, 1, 6}, {.stride_w = 2}, false));
    list.push_back(make_integer(form, {1, 5, 5, 8}, {12, 3, 3, 2}, {}, form.w == int4));
    list.push_back(make_integer(form, {1, 9, 9, 3}, {40, 3, 3, 3}, {.quantized_bias_type = narrow}, true, false));
  }
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
  add_integer_cases(list);
  return list;
}

}  // namespace litesmith::ops::conv_2d
