#include "ops/activation/quantized.h"

#include <cmath>

#include "kernels/requantize/sigmoid_curve.h"
#include "ops/activation/activation.h"
#include "ops/broadcast.h"
#include "ops/integer_map.h"

namespace litesmith::ops::activation {
namespace {

using kernels::Logistic16;
using kernels::Multiplier;
using kernels::multiply;
using kernels::SigmoidCurve;
using kernels::Tanh16;

/// Zero points of operand and result.
struct Points {
  std::int32_t from, to;
};

struct Rescaled {
  Points zero;
  Multiplier factor;
  std::int32_t low, high;

  std::int64_t operator()(std::int32_t x) const noexcept {
    return std::clamp<std::int64_t>(std::int64_t{zero.to} + multiply(x - zero.from, factor), low, high);
  }
};

struct Slopes {
  Points zero;
  Multiplier above, below;

  std::int64_t operator()(std::int32_t x) const noexcept {
    const std::int32_t value = x - zero.from;
    return std::int64_t{zero.to} + multiply(value, value >= 0 ? above : below);
  }
};

/// round(a * b / 2^15) of 16-bit numbers, halves up.
std::int32_t high_product(std::int32_t a, std::int32_t b) noexcept {
  return std::min((a * b + (1 << 14)) >> 15, 32767);
}
std::int32_t shift_left(std::int32_t x, int bits) noexcept {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(std::int64_t{x} << bits, -32768, 32767));
}
Multiplier to_16_bits(Multiplier m) noexcept {
  return {static_cast<std::int32_t>(std::min<std::int64_t>((std::int64_t{m.q} + (1 << 15)) >> 16, 32767)), m.exponent};
}

/// x * relu6(x + 3) / 6 with products of 16 bits; the second factor counts in steps of 3 / 32768.
struct HardSwish {
  Points zero;
  Multiplier result, weight;

  std::int64_t operator()(std::int32_t x) const noexcept {
    const std::int32_t value = (x - zero.from) * 128;
    std::int32_t w = value;
    if (weight.exponent > 0) w = shift_left(w, weight.exponent - 1);
    w = high_product(w, weight.q);
    if (weight.exponent > 0) w = shift_left(w, 1);
    if (weight.exponent < 0) w = kernels::rounding_shift_right(w, -weight.exponent);
    w = (w + 32768) >> 1;
    const std::int32_t product = w * high_product(value, result.q) / 32768;
    return zero.to + std::int64_t{kernels::rounding_shift_right(product, -result.exponent)};
  }
};

struct Parameters {
  PerTensor from, to;
};
Parameters parameters_of(const PrepareContext& context) {
  return {per_tensor_quantization(context, context.input(0)), per_tensor_quantization(context, context.output())};
}

/// `most_doublings`: scales 2^-12 to 2^(most_doublings - 12) need no rounding.
SigmoidCurve curve_of(const PrepareContext& context, int most_doublings) {
  const auto [from, to] = parameters_of(context);
  if (from.zero_point != 0 || to.zero_point != 0 || to.scale != 0x1p-15F)
    context.fail("of int16 gives scale 2^-15 with zero points 0, but '", context.input(0).name, "' has zero point ",
                 from.zero_point, " and '", context.output().name, "' scale ", to.scale, " and zero point ",
                 to.zero_point);
  for (int k = 0; k <= most_doublings; ++k)
    if (from.scale == std::ldexp(1.0F, k - 12)) return {3 << k, 0, kernels::sigmoid_table()};
  double factor = double{from.scale} * 12288;
  int shift = 0;
  for (; factor <= 32767.0 / 2 && shift <= 30; ++shift) factor *= 2;
  if (factor >= 32768)
    context.fail("of int16 takes scales below ", 32768.0 / 12288, ", but '", context.input(0).name, "' has ",
                 from.scale);
  return {static_cast<std::int32_t>(factor), shift, kernels::sigmoid_table()};
}

struct Prelu {
  Broadcast plan;
  Points zero;
  std::int32_t zero_slope, low, high;
  Multiplier above, below;
};

template <class T, class Slope>
Fault prelu(const Prelu& params, const Operands& operands, TileRange tiles) noexcept {
  const Prelu p = params;
  map_broadcast(params.plan, tiles, operands.in<T>(0), operands.in<Slope>(1), operands.out<T>(), [&](T x, Slope alpha) {
    const std::int32_t value = x - p.zero.from, slope = alpha - p.zero_slope;
    const auto product =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(value) * static_cast<std::uint32_t>(slope));
    const std::int64_t y =
        std::int64_t{p.zero.to} + (value >= 0 ? multiply(value, p.above) : multiply(product, p.below));
    return static_cast<T>(std::clamp<std::int64_t>(y, p.low, p.high));
  });
  return Fault::none;
}

}  // namespace

Step rescaled_clamp(const PrepareContext& context, simd::Isa isa, float low, float high) {
  const auto [from, to] = parameters_of(context);
  const IntegerLimits limits = integer_limits(context.output().dtype);
  const auto bound = [&, point = to.zero_point, scale = to.scale](float value) {
    const double level = static_cast<double>(point) + static_cast<double>(std::round(value / scale));
    return static_cast<std::int32_t>(
        std::clamp(level, static_cast<double>(limits.lowest), static_cast<double>(limits.highest)));
  };
  const Multiplier factor = rescaling(context, from.scale, to.scale);
  return integer_map_step(context, isa, Rescaled{{from.zero_point, to.zero_point}, factor, bound(low), bound(high)});
}

Step quantized_leaky_relu(const PrepareContext& context, simd::Isa isa) {
  const auto [from, to] = parameters_of(context);
  const float alpha = context.attrs<LeakyReluAttrs>().alpha;
  return integer_map_step(context, isa,
                          Slopes{{from.zero_point, to.zero_point},
                                 rescaling(context, from.scale, to.scale),
                                 rescaling(context, from.scale, to.scale, alpha)});
}

Step quantized_prelu(const PrepareContext& context, simd::Isa isa) {
  const auto [from, to] = parameters_of(context);
  const PerTensor slope = per_tensor_quantization(context, context.input(1));
  const IntegerLimits limits = integer_limits(context.output().dtype);
  Prelu params{plan_of_operands(context),
               {from.zero_point, to.zero_point},
               slope.zero_point,
               static_cast<std::int32_t>(limits.lowest),
               static_cast<std::int32_t>(limits.highest),
               rescaling(context, from.scale, to.scale),
               rescaling(context, from.scale, to.scale, slope.scale)};
  switch (context.input(0).dtype) {
    case DType::int8: return planned_step<prelu<std::int8_t, std::int8_t>>(std::move(params), isa);
    case DType::uint8: return planned_step<prelu<std::uint8_t, std::uint8_t>>(std::move(params), isa);
    default:
      return context.input(1).dtype == DType::int8
                 ? planned_step<prelu<std::int16_t, std::int8_t>>(std::move(params), isa)
                 : planned_step<prelu<std::int16_t, std::int16_t>>(std::move(params), isa);
  }
}

Step quantized_hard_swish(const PrepareContext& context, simd::Isa isa) {
  const auto [from, to] = parameters_of(context);
  const float fine = (1.0F / 128) * from.scale;
  const Multiplier result = multiplier_of_scales(context, double{fine / to.scale});
  const Multiplier weight = multiplier_of_scales(context, double{fine / (3.0F / 32768)});
  if (result.exponent > 0)
    context.fail("takes scales of '", context.input(0).name, "' below 128 times that of the result, but they are ",
                 from.scale, " and ", to.scale);
  return integer_map_step(context, isa,
                          HardSwish{{from.zero_point, to.zero_point}, to_16_bits(result), to_16_bits(weight)});
}

Step logistic_int16(const PrepareContext& context, simd::Isa isa) {
  return integer_map_step(context, isa, Logistic16{curve_of(context, 0)});
}

Step tanh_int16(const PrepareContext& context, simd::Isa isa) {
  return integer_map_step(context, isa, Tanh16{curve_of(context, 1)});
}

}  // namespace litesmith::ops::activation
