#include "ops/quantize/kernels.h"

#include <algorithm>
#include <cmath>

#include "base/half.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "ops/quantize/affine.h"
#include "ops/quantize/loops.h"
#include "ops/quantize/quantize.h"
#include "ops/quantize/rescale.h"
#include "ops/stored_integer.h"

namespace litesmith::ops::quantize {
namespace {

using enum DType;

constexpr simd::Isa kScalar = simd::Isa::scalar;

/// Nearest whole number, halves away from zero; far outside of every integer type's range it is limited, and NaN
/// becomes the lower limit.
std::int32_t rounded_away(float x) noexcept {
  constexpr float kLimit = 0x1p20F;
  const float above = x >= -kLimit ? x : -kLimit;
  const float limited = above > kLimit ? kLimit : above;
  const auto whole = static_cast<std::int32_t>(limited);
  const float rest = limited - static_cast<float>(whole);
  return whole + (rest >= 0.5F ? 1 : 0) - (rest <= -0.5F ? 1 : 0);
}

/// The affine parameters and the loop of an instruction set.
template <class X, class Y>
struct AffineLoop {
  Affine affine;
  Stretch<X, Y> loop;
};

template <class X, class Y>
Fault convert(const AffineLoop<X, Y>& params, const Operands& operands, TileRange tiles) noexcept {
  const X* x = operands.in<X>(0);
  Y* y = operands.out<Y>();
  for_each_stretch(params.affine, items_of(tiles, params.affine.elements),
                   [&](std::int64_t first, std::int64_t n, const float* scale, const std::int32_t* zero_point,
                       int step) { params.loop(x + first, scale, zero_point, step, y + first, n); });
  return Fault::none;
}

const Loops& loops_of(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa == simd::Isa::avx512) return avx512::loops;
  if (isa == simd::Isa::avx2) return avx2::loops;
#endif
  return scalar::loops;
}

/// Two levels of 4 bits in a byte, the first one lowest; tiles have an even number of elements.
template <bool is_signed>
Fault quantize_to_4_bits(const Affine& affine, const Operands& operands, TileRange tiles) noexcept {
  constexpr std::int32_t kLow = is_signed ? -8 : 0, kHigh = kLow + 15;
  const float* x = operands.in<float>(0);
  auto* y = operands.out<std::uint8_t>();
  for_each_stretch(
      affine, items_of(tiles, affine.elements),
      [&](std::int64_t first, std::int64_t n, const float* scale, const std::int32_t* zero_point, int step) {
        for (std::int64_t k = 0; k < n; ++k) {
          const std::int32_t q = rounded_away(x[first + k] / scale[k * step]) + zero_point[k * step];
          const int bits = std::clamp(q, kLow, kHigh) & 15;
          std::uint8_t& byte = y[(first + k) / 2];
          byte = static_cast<std::uint8_t>((first + k) % 2 == 0 ? bits : (byte & 15) | bits << 4);
        }
      });
  return Fault::none;
}

template <int bits, bool is_signed>
Fault dequantize_packed(const Affine& affine, const Operands& operands, TileRange tiles) noexcept {
  const std::byte* x = operands.inputs[0];
  float* y = operands.out<float>();
  for_each_stretch(
      affine, items_of(tiles, affine.elements),
      [&](std::int64_t first, std::int64_t n, const float* scale, const std::int32_t* zero_point, int step) {
        for (std::int64_t k = 0; k < n; ++k) {
          const std::int32_t q = packed<bits, is_signed>(x, first + k) - zero_point[k * step];
          y[first + k] = scale[k * step] * static_cast<float>(q);
        }
      });
  return Fault::none;
}

template <auto kernel>
Step affine_step(const PrepareContext& context, simd::Isa isa, const TensorInfo& quantized) {
  Affine affine = affine_of(context, quantized);
  const std::int64_t count = affine.elements;
  return over_elements(make_step<kernel>(std::move(affine), "", isa), count);
}

template <class X, class Y>
Step loop_step(const PrepareContext& context, simd::Isa isa, const TensorInfo& quantized, Stretch<X, Y> loop) {
  AffineLoop<X, Y> params{affine_of(context, quantized), loop};
  const std::int64_t count = params.affine.elements;
  return over_elements(make_step<convert<X, Y>>(std::move(params), "", isa), count);
}

/// float32 to the type of the result.
Step quantize_step(const PrepareContext& context, simd::Isa isa) {
  const TensorInfo& y = context.output();
  switch (y.dtype) {
    case int8: return loop_step(context, isa, y, loops_of(isa).to_i8);
    case uint8: return loop_step(context, isa, y, loops_of(isa).to_u8);
    case int16: return loop_step(context, isa, y, loops_of(isa).to_i16);
    case int4: return affine_step<quantize_to_4_bits<true>>(context, isa, y);
    case uint4: return affine_step<quantize_to_4_bits<false>>(context, isa, y);
    default: context.fail("makes no ", name(y.dtype), " from float32; it makes int8, uint8, int16, int4 and uint4");
  }
}

constexpr Kernel kQuantize[] = {
    {"quantize/avx512", simd::Isa::avx512, {float32}, {}, nullptr, quantize_step},
    {"quantize/avx2", simd::Isa::avx2, {float32}, {}, nullptr, quantize_step},
    {"quantize/scalar", kScalar, {float32}, {}, nullptr, quantize_step},
    {"quantize/i8", kScalar, {int8}, {}, nullptr, rescale},
    {"quantize/u8", kScalar, {uint8}, {}, nullptr, rescale},
    {"quantize/i16", kScalar, {int16}, {}, nullptr, rescale},
    {"quantize/i32", kScalar, {int32}, {}, nullptr, rescale},
};

/// int8, uint8 or int16 to float32.
Step dequantize_step(const PrepareContext& context, simd::Isa isa) {
  const TensorInfo& x = context.input(0);
  switch (x.dtype) {
    case int8: return loop_step(context, isa, x, loops_of(isa).from_i8);
    case uint8: return loop_step(context, isa, x, loops_of(isa).from_u8);
    default: return loop_step(context, isa, x, loops_of(isa).from_i16);
  }
}

template <int bits, bool is_signed>
Step packed_step(const PrepareContext& context, simd::Isa isa) {
  return affine_step<dequantize_packed<bits, is_signed>>(context, isa, context.input(0));
}

float widened(Half x) { return to_float(x); }
float widened_brain(BFloat16 x) { return to_float(x); }

constexpr Kernel kDequantize[] = {
    {"dequantize/i8_avx512", simd::Isa::avx512, {int8}, {}, nullptr, dequantize_step},
    {"dequantize/u8_avx512", simd::Isa::avx512, {uint8}, {}, nullptr, dequantize_step},
    {"dequantize/i16_avx512", simd::Isa::avx512, {int16}, {}, nullptr, dequantize_step},
    {"dequantize/i8_avx2", simd::Isa::avx2, {int8}, {}, nullptr, dequantize_step},
    {"dequantize/u8_avx2", simd::Isa::avx2, {uint8}, {}, nullptr, dequantize_step},
    {"dequantize/i16_avx2", simd::Isa::avx2, {int16}, {}, nullptr, dequantize_step},
    {"dequantize/i8_scalar", kScalar, {int8}, {}, nullptr, dequantize_step},
    {"dequantize/u8_scalar", kScalar, {uint8}, {}, nullptr, dequantize_step},
    {"dequantize/i16_scalar", kScalar, {int16}, {}, nullptr, dequantize_step},
    {"dequantize/i4", kScalar, {int4}, {}, nullptr, packed_step<4, true>},
    {"dequantize/u4", kScalar, {uint4}, {}, nullptr, packed_step<4, false>},
    {"dequantize/i2", kScalar, {int2}, {}, nullptr, packed_step<2, true>},
    {"dequantize/f16", kScalar, {float16}, {}, nullptr, map_step<Half, float, widened>},
    {"dequantize/bf16", kScalar, {bfloat16}, {}, nullptr, map_step<BFloat16, float, widened_brain>},
};

/// Levels of FAKE_QUANT: low, high and their distance.
struct Levels {
  std::int64_t elements;
  float low, high, scale;
};

Fault fake_quant(const Levels& levels, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, levels.elements);
  const float* x = operands.in<float>(0);
  float* y = operands.out<float>();
  const float low = levels.low, high = levels.high, scale = levels.scale, inverse = 1.0F / scale;
#pragma GCC ivdep
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    const float above = x[i] < low ? low : x[i];
    const float limited = above > high ? high : above;
    y[i] = static_cast<float>(rounded_away((limited - low) * inverse)) * scale + low;
  }
  return Fault::none;
}

Step fake_quant_step(const PrepareContext& context, simd::Isa isa) {
  const auto& attrs = context.attrs<FakeQuantAttrs>();
  const float least = attrs.narrow_range ? 1 : 0, most = static_cast<float>((1 << attrs.num_bits) - 1);
  const float scale = (attrs.max - attrs.min) / (most - least);
  const float zero = least - attrs.min / scale;
  const float level = zero < least ? least : (zero > most ? most : std::round(zero));
  const std::int64_t count = elements(context.input(0).shape);
  return over_elements(
      make_step<fake_quant>(Levels{count, (least - level) * scale, (most - level) * scale, scale}, "", isa), count);
}

constexpr Kernel kFakeQuant[] = {{"fake_quant/f32", kScalar, {float32}, {}, nullptr, fake_quant_step}};

}  // namespace

Step prepare_quantize(const PrepareContext& context) { return prepare_best(kQuantize, context); }
Step prepare_dequantize(const PrepareContext& context) { return prepare_best(kDequantize, context); }
Step prepare_fake_quant(const PrepareContext& context) { return prepare_best(kFakeQuant, context); }

}  // namespace litesmith::ops::quantize
