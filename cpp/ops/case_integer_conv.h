#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "base/error.h"
#include "kernels/hybrid/row_quantizer.h"
#include "kernels/requantize/requantize.h"
#include "ops/activation/activation.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/stored_integer.h"

/// What cases of convolutions by integer weights share: operands, and naive references from exact sums of products.
namespace litesmith::ops {

inline std::int64_t level_at(const Value& v, std::size_t i) {
  return v.dtype == DType::int16 ? v.as<std::int16_t>()[i]
                                 : stored_integer(v.dtype, v.bytes.data(), static_cast<std::int64_t>(i));
}
inline float scale_at(const Value& v, std::size_t channel) {
  return v.quantization.scales[v.quantization.scales.size() == 1 ? 0 : channel];
}
inline std::int64_t zero_point(const Value& v) {
  return v.quantization.zero_points.empty() ? 0 : v.quantization.zero_points.front();
}

/// An image of this type; float32 makes a case with float activations.
inline Value activations_of(DType type, const Shape& shape) {
  switch (type) {
    case DType::float32: return uniform(type, shape, -1.5, 3, 1);
    case DType::int16: {
      Value x = uniform(type, shape, -32768, 32767, 1);
      x.quantization = {.scales = {0.02F}, .zero_points = {0}};
      return x;
    }
    default: {
      const bool is_unsigned = type == DType::uint8;
      Value x = uniform(type, shape, is_unsigned ? 0 : -128, is_unsigned ? 255 : 127, 1);
      x.quantization = {.scales = {0.02F}, .zero_points = {7}};
      return x;
    }
  }
}

/// A filter of int4, int8 or uint8 whose scales, one or one per channel, differ.
inline Value filter_of(DType type, const Shape& shape, int channel_axis, bool per_channel) {
  const bool is_packed = type == DType::int4, is_unsigned = type == DType::uint8;
  const auto bytes = static_cast<std::int32_t>((elements(shape) + 1) / 2);
  Value w = is_packed ? uniform(DType::uint8, {bytes}, 0, 255, 2)
                      : uniform(type, shape, is_unsigned ? 0 : -127, is_unsigned ? 255 : 127, 2);
  w.dtype = type;
  w.shape = shape;
  w.quantization.dimension = channel_axis;
  for (std::int32_t c = 0; c < (per_channel ? shape[channel_axis] : 1); ++c)
    w.quantization.scales.push_back(0.003F + 0.0007F * static_cast<float>(c % 11));
  w.quantization.zero_points.assign(w.quantization.scales.size(), is_unsigned ? 119 : 0);
  return w;
}

/// visit(ky, kx, iy, ix) for every tap of a filter [., H, W, .] that meets the image, for output pixel (oy, ox).
template <class Attrs, class Visit>
void for_each_tap(const Attrs& a, const Shape& xs, const Shape& ws, std::int32_t oy, std::int32_t ox, Visit visit) {
  const Extent h = extent(a.padding, xs[1], ws[1], a.stride_h, a.dilation_h);
  const Extent v = extent(a.padding, xs[2], ws[2], a.stride_w, a.dilation_w);
  for (std::int32_t ky = 0; ky < ws[1]; ++ky)
    for (std::int32_t kx = 0; kx < ws[2]; ++kx) {
      const std::int32_t iy = oy * a.stride_h + ky * a.dilation_h - h.before;
      const std::int32_t ix = ox * a.stride_w + kx * a.dilation_w - v.before;
      if (iy >= 0 && iy < xs[1] && ix >= 0 && ix < xs[2]) visit(ky, kx, iy, ix);
    }
}

/// The result's shape of a convolution by a filter [., H, W, .].
template <class Attrs>
Shape convolved_shape(const Attrs& a, const Shape& xs, const Shape& ws, std::int32_t channels) {
  return {xs[0], extent(a.padding, xs[1], ws[1], a.stride_h, a.dilation_h).out,
          extent(a.padding, xs[2], ws[2], a.stride_w, a.dilation_w).out, channels};
}

/// One convolution for the references below.
struct IntegerConv {
  const Value& x;
  const Value& w;
  const Value& bias;
  Shape result;  // [N, H, W, C]
  Activation activation;
  /// Sums of int16 activations have 64 bits.
  bool is_wide;
  /// Hybrid results: sum * weight scale * input scale instead of sum * (input scale * weight scale).
  bool weight_scale_first = false;
  kernels::RowRange hybrid_range = kernels::RowRange::asymmetric;
};

/// int16 sums are wide unless the bias, or the type asked for where there is none, is int32.
inline bool has_wide_sums(const Value& x, const Value& bias, DType quantized_bias_type) {
  return x.dtype == DType::int16 && (bias.absent ? quantized_bias_type : bias.dtype) != DType::int32;
}

/// Results of integers. exact_sums(x, x_zero_points) gives the sums of products of all results in order, bias excluded,
/// for one zero point per image.
template <class T, class ExactSums>
Value naive_integers(const IntegerConv& c, const ir::Quantization& result, ExactSums exact_sums) {
  kernels::OutputRange range{static_cast<std::int32_t>(result.zero_points.front()), std::numeric_limits<T>::lowest(),
                             std::numeric_limits<T>::max()};
  if (c.activation == Activation::relu) range.low = std::max(range.low, range.zero_point);
  std::vector<T> y;
  const std::vector<std::int64_t> zero_points(static_cast<std::size_t>(c.x.shape[0]), zero_point(c.x));
  for (std::int64_t sum : exact_sums(c.x, zero_points)) {
    const std::size_t o = y.size() % static_cast<std::size_t>(c.result[3]);
    const float s_x = scale_at(c.x, 0), s_w = scale_at(c.w, o);
    const double product = c.x.dtype == DType::uint8 ? static_cast<double>(s_x * s_w) : double{s_x} * double{s_w};
    const auto m = kernels::multiplier_of(product / static_cast<double>(result.scales.front()));
    if (!c.bias.absent)
      sum += c.bias.dtype == DType::int64 ? c.bias.as<std::int64_t>()[o] : c.bias.as<std::int32_t>()[o];
    y.push_back(static_cast<T>(c.is_wide ? kernels::requantize(sum, m, range)
                                         : kernels::requantize(static_cast<std::int32_t>(sum), m, range)));
  }
  return value_of(c.result, y);
}

/// Results of float activations that are quantized image by image.
template <class ExactSums>
Value naive_hybrid(const IntegerConv& c, ExactSums exact_sums) {
  const std::int64_t image = elements(c.x.shape) / c.x.shape[0];
  Value q = uniform(DType::int8, c.x.shape, 0, 0, 1);
  std::vector<std::int64_t> zero_points;
  std::vector<float> scales;
  for (std::int64_t b = 0; b < c.x.shape[0]; ++b) {
    const kernels::RowScale scale =
        kernels::quantize_row(kernels::row_quantizer(simd::Isa::scalar), c.x.as<float>().data() + b * image, image,
                              c.hybrid_range, reinterpret_cast<std::int8_t*>(q.bytes.data()) + b * image);
    zero_points.push_back(scale.zero_point);
    scales.push_back(scale.scale);
  }
  std::vector<float> y;
  for (const std::int64_t sum : exact_sums(q, zero_points)) {
    const std::size_t o = y.size() % static_cast<std::size_t>(c.result[3]);
    const float s_x = scales[y.size() / (static_cast<std::size_t>(elements(c.result)) / scales.size())];
    const float s_w = scale_at(c.w, o);
    const auto real = static_cast<float>(sum);
    const float product = c.weight_scale_first ? real * s_w * s_x : real * (s_x * s_w);
    const float v = product + (c.bias.absent ? 0 : c.bias.as<float>()[o]);
    y.push_back(c.activation == Activation::relu ? std::max(v, 0.0F) : v);
  }
  return value_of(c.result, y);
}

/// The reference for activations of any type.
template <class ExactSums>
std::vector<Value> naive_conv(const IntegerConv& c, const ir::Quantization& result, ExactSums exact_sums) {
  switch (c.x.dtype) {
    case DType::float32: return {naive_hybrid(c, exact_sums)};
    case DType::int16: return {naive_integers<std::int16_t>(c, result, exact_sums)};
    case DType::uint8: return {naive_integers<std::uint8_t>(c, result, exact_sums)};
    default: return {naive_integers<std::int8_t>(c, result, exact_sums)};
  }
}

}  // namespace litesmith::ops
