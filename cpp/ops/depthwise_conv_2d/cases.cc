#include <algorithm>
#include <limits>

#include "base/error.h"
#include "kernels/hybrid/row_quantizer.h"
#include "kernels/requantize/requantize.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"
#include "ops/stored_integer.h"

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

/// How the operands of an integer case are typed and scaled.
struct IntegerForm {
  DType x = DType::int8;
  DType w = DType::int8;
  DType bias = DType::int32;
  bool per_channel = true;
};

std::int64_t x_at(const Value& x, std::size_t i) {
  return x.dtype == DType::int16 ? x.as<std::int16_t>()[i]
                                 : stored_integer(x.dtype, x.bytes.data(), static_cast<std::int64_t>(i));
}

/// Visits every output with the exact sum of its products.
template <class Visit>
void exact_sums(const DepthwiseConv2dAttrs& a, const Value& x, const Value& w, std::int64_t w_zero_point,
                const std::vector<std::int64_t>& x_zero_points, Visit visit) {
  const Shape &xs = x.shape, &ws = w.shape;
  const Extent h = extent(a.padding, xs[1], ws[1], a.stride_h, a.dilation_h);
  const Extent v = extent(a.padding, xs[2], ws[2], a.stride_w, a.dilation_w);
  for_each({xs[0], h.out, v.out, ws[3]}, [&](std::int32_t b, std::int32_t oy, std::int32_t ox, std::int32_t o) {
    std::int64_t sum = 0;
    for (std::int32_t ky = 0; ky < ws[1]; ++ky)
      for (std::int32_t kx = 0; kx < ws[2]; ++kx) {
        const std::int32_t iy = oy * a.stride_h + ky * a.dilation_h - h.before;
        const std::int32_t ix = ox * a.stride_w + kx * a.dilation_w - v.before;
        if (iy < 0 || iy >= xs[1] || ix < 0 || ix >= xs[2]) continue;
        const std::int64_t weight =
            stored_integer(w.dtype, w.bytes.data(), static_cast<std::int64_t>(at(ws, 0, ky, kx, o)));
        sum += (x_at(x, at(xs, b, iy, ix, o / (ws[3] / xs[3]))) - x_zero_points[static_cast<std::size_t>(b)]) *
               (weight - w_zero_point);
      }
    visit(sum, b, static_cast<std::size_t>(o));
  });
}

Shape result_shape(const DepthwiseConv2dAttrs& a, const Shape& xs, const Shape& ws) {
  return {xs[0], extent(a.padding, xs[1], ws[1], a.stride_h, a.dilation_h).out,
          extent(a.padding, xs[2], ws[2], a.stride_w, a.dilation_w).out, ws[3]};
}

template <class T>
Value naive_integer(const DepthwiseConv2dAttrs& a, const std::vector<Value>& inputs, const ir::Quantization& result) {
  const Value &x = inputs[0], &w = inputs[1], &bias = inputs[2];
  const std::int64_t zero_point = result.zero_points.front();
  const bool is_relu = a.activation == Activation::relu;
  kernels::OutputRange range{static_cast<std::int32_t>(zero_point), std::numeric_limits<T>::lowest(),
                             std::numeric_limits<T>::max()};
  if (is_relu) range.low = std::max(range.low, range.zero_point);
  std::vector<T> y;
  const std::vector<std::int64_t> zero_points(static_cast<std::size_t>(x.shape[0]), x.quantization.zero_points.front());
  exact_sums(a, x, w, w.dtype == DType::uint8 ? w.quantization.zero_points.front() : 0, zero_points,
             [&](std::int64_t sum, std::int32_t, std::size_t o) {
               const float s_x = x.quantization.scales.front();
               const float s_w = w.quantization.scales[w.quantization.scales.size() == 1 ? 0 : o];
               const double product = x.dtype == DType::uint8 ? static_cast<double>(s_x * s_w)
                                                              : static_cast<double>(s_x) * static_cast<double>(s_w);
               const auto m = kernels::multiplier_of(product / static_cast<double>(result.scales.front()));
               const bool is_wide = x.dtype == DType::int16 && (bias.absent || bias.dtype == DType::int64);
               if (!bias.absent) sum += is_wide ? bias.as<std::int64_t>()[o] : bias.as<std::int32_t>()[o];
               y.push_back(static_cast<T>(is_wide ? kernels::requantize(sum, m, range)
                                                  : kernels::requantize(static_cast<std::int32_t>(sum), m, range)));
             });
  return value_of(result_shape(a, x.shape, w.shape), y);
}

Value naive_hybrid(const DepthwiseConv2dAttrs& a, const std::vector<Value>& inputs) {
  const Value &x = inputs[0], &w = inputs[1], &bias = inputs[2];
  const auto image = static_cast<std::size_t>(elements(x.shape) / x.shape[0]);
  Value q = uniform(DType::int8, x.shape, 0, 0, 1);
  std::vector<std::int64_t> zero_points;
  std::vector<float> scales;
  for (std::size_t b = 0; b < static_cast<std::size_t>(x.shape[0]); ++b) {
    const kernels::RowScale scale = kernels::quantize_row(
        kernels::row_quantizer(simd::Isa::scalar), x.as<float>().data() + b * image, static_cast<std::int64_t>(image),
        kernels::RowRange::asymmetric, reinterpret_cast<std::int8_t*>(q.bytes.data()) + b * image);
    zero_points.push_back(scale.zero_point);
    scales.push_back(scale.scale);
  }
  std::vector<float> y;
  exact_sums(a, q, w, 0, zero_points, [&](std::int64_t sum, std::int32_t b, std::size_t o) {
    const float s_w = w.quantization.scales[w.quantization.scales.size() == 1 ? 0 : o];
    const float product = static_cast<float>(sum) * (scales[static_cast<std::size_t>(b)] * s_w);
    const float v = product + (bias.absent ? 0 : bias.as<float>()[o]);
    y.push_back(a.activation == Activation::relu ? std::max(v, 0.0F) : v);
  });
  return value_of(result_shape(a, x.shape, w.shape), y);
}

Value filter_of(const IntegerForm& form, const Shape& shape) {
  if (form.w != DType::int4) {
    const bool is_signed = form.w == DType::int8;
    Value w = uniform(form.w, shape, is_signed ? -127 : 0, is_signed ? 127 : 255, 2);
    w.quantization.zero_points = {is_signed ? 0 : 119};
    return w;
  }
  Value w = uniform(DType::uint8, {static_cast<std::int32_t>((elements(shape) + 1) / 2)}, 0, 255, 2);
  w.dtype = DType::int4;
  w.shape = shape;
  w.quantization.zero_points = {0};
  return w;
}

Case make_integer(IntegerForm form, const Shape& input, const Shape& filter, DepthwiseConv2dAttrs attrs,
                  bool is_constant = true) {
  const bool is_hybrid = form.x == DType::float32, is_short = form.x == DType::int16;
  const double high = is_hybrid ? 3 : (is_short ? 32767 : (form.x == DType::uint8 ? 255 : 127));
  Value x = uniform(form.x, input, form.x == DType::uint8 ? 0 : -high / (is_hybrid ? 2 : 1), high, 1);
  if (!is_hybrid) x.quantization = {.scales = {0.02F}, .zero_points = {is_short ? 0 : 7}};
  Value w = filter_of(form, filter);
  w.quantization.dimension = 3;
  for (std::int32_t c = 0; c < (form.per_channel ? filter[3] : 1); ++c)
    w.quantization.scales.push_back(0.003F + 0.0007F * static_cast<float>(c % 11));
  w.quantization.zero_points.resize(w.quantization.scales.size(), 0);
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
  made.reference = [attrs, result, type = form.x](const std::vector<Value>& inputs) -> std::vector<Value> {
    if (type == DType::float32) return {naive_hybrid(attrs, inputs)};
    if (type == DType::int16) return {naive_integer<std::int16_t>(attrs, inputs, result)};
    if (type == DType::uint8) return {naive_integer<std::uint8_t>(attrs, inputs, result)};
    return {naive_integer<std::int8_t>(attrs, inputs, result)};
  };
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
