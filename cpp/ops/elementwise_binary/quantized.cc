#include "ops/elementwise_binary/quantized.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "kernels/requantize/fixed_point.h"
#include "ops/broadcast.h"
#include "ops/elementwise_binary/elementwise_binary.h"
#include "ops/integer_clamp.h"
#include "ops/rescaling.h"

namespace litesmith::ops::elementwise_binary {
namespace {

using kernels::Multiplier;
using kernels::multiply;

std::int32_t wrapped_difference(std::int32_t a, std::int32_t b) noexcept {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
}
std::int32_t wrapped_product(std::int32_t a, std::int32_t b) noexcept {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
}

// Operands have 16 bits at most, so that shifts by 20 or 15 fit.
std::int32_t first(const Scaling& s, std::int32_t a) noexcept {
  return multiply((a - s.zero_point_a) * (1 << s.shift), s.a);
}
std::int32_t second(const Scaling& s, std::int32_t b) noexcept {
  return multiply((b - s.zero_point_b) * (1 << s.shift), s.b);
}

struct Sum {
  static std::int32_t result(const Scaling& s, std::int32_t a, std::int32_t b) noexcept {
    return kernels::requantize(first(s, a) + second(s, b), s.result, s.range);
  }
};
struct Difference {
  static std::int32_t result(const Scaling& s, std::int32_t a, std::int32_t b) noexcept {
    return kernels::requantize(wrapped_difference(first(s, a), second(s, b)), s.result, s.range);
  }
};
struct SquaredDifferenceOfLevels {
  static std::int32_t result(const Scaling& s, std::int32_t a, std::int32_t b) noexcept {
    const std::int32_t d = first(s, a) - second(s, b);
    return kernels::requantize(wrapped_product(d, d), s.result, s.range);
  }
};
struct Product {
  static std::int32_t result(const Scaling& s, std::int32_t a, std::int32_t b) noexcept {
    return kernels::requantize(wrapped_product(a - s.zero_point_a, b - s.zero_point_b), s.result, s.range);
  }
};
/// b is not the zero point.
struct Quotient {
  static std::int32_t result(const Scaling& s, std::int32_t a, std::int32_t b) noexcept {
    std::int32_t n = a - s.zero_point_a, d = b - s.zero_point_b;
    if (d < 0) {
      n = -n;
      d = -d;
    }
    // 1 / d = reciprocal * 2^(leading - 62), d = (1 + fraction) * 2^(31 - leading).
    const int leading = std::countl_zero(static_cast<std::uint32_t>(d));
    const auto fraction = static_cast<std::int32_t>((static_cast<std::uint32_t>(d) << leading) - (1U << 31));
    const std::int32_t reciprocal = kernels::reciprocal_of_one_plus(kernels::Fixed<0>{fraction}).raw;
    const int headroom = std::countl_zero(static_cast<std::uint32_t>(n < 0 ? ~n : n)) - 1;
    const auto shifted = static_cast<std::int32_t>(static_cast<std::uint32_t>(n) << headroom);
    const std::int32_t quotient = kernels::doubling_high_product(shifted, reciprocal);
    const int exponent = s.result.exponent - (31 - leading) - headroom;
    return kernels::requantize(exponent < -31 ? 0 : quotient, Multiplier{s.result.q, std::max(exponent, -31)}, s.range);
  }
};
/// Scales are powers of two and one operand has the result's: the other one is shifted (`a` or `b` holds its exponent).
template <int sign>
struct ShiftedSum {
  static std::int32_t result(const Scaling& s, std::int32_t a, std::int32_t b) noexcept {
    const std::int32_t y =
        kernels::rounding_shift_right(a, -s.a.exponent) + sign * kernels::rounding_shift_right(b, -s.b.exponent);
    return std::clamp(y, s.range.low, s.range.high);
  }
};

template <class T, class Function>
void run(const Scaling& scaling, const std::byte* a, const std::byte* b, std::byte* y, const Rows& rows) noexcept {
  const T *x1 = reinterpret_cast<const T*>(a), *x2 = reinterpret_cast<const T*>(b);
  T* out = reinterpret_cast<T*>(y);
  for (std::int64_t row = 0; row < rows.count; ++row) {
    for (std::int64_t i = 0; i < rows.length; ++i)
      out[i] = static_cast<T>(Function::result(scaling, x1[i * rows.a_step], x2[i * rows.b_step]));
    x1 += rows.a_stride;
    x2 += rows.b_stride;
    out += rows.length;
  }
}

template <class Function>
constexpr RunsOfTypes kRunsOf = {run<std::int8_t, Function>, run<std::uint8_t, Function>, run<std::int16_t, Function>};

constexpr Runs kScalarRuns = {kRunsOf<Sum>, kRunsOf<Difference>, kRunsOf<Product>};

const Runs& runs_of(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa == simd::Isa::avx512) return avx512::runs;
  if (isa == simd::Isa::avx2) return avx2::runs;
#endif
  return kScalarRuns;
}

struct Quantized {
  Broadcast plan;
  Scaling scaling;
  Run run;
  std::int64_t width;
};

Fault apply(const Quantized& params, const Operands& operands, TileRange tiles) noexcept {
  const Broadcast& plan = params.plan;
  const auto run = [&](const Broadcast::Offsets& at, std::int64_t first, std::int64_t count, std::int64_t length,
                       const Broadcast::Offsets& strides) {
    params.run(params.scaling, operands.inputs[0] + at[0] * params.width, operands.inputs[1] + at[1] * params.width,
               operands.outputs[0] + first * params.width,
               {count, length, plan.step[0], plan.step[1], strides[0], strides[1]});
  };
  if (plan.pieces <= 1 && plan.dims.size() == 1) {
    const Range rows = items_of(tiles, plan.rows, plan.rows_per_tile);
    run(plan.offsets_of(rows.begin), rows.begin * plan.inner, rows.size(), plan.inner, plan.strides[0]);
    return Fault::none;
  }
  for_each_run(plan, tiles,
               [&](const Broadcast::Offsets& at, std::int64_t first, std::int64_t n) { run(at, first, 1, n, {}); });
  return Fault::none;
}

/// The quotients by zero are 0.
template <class T>
Fault divide(const Quantized& params, const Operands& operands, TileRange tiles) noexcept {
  bool found = false;
  const std::int32_t zero = params.scaling.zero_point_b;
  map_broadcast(params.plan, tiles, operands.in<T>(0), operands.in<T>(1), operands.out<T>(), [&](T a, T b) {
    found |= b == zero;
    return b == zero ? T{} : static_cast<T>(Quotient::result(params.scaling, a, b));
  });
  return found ? Fault::division_by_zero : Fault::none;
}

template <auto kernel>
Step step_of(const PrepareContext& context, const Scaling& scaling, Run run, simd::Isa isa) {
  const auto width = static_cast<std::int64_t>(byte_width(context.output().dtype));
  return planned_step<kernel>(Quantized{plan_of_operands(context), scaling, run, width}, isa);
}

struct Parameters {
  PerTensor a, b, result;
};

Parameters parameters_of(const PrepareContext& context) {
  return {per_tensor_quantization(context, context.input(0)), per_tensor_quantization(context, context.input(1)),
          per_tensor_quantization(context, context.output())};
}

Scaling scaling_of(const PrepareContext& context, const Parameters& parameters) {
  const auto activation = context.op().fused_activation.get == nullptr
                              ? Activation::none
                              : context.op().fused_activation.get(context.node().attrs);
  const IntegerClamp clamp = fused_integer_clamp(context, activation, context.output());
  return {parameters.a.zero_point,
          parameters.b.zero_point,
          0,
          {},
          {},
          {},
          {parameters.result.zero_point, clamp.low, clamp.high}};
}

/// The operands' ratios to twice the larger scale; that scale.
double scale_operands(const PrepareContext& context, const Parameters& parameters, Scaling& scaling) {
  const double twice = 2 * double{std::max(parameters.a.scale, parameters.b.scale)};
  scaling.a = multiplier_of_scales(context, parameters.a.scale / twice);
  scaling.b = multiplier_of_scales(context, parameters.b.scale / twice);
  return twice;
}

/// log2 of a scale that is a power of two.
bool exponent_of(float scale, int& exponent) {
  const float mantissa = std::frexp(scale, &exponent);
  --exponent;
  return mantissa == 0.5F;
}

/// Whether the sum of int16 is a shift of one operand; sets the exponents of both.
bool is_shifted(const PrepareContext& context, const Parameters& parameters, Scaling& scaling) {
  if (context.arithmetic() == Arithmetic::tflm) return false;
  if (context.output().dtype != DType::int16 || !context.attrs<ArithmeticAttrs>().pot_scale_int16) return false;
  int a, b, y;
  const bool powers = exponent_of(parameters.a.scale, a) && exponent_of(parameters.b.scale, b) &&
                      exponent_of(parameters.result.scale, y);
  const bool symmetric =
      parameters.a.zero_point == 0 && parameters.b.zero_point == 0 && parameters.result.zero_point == 0;
  if (!powers || !symmetric) return false;
  scaling.a.exponent = a - y;
  scaling.b.exponent = b - y;
  return (a == y && b <= y && b >= y - 31) || (b == y && a <= y && a >= y - 31);
}

template <class Shifted>
Step sum(const PrepareContext& context, simd::Isa isa, RunsOfTypes Runs::* runs) {
  const Parameters parameters = parameters_of(context);
  Scaling scaling = scaling_of(context, parameters);
  const DType type = context.output().dtype;
  if (is_shifted(context, parameters, scaling)) return step_of<apply>(context, scaling, kRunsOf<Shifted>.of(type), isa);
  scaling.shift = type == DType::int16 ? 15 : 20;
  const double twice = scale_operands(context, parameters, scaling);
  scaling.result = multiplier_of_scales(context, twice / std::ldexp(double{parameters.result.scale}, scaling.shift));
  return step_of<apply>(context, scaling, (runs_of(isa).*runs).of(type), isa);
}

}  // namespace

Step quantized_add(const PrepareContext& context, simd::Isa isa) {
  return sum<ShiftedSum<1>>(context, isa, &Runs::add);
}

Step quantized_sub(const PrepareContext& context, simd::Isa isa) {
  return sum<ShiftedSum<-1>>(context, isa, &Runs::sub);
}

Step quantized_squared_difference(const PrepareContext& context, simd::Isa isa) {
  const Parameters parameters = parameters_of(context);
  Scaling scaling = scaling_of(context, parameters);
  scaling.shift = 7;
  const double twice = scale_operands(context, parameters, scaling);
  scaling.result =
      multiplier_of_scales(context, twice * twice / std::ldexp(double{parameters.result.scale}, 2 * scaling.shift));
  return step_of<apply>(context, scaling, kRunsOf<SquaredDifferenceOfLevels>.of(context.output().dtype), isa);
}

Step quantized_mul(const PrepareContext& context, simd::Isa isa) {
  const Parameters parameters = parameters_of(context);
  Scaling scaling = scaling_of(context, parameters);
  // every product but 0 is beyond the ends of 8 bits, and kernels hold no such factor: less is enough
  constexpr float kSaturating = 0x1p14F;
  const bool is_narrow = bit_width(context.output().dtype) == 8;
  const bool is_beyond = parameters.a.scale * parameters.b.scale / parameters.result.scale >= 0x1p30F;
  scaling.result = is_narrow && is_beyond
                       ? multiplier_of_scales(context, double{kSaturating})
                       : rescaling(context, parameters.a.scale, parameters.result.scale, parameters.b.scale);
  return step_of<apply>(context, scaling, runs_of(isa).mul.of(context.output().dtype), isa);
}

Step quantized_div(const PrepareContext& context, simd::Isa isa) {
  const Parameters parameters = parameters_of(context);
  Scaling scaling = scaling_of(context, parameters);
  const float ratio = parameters.a.scale / (parameters.b.scale * parameters.result.scale);
  scaling.result = multiplier_of_scales(context, ratio);
  switch (context.output().dtype) {
    case DType::int8: return step_of<divide<std::int8_t>>(context, scaling, nullptr, isa);
    case DType::uint8: return step_of<divide<std::uint8_t>>(context, scaling, nullptr, isa);
    default: return step_of<divide<std::int16_t>>(context, scaling, nullptr, isa);
  }
}

}  // namespace litesmith::ops::elementwise_binary
