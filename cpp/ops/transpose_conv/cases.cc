#include <algorithm>
#include <limits>

#include "base/error.h"
#include "kernels/hybrid/row_quantizer.h"
#include "kernels/requantize/requantize.h"
#include "ops/case.h"
#include "ops/case_image.h"
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

std::int64_t value_at(const Value& v, std::size_t i) {
  if (v.dtype == DType::int16) return v.as<std::int16_t>()[i];
  return v.dtype == DType::uint8 ? std::int64_t{v.as<std::uint8_t>()[i]} : std::int64_t{v.as<std::int8_t>()[i]};
}

std::int64_t zero_point(const Value& v) {
  return v.quantization.zero_points.empty() ? 0 : v.quantization.zero_points.front();
}

/// Exact sums of products of every output.
std::vector<std::int64_t> exact_sums(const TransposeConvAttrs& a, const Shape& ys, const Value& w, const Value& x,
                                     const std::vector<std::int64_t>& x_zero_points) {
  const Extent h = extent(a.padding, ys[1], w.shape[1], a.stride_h);
  const Extent v = extent(a.padding, ys[2], w.shape[2], a.stride_w);
  std::vector<std::int64_t> sums(static_cast<std::size_t>(elements(ys)));
  for_each(x.shape, [&](std::int32_t b, std::int32_t iy, std::int32_t ix, std::int32_t i) {
    const std::int64_t level = value_at(x, at(x.shape, b, iy, ix, i)) -
                               x_zero_points[x_zero_points.size() == 1 ? 0 : static_cast<std::size_t>(b)];
    for (std::int32_t o = 0; o < w.shape[0]; ++o)
      for (std::int32_t ky = 0; ky < w.shape[1]; ++ky)
        for (std::int32_t kx = 0; kx < w.shape[2]; ++kx) {
          const std::int32_t oy = iy * a.stride_h + ky - h.before;
          const std::int32_t ox = ix * a.stride_w + kx - v.before;
          if (oy < 0 || oy >= ys[1] || ox < 0 || ox >= ys[2]) continue;
          sums[at(ys, b, oy, ox, o)] += level * (value_at(w, at(w.shape, o, ky, kx, i)) - zero_point(w));
        }
  });
  return sums;
}

float filter_scale(const Value& w, std::size_t channel) {
  return w.quantization.scales[w.quantization.scales.size() == 1 ? 0 : channel];
}

template <class T>
Value naive_integer(const TransposeConvAttrs& a, const std::vector<Value>& inputs, const ir::Quantization& result) {
  const auto sizes = inputs[0].as<std::int32_t>();
  const Shape ys{sizes[0], sizes[1], sizes[2], sizes[3]};
  const Value &w = inputs[1], &x = inputs[2], &bias = inputs[3];
  kernels::OutputRange range{static_cast<std::int32_t>(result.zero_points.front()), std::numeric_limits<T>::lowest(),
                             std::numeric_limits<T>::max()};
  if (a.activation == Activation::relu) range.low = std::max(range.low, range.zero_point);
  const bool is_narrow = bias.absent ? a.quantized_bias_type == DType::int32 : bias.dtype == DType::int32;
  const bool is_wide = x.dtype == DType::int16 && !is_narrow;
  std::vector<T> y;
  for (std::int64_t sum : exact_sums(a, ys, w, x, {zero_point(x)})) {
    const std::size_t o = y.size() % static_cast<std::size_t>(ys[3]);
    const float s_x = x.quantization.scales.front(), s_w = filter_scale(w, o);
    const double product =
        x.dtype == DType::uint8 ? static_cast<double>(s_x * s_w) : static_cast<double>(s_x) * static_cast<double>(s_w);
    const auto m = kernels::multiplier_of(product / static_cast<double>(result.scales.front()));
    if (!bias.absent) sum += bias.dtype == DType::int64 ? bias.as<std::int64_t>()[o] : bias.as<std::int32_t>()[o];
    y.push_back(static_cast<T>(is_wide ? kernels::requantize(sum, m, range)
                                       : kernels::requantize(static_cast<std::int32_t>(sum), m, range)));
  }
  return value_of(ys, y);
}

Value naive_hybrid(const TransposeConvAttrs& a, const std::vector<Value>& inputs) {
  const auto sizes = inputs[0].as<std::int32_t>();
  const Shape ys{sizes[0], sizes[1], sizes[2], sizes[3]};
  const Value &w = inputs[1], &x = inputs[2], &bias = inputs[3];
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
  for (const std::int64_t sum : exact_sums(a, ys, w, q, zero_points)) {
    const std::size_t o = y.size() % static_cast<std::size_t>(ys[3]);
    const std::size_t b = y.size() / (static_cast<std::size_t>(elements(ys)) / scales.size());
    const float product = static_cast<float>(sum) * filter_scale(w, o) * scales[b];
    const float v = product + (bias.absent ? 0 : bias.as<float>()[o]);
    y.push_back(a.activation == Activation::relu ? std::max(v, 0.0F) : v);
  }
  return value_of(ys, y);
}

Case make_integer(IntegerForm form, const Shape& output, const Shape& filter, const Shape& input,
                  TransposeConvAttrs attrs, Fed fed = Fed::nothing) {
  attrs.quantized_bias_type = form.quantized_bias_type;
  const bool is_hybrid = form.x == DType::float32, is_short = form.x == DType::int16,
             is_unsigned = form.x == DType::uint8;
  const double high = is_hybrid ? 3 : (is_short ? 32767 : (is_unsigned ? 255 : 127));
  Value x = uniform(form.x, input, is_unsigned ? 0 : -high / (is_hybrid ? 2 : 1), high, 1);
  if (!is_hybrid) x.quantization = {.scales = {0.02F}, .zero_points = {is_short ? 0 : 7}};
  Value w =
      uniform(is_unsigned ? DType::uint8 : DType::int8, filter, is_unsigned ? 0 : -127, is_unsigned ? 255 : 127, 2);
  w.quantization.zero_points = {is_unsigned ? 119 : 0};
  for (std::int32_t c = 0; c < (form.per_channel ? filter[0] : 1); ++c)
    w.quantization.scales.push_back(0.003F + 0.0007F * static_cast<float>(c % 11));
  w.quantization.zero_points.resize(w.quantization.scales.size(), 0);
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
