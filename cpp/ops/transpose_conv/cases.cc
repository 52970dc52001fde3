#include <algorithm>

#include "base/error.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/case_integer_conv.h"
#include "ops/transpose_conv/transpose_conv.h"

namespace litesmith::ops::transpose_conv {
namespace {

std::vector<Value> naive(const TransposeConvAttrs& a, const std::vector<Value>& inputs) {
  const auto sizes = inputs[0].as<std::int32_t>();
  const Shape ys{sizes[0], sizes[1], sizes[2], sizes[3]};
  const Shape& ws = inputs[1].shape;
  const Shape& xs = inputs[2].shape;
  const Extent h = extent(a.padding, ys[1], ws[1], a.stride_h);
  const Extent v = extent(a.padding, ys[2], ws[2], a.stride_w);
  Clamp clamp{};
  clamp_of(a.activation, clamp);
  std::vector<double> sums(static_cast<std::size_t>(elements(ys)));
  for_each(ys, [&](std::int32_t b, std::int32_t oy, std::int32_t ox, std::int32_t o) {
    if (!inputs[3].absent)
      sums[at(ys, b, oy, ox, o)] = static_cast<double>(inputs[3].as<float>()[static_cast<std::size_t>(o)]);
  });
  for_each(xs, [&](std::int32_t b, std::int32_t iy, std::int32_t ix, std::int32_t i) {
    const auto x = static_cast<double>(inputs[2].as<float>()[at(xs, b, iy, ix, i)]);
    for (std::int32_t o = 0; o < ws[0]; ++o)
      for (std::int32_t ky = 0; ky < ws[1]; ++ky)
        for (std::int32_t kx = 0; kx < ws[2]; ++kx) {
          const std::int32_t oy = iy * a.stride_h + ky - h.before;
          const std::int32_t ox = ix * a.stride_w + kx - v.before;
          if (oy < 0 || oy >= ys[1] || ox < 0 || ox >= ys[2]) continue;
          sums[at(ys, b, oy, ox, o)] += x * inputs[1].as<float>()[at(ws, o, ky, kx, i)];
        }
  });
  std::vector<float> y;
  for (const double sum : sums) y.push_back(std::clamp(static_cast<float>(sum), clamp.low, clamp.high));
  return {value_of(ys, y)};
}

enum class Fed { nothing, weights, shape };

Case make(const Shape& output, const Shape& filter, const Shape& input, TransposeConvAttrs attrs, Fed fed,
          bool has_bias) {
  Value shape = value_of<std::int32_t>({4}, output.dims());
  Value w = uniform(DType::float32, filter, -1, 1, 2);
  Value bias = has_bias ? uniform(DType::float32, {filter[0]}, -1, 1, 3) : absent();
  shape.constant = fed != Fed::shape;
  w.constant = bias.constant = fed != Fed::weights;
  return {.name = concat(input, " by ", filter, " to ", output, " strides ", attrs.stride_h, ",", attrs.stride_w, " ",
                         padding_name(attrs.padding), " ", name(attrs.activation), has_bias ? "" : ", no bias"),
          .op = "TRANSPOSE_CONV",
          .attrs = attrs,
          .inputs = {shape, w, uniform(DType::float32, input, -1, 1, 1), bias},
          .outputs = {},
          .reference = [attrs](const std::vector<Value>& inputs) { return naive(attrs, inputs); },
          .relative = 1e-6 * filter[1] * filter[2] * filter[3],
          .absolute = 0};
}

/// How the operands of an integer case are typed and scaled.
struct IntegerForm {
  DType x = DType::int8;
  DType bias = DType::int32;  // boolean = none
  bool per_channel = true;
  DType quantized_bias_type = DType::float32;
};

std::vector<std::int64_t> exact_sums(const TransposeConvAttrs& a, const Shape& ys, const Value& w, const Value& x,
                                     const std::vector<std::int64_t>& x_zero_points) {
  const Extent h = extent(a.padding, ys[1], w.shape[1], a.stride_h);
  const Extent v = extent(a.padding, ys[2], w.shape[2], a.stride_w);
  std::vector<std::int64_t> sums(static_cast<std::size_t>(elements(ys)));
  for_each(x.shape, [&](std::int32_t b, std::int32_t iy, std::int32_t ix, std::int32_t i) {
    const std::int64_t level = level_at(x, at(x.shape, b, iy, ix, i)) - x_zero_points[static_cast<std::size_t>(b)];
    for (std::int32_t o = 0; o < w.shape[0]; ++o)
      for (std::int32_t ky = 0; ky < w.shape[1]; ++ky)
        for (std::int32_t kx = 0; kx < w.shape[2]; ++kx) {
          const std::int32_t oy = iy * a.stride_h + ky - h.before;
          const std::int32_t ox = ix * a.stride_w + kx - v.before;
          if (oy < 0 || oy >= ys[1] || ox < 0 || ox >= ys[2]) continue;
          sums[at(ys, b, oy, ox, o)] += level * (level_at(w, at(w.shape, o, ky, kx, i)) - zero_point(w));
        }
  });
  return sums;
}

std::vector<Value> naive_integer(const TransposeConvAttrs& a, const std::vector<Value>& inputs,
                                 const ir::Quantization& result) {
  const auto sizes = inputs[0].as<std::int32_t>();
  const Value &w = inputs[1], &x = inputs[2], &bias = inputs[3];
  const IntegerConv conv{.x = x,
                         .w = w,
                         .bias = bias,
                         .result = {sizes[0], sizes[1], sizes[2], sizes[3]},
                         .activation = a.activation,
                         .is_wide = has_wide_sums(x, bias, a.quantized_bias_type),
                         .weight_scale_first = true};
  return naive_conv(conv, result, [&](const Value& levels, const std::vector<std::int64_t>& zero_points) {
    return exact_sums(a, conv.result, w, levels, zero_points);
  });
}

Case make_integer(IntegerForm form, const Shape& output, const Shape& filter, const Shape& input,
                  TransposeConvAttrs attrs, Fed fed = Fed::nothing) {
  attrs.quantized_bias_type = form.quantized_bias_type;
  const bool is_hybrid = form.x == DType::float32, is_short = form.x == DType::int16;
  const Value x = activations_of(form.x, input);
  Value w = filter_of(form.x == DType::uint8 ? DType::uint8 : DType::int8, filter, 0, form.per_channel);
  const double bound = is_hybrid ? 1 : 4000;
  Value bias = form.bias == DType::boolean ? absent() : uniform(form.bias, {filter[0]}, -bound, bound, 3);
  Value shape = value_of<std::int32_t>({4}, output.dims());
  shape.constant = fed != Fed::shape;
  w.constant = bias.constant = fed != Fed::weights;
  const ir::Quantization result{.scales = {is_short ? 2.1F : 0.09F}, .zero_points = {is_short ? 0 : 5}};
  Case made{.name = concat(name(form.x), form.per_channel ? " per channel" : "", " bias ", name(form.bias), ": ", input,
                           " by ", filter, " to ", output, " strides ", attrs.stride_h, ",", attrs.stride_w, " ",
                           padding_name(attrs.padding), " ", name(attrs.activation)),
            .op = "TRANSPOSE_CONV",
            .attrs = attrs,
            .inputs = {shape, w, x, bias},
            .outputs = {form.x},
            .reference = {}};
  if (!is_hybrid) made.output_quantization = {result};
  made.reference = [attrs, result](const std::vector<Value>& inputs) { return naive_integer(attrs, inputs, result); };
  return made;
}

void add_integer_cases(std::vector<Case>& list) {
  constexpr IntegerForm kForms[] = {{},
                                    {.bias = DType::boolean, .per_channel = false},
                                    {.x = DType::uint8, .per_channel = false},
                                    {.x = DType::int16, .bias = DType::int64},
                                    {.x = DType::int16, .bias = DType::int32},
                                    {.x = DType::int16, .bias = DType::boolean},
                                    {.x = DType::int16, .bias = DType::boolean, .quantized_bias_type = DType::int32},
                                    {.x = DType::float32, .bias = DType::float32},
                                    {.x = DType::float32, .bias = DType::boolean, .per_channel = false}};
  for (const IntegerForm& form : kForms) {
    list.push_back(make_integer(form, {2, 8, 7, 19}, {19, 3, 3, 5}, {2, 4, 4, 5}, {.stride_h = 2, .stride_w = 2}));
    list.push_back(make_integer(form, {1, 6, 5, 4}, {4, 2, 5, 17}, {1, 6, 5, 17}, {.activation = Activation::relu}));
    list.push_back(make_integer(form, {2, 7, 9, 3}, {3, 1, 2, 6}, {2, 3, 3, 6},
                                {.padding = Padding::valid, .stride_h = 3, .stride_w = 3}, Fed::weights));
    list.push_back(
        make_integer(form, {1, 9, 9, 20}, {20, 4, 4, 9}, {1, 5, 5, 9}, {.stride_h = 2, .stride_w = 2}, Fed::shape));
  }
  list.push_back(make_integer({}, {1, 130, 33, 40}, {40, 3, 3, 8}, {1, 65, 17, 8}, {.stride_h = 2, .stride_w = 2}));
  list.push_back(make_integer({}, {0, 8, 8, 2}, {2, 3, 3, 3}, {0, 4, 4, 3}, {.stride_h = 2, .stride_w = 2}));
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Fed fed : {Fed::nothing, Fed::weights, Fed::shape})
    for (const std::int32_t stride : {1, 2, 3})
      for (const std::int32_t kernel : {1, 2, 3, 5}) {
        const TransposeConvAttrs same{.stride_h = stride, .stride_w = stride};
        list.push_back(make({2, 5 * stride, 4 * stride, 7}, {7, kernel, kernel, 3}, {2, 5, 4, 3}, same, fed, true));
        TransposeConvAttrs valid{.padding = Padding::valid, .stride_h = stride, .stride_w = 1};
        valid.activation = kernel == 3 ? Activation::relu6 : Activation::none;
        list.push_back(make({1, 4 * stride + kernel, 5 + kernel - 1, 18}, {18, kernel, kernel, 5}, {1, 5, 5, 5}, valid,
                            fed, kernel != 2));
      }
  list.push_back(
      make({1, 9, 7, 20}, {20, 4, 3, 33}, {1, 5, 4, 33}, {.stride_h = 2, .stride_w = 2}, Fed::nothing, true));
  list.push_back(
      make({1, 8, 9, 200}, {200, 3, 3, 130}, {1, 4, 3, 130}, {.stride_h = 2, .stride_w = 3}, Fed::weights, true));
  list.push_back(make({0, 8, 8, 2}, {2, 3, 3, 3}, {0, 4, 4, 3}, {.stride_h = 2, .stride_w = 2}, Fed::nothing, true));
  add_integer_cases(list);
  return list;
}

}  // namespace litesmith::ops::transpose_conv
