#include "ops/quantize/kernels.h"

#include <cmath>
#include <limits>

#include "base/half.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "ops/quantize/affine.h"
#include "ops/quantize/quantize.h"
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

template <class T>
Fault quantize(const Affine& affine, const Operands& operands, TileRange tiles) noexcept {
  constexpr std::int32_t kLow = std::numeric_limits<T>::lowest(), kHigh = std::numeric_limits<T>::max();
  const float* x = operands.in<float>(0);
  T* y = operands.out<T>();
  const auto level = [](float v, float scale, std::int32_t zero_point) {
    const std::int32_t q = rounded_away(v / scale) + zero_point;
    return static_cast<T>(q < kLow ? kLow : (q > kHigh ? kHigh : q));
  };
  for_each_stretch(
      affine, items_of(tiles, affine.elements),
      [&](std::int64_t first, std::int64_t n, const float* scale, const std::int32_t* zero_point, int step) {
        if (step == 0) {
          const float s = *scale;
          const std::int32_t z = *zero_point;
          for (std::int64_t k = 0; k < n; ++k) y[first + k] = level(x[first + k], s, z);
        } else {
          for (std::int64_t k = 0; k < n; ++k) y[first + k] = level(x[first + k], scale[k], zero_point[k]);
        }
      });
  return Fault::none;
}

template <std::int32_t (*load)(const std::byte*, std::int64_t) noexcept>
Fault dequantize(const Affine& affine, const Operands& operands, TileRange tiles) noexcept {
  const std::byte* x = operands.inputs[0];
  float* y = operands.out<float>();
  for_each_stretch(
      affine, items_of(tiles, affine.elements),
      [&](std::int64_t first, std::int64_t n, const float* scale, const std::int32_t* zero_point, int step) {
        if (step == 0) {
          const float s = *scale;
          const std::int32_t z = *zero_point;
          for (std::int64_t k = 0; k < n; ++k) y[first + k] = s * static_cast<float>(load(x, first + k) - z);
        } else {
          for (std::int64_t k = 0; k < n; ++k)
            y[first + k] = scale[k] * static_cast<float>(load(x, first + k) - zero_point[k]);
        }
      });
  return Fault::none;
}

template <auto kernel>
Step quantize_step(const PrepareContext& context, simd::Isa isa) {
  Affine affine = affine_of(context, context.output());
  const std::int64_t count = affine.elements;
  return over_elements(make_step<kernel>(std::move(affine), "", isa), count);
}

template <DType type>
bool gives(const PrepareContext& context) {
  return context.output().dtype == type;
}

constexpr Kernel kQuantize[] = {
    {"quantize/f32_i8", kScalar, {float32}, {}, gives<int8>, quantize_step<quantize<std::int8_t>>},
    {"quantize/f32_u8", kScalar, {float32}, {}, gives<uint8>, quantize_step<quantize<std::uint8_t>>},
    {"quantize/f32_i16", kScalar, {float32}, {}, gives<int16>, quantize_step<quantize<std::int16_t>>},
};

template <std::int32_t (*load)(const std::byte*, std::int64_t) noexcept>
Step dequantize_step(const PrepareContext& context, simd::Isa isa) {
  Affine affine = affine_of(context, context.input(0));
  const std::int64_t count = affine.elements;
  return over_elements(make_step<dequantize<load>>(std::move(affine), "", isa), count);
}

float widened(Half x) { return to_float(x); }
float widened_brain(BFloat16 x) { return to_float(x); }

constexpr Kernel kDequantize[] = {
    {"dequantize/i8", kScalar, {int8}, {}, nullptr, dequantize_step<stored<std::int8_t>>},
    {"dequantize/u8", kScalar, {uint8}, {}, nullptr, dequantize_step<stored<std::uint8_t>>},
    {"dequantize/i16", kScalar, {int16}, {}, nullptr, dequantize_step<stored<std::int16_t>>},
    {"dequantize/i4", kScalar, {int4}, {}, nullptr, dequantize_step<packed<4, true>>},
    {"dequantize/u4", kScalar, {uint4}, {}, nullptr, dequantize_step<packed<4, false>>},
    {"dequantize/i2", kScalar, {int2}, {}, nullptr, dequantize_step<packed<2, true>>},
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
