#include "ops/elementwise_unary/quantized.h"

#include <cmath>

#include "kernels/requantize/fixed_point.h"
#include "ops/integer_map.h"

namespace litesmith::ops::elementwise_unary {
namespace {

using kernels::Multiplier;
using kernels::multiply;

struct Abs {
  std::int32_t from, to;
  /// Nothing where both scales are one.
  bool rescales;
  Multiplier factor;

  std::int64_t operator()(std::int32_t x) const noexcept {
    const std::int32_t size = std::abs(x - from);
    return std::int64_t{to} + (rescales ? multiply(size, factor) : size);
  }
};

struct Sqrt {
  PerTensor from, to;

  std::int64_t operator()(std::int32_t x) const noexcept {
    const float root = std::sqrt(from.scale * static_cast<float>(x - from.zero_point));
    return to.zero_point + static_cast<std::int64_t>(std::min(root / to.scale, 65536.0F));
  }
};

struct Rsqrt {
  static constexpr int kExtraBits = 20;
  std::int32_t from, to, highest;
  Multiplier factor;

  std::int64_t operator()(std::int32_t x) const noexcept {
    const std::int32_t value = x - from;
    if (value == 0) return highest;
    const Multiplier root = kernels::inverse_square_root(value);
    const std::int32_t inverse = multiply(1, Multiplier{root.q, root.exponent + kExtraBits});
    return std::int64_t{to} + multiply(inverse, factor);
  }
};

struct RoundedRsqrt {
  PerTensor from, to;
  std::int32_t highest;

  std::int64_t operator()(std::int32_t x) const noexcept {
    const std::int32_t value = x - from.zero_point;
    if (value == 0) return highest;
    const double level = 1 / (std::sqrt(double{from.scale} * value) * double{to.scale});
    return to.zero_point + static_cast<std::int64_t>(std::round(std::min(level, 65536.0)));
  }
};

std::int32_t highest_of(const PrepareContext& context) {
  return static_cast<std::int32_t>(integer_limits(context.output().dtype).highest);
}

struct Parameters {
  PerTensor from, to;
};
Parameters parameters_of(const PrepareContext& context) {
  return {per_tensor_quantization(context, context.input(0)), per_tensor_quantization(context, context.output())};
}

}  // namespace

Step quantized_abs(const PrepareContext& context, simd::Isa isa) {
  const auto [from, to] = parameters_of(context);
  return integer_map_step(
      context, isa,
      Abs{from.zero_point, to.zero_point, from.scale != to.scale, rescaling(context, from.scale, to.scale)});
}

Step quantized_sqrt(const PrepareContext& context, simd::Isa isa) {
  const auto [from, to] = parameters_of(context);
  return integer_map_step(context, isa, Sqrt{from, to}, from.zero_point);
}

Step quantized_rsqrt(const PrepareContext& context, simd::Isa isa) {
  const auto [from, to] = parameters_of(context);
  const double unit = context.arithmetic() == Arithmetic::tflm ? std::sqrt(double{from.scale}) * double{to.scale}
                                                               : double{std::sqrt(from.scale) * to.scale};
  Multiplier factor = multiplier_of_scales(context, 1 / unit);
  factor.exponent -= Rsqrt::kExtraBits;
  if (factor.exponent < -31) factor = {};
  return integer_map_step(context, isa, Rsqrt{from.zero_point, to.zero_point, highest_of(context), factor},
                          from.zero_point);
}

Step rounded_rsqrt(const PrepareContext& context, simd::Isa isa) {
  const auto [from, to] = parameters_of(context);
  return integer_map_step(context, isa, RoundedRsqrt{from, to, highest_of(context)}, from.zero_point);
}

}  // namespace litesmith::ops::elementwise_unary
