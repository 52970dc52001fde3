#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "kernels/hybrid/row_quantizer.h"
#include "kernels/requantize/requantize.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/stored_integer.h"

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

/// How the operands of an integer case are typed.
struct IntegerForm {
  DType x = DType::int8;
  DType w = DType::int8;
  DType bias = DType::int32;
  bool per_channel = true;
};

std::int64_t integer_at(const Value& v, std::size_t i) {
  return v.dtype == DType::int16 ? v.as<std::int16_t>()[i]
                                 : stored_integer(v.dtype, v.bytes.data(), static_cast<std::int64_t>(i));
}

double scale_at(const Value& v, std::size_t i) {
  const std::vector<float>& scales = v.quantization.scales;
  return static_cast<double>(scales[scales.size() == 1 ? 0 : i]);
}

Shape result_shape(const Conv2dAttrs& a, const Shape& xs, const Shape& ws) {
  return {xs[0], extent(a.padding, xs[1], ws[1], a.stride_h, a.dilation_h).out,
          extent(a.padding, xs[2], ws[2], a.stride_w, a.dilation_w).out, ws[0]};
}

/// Visits every output with the exact sum of its products.
template <class Visit>
void exact_sums(const Conv2dAttrs& a, const Value& x, const Value& w, const std::vector<std::int64_t>& x_zero_points,
                Visit visit) {
  const Shape &xs = x.shape, &ws = w.shape;
  const Extent h = extent(a.padding, xs[1], ws[1], a.stride_h, a.dilation_h);
  const Extent v = extent(a.padding, xs[2], ws[2], a.stride_w, a.dilation_w);
  const std::int64_t w_zero_point = w.dtype == DType::uint8 ? w.quantization.zero_points.front() : 0;
  for_each(result_shape(a, xs, ws), [&](std::int32_t b, std::int32_t oy, std::int32_t ox, std::int32_t o) {
    std::int64_t sum = 0;
    for (std::int32_t ky = 0; ky < ws[1]; ++ky)
      for (std::int32_t kx = 0; kx < ws[2]; ++kx) {
        const std::int32_t iy = oy * a.stride_h + ky * a.dilation_h - h.before;
        const std::int32_t ix = ox * a.stride_w + kx * a.dilation_w - v.before;
        if (iy < 0 || iy >= xs[1] || ix < 0 || ix >= xs[2]) continue;
        for (std::int32_t i = 0; i < ws[3]; ++i)
          sum += (integer_at(x, at(xs, b, iy, ix, o / (ws[0] / (xs[3] / ws[3])) * ws[3] + i)) -
                  x_zero_points[static_cast<std::size_t>(b)]) *
                 (integer_at(w, at(ws, o, ky, kx, i)) - w_zero_point);
      }
    visit(sum, b, static_cast<std::size_t>(o));
  });
}

template <class T>
Value naive_integer(const Conv2dAttrs& a, const std::vector<Value>& inputs, const ir::Quantization& result) {
  const Value &x = inputs[0], &w = inputs[1], &bias = inputs[2];
  kernels::OutputRange range{static_cast<std::int32_t>(result.zero_points.front()), std::numeric_limits<T>::lowest(),
                             std::numeric_limits<T>::max()};
  if (a.activation == Activation::relu) range.low = std::max(range.low, range.zero_point);
  const bool is_wide =
      x.dtype == DType::int16 && (bias.absent ? a.quantized_bias_type != DType::int32 : bias.dtype == DType::int64);
  std::vector<T> y;
  const std::vector<std::int64_t> zero_points(static_cast<std::size_t>(x.shape[0]), x.quantization.zero_points.front());
  exact_sums(a, x, w, zero_points, [&](std::int64_t sum, std::int32_t, std::size_t o) {
    double product = scale_at(x, 0) * scale_at(w, o);
    if (x.dtype == DType::uint8) product = static_cast<double>(static_cast<float>(product));
    const auto m = kernels::multiplier_of(product / static_cast<double>(result.scales.front()));
    if (!bias.absent) sum += bias.dtype == DType::int64 ? bias.as<std::int64_t>()[o] : bias.as<std::int32_t>()[o];
    y.push_back(static_cast<T>(is_wide ? kernels::requantize(sum, m, range)
                                       : kernels::requantize(static_cast<std::int32_t>(sum), m, range)));
  });
  return value_of(result_shape(a, x.shape, w.shape), y);
}

Value naive_hybrid(const Conv2dAttrs& a, const std::vector<Value>& inputs) {
  const Value &x = inputs[0], &w = inputs[1], &bias = inputs[2];
  const auto range = w.quantization.scales.size() == 1 ? kernels::RowRange::symmetric : kernels::RowRange::asymmetric;
  const auto image = elements(x.shape) / x.shape[0];
  Value q = uniform(DType::int8, x.shape, 0, 0, 1);
  std::vector<std::int64_t> zero_points;
  std::vector<float> scales;
  for (std::int64_t b = 0; b < x.shape[0]; ++b) {
    const kernels::RowScale scale =
        kernels::quantize_row(kernels::row_quantizer(simd::Isa::scalar), x.as<float>().data() + b * image, image, range,
                              reinterpret_cast<std::int8_t*>(q.bytes.data()) + b * image);
    zero_points.push_back(scale.zero_point);
    scales.push_back(scale.scale);
  }
  std::vector<float> y;
  exact_sums(a, q, w, zero_points, [&](std::int64_t sum, std::int32_t b, std::size_t o) {
    const auto s_w = static_cast<float>(scale_at(w, o));
    const auto real = static_cast<float>(sum);
    const float s_x = scales[static_cast<std::size_t>(b)];
    const float product = range == kernels::RowRange::asymmetric ? real * s_w * s_x : real * (s_x * s_w);
    const float v = product + (bias.absent ? 0 : bias.as<float>()[o]);
    y.push_back(a.activation == Activation::relu ? std::max(v, 0.0F) : v);
  });
  return value_of(result_shape(a, x.shape, w.shape), y);
}

Value filter_of(const IntegerForm& form, const Shape& shape) {
  const bool is_packed = form.w == DType::int4;
  const auto bytes = static_cast<std::int32_t>((elements(shape) + 1) / 2);
  Value w = is_packed                ? uniform(DType::uint8, {bytes}, 0, 255, 2)
            : form.w == DType::uint8 ? uniform(form.w, shape, 0, 255, 2)
                                     : uniform(form.w, shape, -127, 127, 2);
  w.dtype = form.w;
  w.shape = shape;
  w.quantization = {.scales = {}, .zero_points = {form.w == DType::uint8 ? 119 : 0}, .dimension = 0};
  for (std::int32_t o = 0; o < (form.per_channel ? shape[0] : 1); ++o)
    w.quantization.scales.push_back(0.003F + 0.0007F * static_cast<float>(o % 11));
  return w;
}

Value activations_of(DType type, const Shape& shape) {
  if (type == DType::float32) return uniform(type, shape, -1.5, 3, 1);
  const bool is_short = type == DType::int16, is_unsigned = type == DType::uint8;
  Value x = uniform(type, shape,
                    is_short      ? -32768
                    : is_unsigned ? 0
                                  : -128,
                    is_short      ? 32767
                    : is_unsigned ? 255
                                  : 127,
                    1);
  x.quantization = {.scales = {0.02F}, .zero_points = {is_short ? 0 : 7}};
  return x;
}

Case make_integer(const IntegerForm& form, const Shape& input, const Shape& filter, const Conv2dAttrs& attrs,
                  bool is_constant = true, bool has_bias = true) {
  const bool is_hybrid = form.x == DType::float32;
  const Value x = activations_of(form.x, input);
  Value w = filter_of(form, filter);
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
  if (is_hybrid) {
    c.reference = [attrs](const std::vector<Value>& inputs) -> std::vector<Value> {
      return {naive_hybrid(attrs, inputs)};
    };
    return c;
  }
  c.output_quantization = {result};
  c.reference = [attrs, result, type = form.x](const std::vector<Value>& inputs) -> std::vector<Value> {
    if (type == DType::int8) return {naive_integer<std::int8_t>(attrs, inputs, result)};
    if (type == DType::uint8) return {naive_integer<std::uint8_t>(attrs, inputs, result)};
    return {naive_integer<std::int16_t>(attrs, inputs, result)};
  };
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
