#include "ops/elementwise_binary/kernels.h"

#include <limits>
#include <utility>

#include "ops/broadcast.h"
#include "ops/elementwise_binary/elementwise_binary.h"
#include "ops/elementwise_binary/float_runs.h"
#include "ops/elementwise_binary/functions.h"
#include "ops/elementwise_binary/quantized.h"
#include "ops/map.h"

namespace litesmith::ops::elementwise_binary {
namespace {

template <class T, class Function>
Fault plain(const Broadcast& plan, const Operands& operands, TileRange tiles) noexcept {
  map_broadcast(plan, tiles, operands.in<T>(0), operands.in<T>(1), operands.out<T>(), Function{});
  return Fault::none;
}

/// Bounds of the fused activation and the broadcast.
template <class T>
struct Clamped {
  Broadcast plan;
  T low, high;
};

template <class T, class Function>
Fault clamped(const Clamped<T>& params, const Operands& operands, TileRange tiles) noexcept {
  const T low = params.low, high = params.high;
  map_broadcast(params.plan, tiles, operands.in<T>(0), operands.in<T>(1), operands.out<T>(), [=](T a, T b) {
    const T y = Function{}(a, b);
    return y < low ? low : (y > high ? high : y);
  });
  return Fault::none;
}

/// Functions that some second operands have no value for: those give `fault`, and the function sees `stand_in`.
template <class T, class Function, T stand_in, Fault fault, bool (*is_bad)(T)>
Fault checked(const Clamped<T>& params, const Operands& operands, TileRange tiles) noexcept {
  bool found = false;
  map_broadcast(params.plan, tiles, operands.in<T>(0), operands.in<T>(1), operands.out<T>(), [&](T a, T b) {
    const bool bad = is_bad(b);
    found |= bad;
    const T y = Function{}(a, bad ? stand_in : b);
    return y < params.low ? params.low : (y > params.high ? params.high : y);
  });
  return found ? fault : Fault::none;
}

template <class T>
Clamped<T> clamped_params(const PrepareContext& context) {
  Clamp clamp{-std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()};
  if (context.op().fused_activation.get != nullptr)
    clamp = fused_clamp(context, context.op().fused_activation.get(context.node().attrs));
  if constexpr (std::is_floating_point_v<T>) {
    return {plan_of_operands(context), clamp.low, clamp.high};
  } else {
    // The finite bounds are -1, 0, 1 and 6.
    constexpr T kLeast = std::numeric_limits<T>::lowest(), kMost = std::numeric_limits<T>::max();
    return {plan_of_operands(context), std::isinf(clamp.low) || (clamp.low < 0 && kLeast == 0) ? kLeast : T(clamp.low),
            std::isinf(clamp.high) ? kMost : T(clamp.high)};
  }
}

template <class T, Fault (*kernel)(const Clamped<T>&, const Operands&, TileRange) noexcept>
Step clamped_step(const PrepareContext& context, simd::Isa isa) {
  return planned_step<kernel>(clamped_params<T>(context), isa);
}

struct Floats {
  Broadcast plan;
  float low, high;
  FloatFunction function;
};

Fault run_floats(const Floats& params, const Operands& operands, TileRange tiles) noexcept {
  const float *a = operands.in<float>(0), *b = operands.in<float>(1);
  float* y = operands.out<float>();
  const Broadcast& plan = params.plan;
  for_each_run(plan, tiles, [=, &params](const Broadcast::Offsets& at, std::int64_t first, std::int64_t n) {
    if (n > 0)
      params.function({a + at[0], b + at[1], y + first, n, plan.step[0], plan.step[1], params.low, params.high});
  });
  return Fault::none;
}

template <class Function>
void run_one_by_one(const FloatRun& run) noexcept {
  const float fixed_a = *run.a, fixed_b = *run.b, low = run.low, high = run.high;
  const auto inside = [=](float y) { return y < low ? low : (y > high ? high : y); };
  if (run.a_step != 0 && run.b_step != 0) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < run.length; ++i) run.y[i] = inside(Function{}(run.a[i], run.b[i]));
  } else if (run.a_step != 0) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < run.length; ++i) run.y[i] = inside(Function{}(run.a[i], fixed_b));
  } else {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < run.length; ++i) run.y[i] = inside(Function{}(fixed_a, run.b[i]));
  }
}

constexpr FloatFunctions kScalarFloats = {run_one_by_one<Add>, run_one_by_one<Sub>, run_one_by_one<Mul>,
                                          run_one_by_one<Div>};

const FloatFunctions& float_functions(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa == simd::Isa::avx512) return avx512::float_functions;
  if (isa == simd::Isa::avx2) return avx2::float_functions;
#endif
  static_cast<void>(isa);
  return kScalarFloats;
}

template <FloatFunction FloatFunctions::* function>
Step float_step(const PrepareContext& context, simd::Isa isa) {
  Clamped<float> clamped = clamped_params<float>(context);
  return planned_step<run_floats>(
      Floats{std::move(clamped.plan), clamped.low, clamped.high, float_functions(isa).*function}, isa);
}

template <class T>
bool is_zero(T b) {
  return b == 0;
}
template <class T>
bool is_negative(T b) {
  return b < 0;
}

bool is_raw(const PrepareContext& context) {
  return context.input(0).quantization == nullptr || context.input(0).quantization->empty();
}

bool is_scaled(const PrepareContext& context) { return !is_raw(context); }

constexpr simd::Isa kScalar = simd::Isa::scalar;
using enum DType;

template <class T, class Function>
constexpr auto arithmetic = clamped_step<T, clamped<T, Function>>;
template <class T, class Function>
constexpr auto division = clamped_step<T, checked<T, Function, T{1}, Fault::division_by_zero, is_zero<T>>>;
template <class T, class Function>
constexpr auto simple = broadcast_step<plain<T, Function>>;

constexpr Kernel kAdd[] = {
    {"add/i8_avx512", simd::Isa::avx512, {int8, int8}, {}, nullptr, quantized_add},
    {"add/u8_avx512", simd::Isa::avx512, {uint8, uint8}, {}, nullptr, quantized_add},
    {"add/q16_avx512", simd::Isa::avx512, {int16, int16}, {}, is_scaled, quantized_add},
    {"add/i8_avx2", simd::Isa::avx2, {int8, int8}, {}, nullptr, quantized_add},
    {"add/u8_avx2", simd::Isa::avx2, {uint8, uint8}, {}, nullptr, quantized_add},
    {"add/q16_avx2", simd::Isa::avx2, {int16, int16}, {}, is_scaled, quantized_add},
    {"add/f32_avx512", simd::Isa::avx512, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::add>},
    {"add/f32_avx2", simd::Isa::avx2, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::add>},
    {"add/f32", kScalar, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::add>},
    {"add/i32", kScalar, {int32, int32}, {}, nullptr, arithmetic<std::int32_t, Add>},
    {"add/i64", kScalar, {int64, int64}, {}, nullptr, arithmetic<std::int64_t, Add>},
    {"add/i16", kScalar, {int16, int16}, {}, is_raw, arithmetic<std::int16_t, Add>},
    {"add/i8", kScalar, {int8, int8}, {}, nullptr, quantized_add},
    {"add/u8", kScalar, {uint8, uint8}, {}, nullptr, quantized_add},
    {"add/q16", kScalar, {int16, int16}, {}, nullptr, quantized_add},
};
constexpr Kernel kSub[] = {
    {"sub/i8_avx512", simd::Isa::avx512, {int8, int8}, {}, nullptr, quantized_sub},
    {"sub/u8_avx512", simd::Isa::avx512, {uint8, uint8}, {}, nullptr, quantized_sub},
    {"sub/q16_avx512", simd::Isa::avx512, {int16, int16}, {}, is_scaled, quantized_sub},
    {"sub/i8_avx2", simd::Isa::avx2, {int8, int8}, {}, nullptr, quantized_sub},
    {"sub/u8_avx2", simd::Isa::avx2, {uint8, uint8}, {}, nullptr, quantized_sub},
    {"sub/q16_avx2", simd::Isa::avx2, {int16, int16}, {}, is_scaled, quantized_sub},
    {"sub/f32_avx512", simd::Isa::avx512, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::sub>},
    {"sub/f32_avx2", simd::Isa::avx2, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::sub>},
    {"sub/f32", kScalar, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::sub>},
    {"sub/i32", kScalar, {int32, int32}, {}, nullptr, arithmetic<std::int32_t, Sub>},
    {"sub/i64", kScalar, {int64, int64}, {}, nullptr, arithmetic<std::int64_t, Sub>},
    {"sub/i8", kScalar, {int8, int8}, {}, nullptr, quantized_sub},
    {"sub/u8", kScalar, {uint8, uint8}, {}, nullptr, quantized_sub},
    {"sub/q16", kScalar, {int16, int16}, {}, nullptr, quantized_sub},
};
constexpr Kernel kMul[] = {
    {"mul/i8_avx512", simd::Isa::avx512, {int8, int8}, {}, nullptr, quantized_mul},
    {"mul/u8_avx512", simd::Isa::avx512, {uint8, uint8}, {}, nullptr, quantized_mul},
    {"mul/q16_avx512", simd::Isa::avx512, {int16, int16}, {}, is_scaled, quantized_mul},
    {"mul/i8_avx2", simd::Isa::avx2, {int8, int8}, {}, nullptr, quantized_mul},
    {"mul/u8_avx2", simd::Isa::avx2, {uint8, uint8}, {}, nullptr, quantized_mul},
    {"mul/q16_avx2", simd::Isa::avx2, {int16, int16}, {}, is_scaled, quantized_mul},
    {"mul/f32_avx512", simd::Isa::avx512, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::mul>},
    {"mul/f32_avx2", simd::Isa::avx2, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::mul>},
    {"mul/f32", kScalar, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::mul>},
    {"mul/i32", kScalar, {int32, int32}, {}, nullptr, arithmetic<std::int32_t, Mul>},
    {"mul/u32", kScalar, {uint32, uint32}, {}, nullptr, arithmetic<std::uint32_t, Mul>},
    {"mul/i64", kScalar, {int64, int64}, {}, nullptr, arithmetic<std::int64_t, Mul>},
    {"mul/i16", kScalar, {int16, int16}, {}, is_raw, arithmetic<std::int16_t, Mul>},
    {"mul/i8", kScalar, {int8, int8}, {}, nullptr, quantized_mul},
    {"mul/u8", kScalar, {uint8, uint8}, {}, nullptr, quantized_mul},
    {"mul/q16", kScalar, {int16, int16}, {}, nullptr, quantized_mul},
    {"mul/c64", kScalar, {complex64, complex64}, {}, nullptr, simple<Complex64, MulComplex>},
};
constexpr Kernel kDiv[] = {
    {"div/f32_avx512", simd::Isa::avx512, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::div>},
    {"div/f32_avx2", simd::Isa::avx2, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::div>},
    {"div/f32", kScalar, {float32, float32}, {}, nullptr, float_step<&FloatFunctions::div>},
    {"div/i32", kScalar, {int32, int32}, {}, nullptr, division<std::int32_t, DivInteger>},
    {"div/i8", kScalar, {int8, int8}, {}, nullptr, quantized_div},
    {"div/u8", kScalar, {uint8, uint8}, {}, nullptr, quantized_div},
    {"div/q16", kScalar, {int16, int16}, {}, nullptr, quantized_div},
};
// Quantized values share one scale and are compared as they are stored.
template <class Function>
constexpr Kernel kExtremum[] = {
    {"extremum/f32", kScalar, {float32, float32}, {}, nullptr, simple<float, Function>},
    {"extremum/i32", kScalar, {int32, int32}, {}, nullptr, simple<std::int32_t, Function>},
    {"extremum/i64", kScalar, {int64, int64}, {}, nullptr, simple<std::int64_t, Function>},
    {"extremum/i8", kScalar, {int8, int8}, {}, nullptr, simple<std::int8_t, Function>},
    {"extremum/u8", kScalar, {uint8, uint8}, {}, nullptr, simple<std::uint8_t, Function>},
    {"extremum/i16", kScalar, {int16, int16}, {}, nullptr, simple<std::int16_t, Function>},
    {"extremum/f16", kScalar, {float16, float16}, {}, nullptr, simple<Half, Function>},
    {"extremum/bf16", kScalar, {bfloat16, bfloat16}, {}, nullptr, simple<BFloat16, Function>},
};
constexpr Kernel kSquaredDifference[] = {
    {"squared_difference/f32", kScalar, {float32, float32}, {}, nullptr, simple<float, SquaredDifference>},
    {"squared_difference/i32", kScalar, {int32, int32}, {}, nullptr, simple<std::int32_t, SquaredDifference>},
    {"squared_difference/i8", kScalar, {int8, int8}, {}, nullptr, quantized_squared_difference},
};
constexpr Kernel kPow[] = {
    {"pow/f32", kScalar, {float32, float32}, {}, nullptr, simple<float, Pow>},
    {"pow/i32",
     kScalar,
     {int32, int32},
     {},
     nullptr,
     clamped_step<std::int32_t, checked<std::int32_t, PowInteger, 0, Fault::invalid_value, is_negative<std::int32_t>>>},
};
constexpr Kernel kFloorDiv[] = {
    {"floor_div/f32", kScalar, {float32, float32}, {}, nullptr, simple<float, FloorDivFloat>},
    {"floor_div/i32", kScalar, {int32, int32}, {}, nullptr, division<std::int32_t, FloorDivInteger>},
    {"floor_div/i16", kScalar, {int16, int16}, {}, nullptr, division<std::int16_t, FloorDivInteger>},
    {"floor_div/i8", kScalar, {int8, int8}, {}, nullptr, division<std::int8_t, FloorDivInteger>},
};
constexpr Kernel kFloorMod[] = {
    {"floor_mod/f32", kScalar, {float32, float32}, {}, nullptr, simple<float, FloorModFloat>},
    {"floor_mod/i32", kScalar, {int32, int32}, {}, nullptr, division<std::int32_t, FloorModInteger>},
    {"floor_mod/i64", kScalar, {int64, int64}, {}, nullptr, division<std::int64_t, FloorModInteger>},
    {"floor_mod/i16", kScalar, {int16, int16}, {}, nullptr, division<std::int16_t, FloorModInteger>},
    {"floor_mod/i8", kScalar, {int8, int8}, {}, nullptr, division<std::int8_t, FloorModInteger>},
};
constexpr Kernel kAtan2[] = {
    {"atan2/f32", kScalar, {float32, float32}, {}, nullptr, simple<float, Atan2>},
    {"atan2/f64", kScalar, {float64, float64}, {}, nullptr, simple<double, Atan2>},
    {"atan2/f16", kScalar, {float16, float16}, {}, nullptr, simple<Half, Atan2>},
    {"atan2/bf16", kScalar, {bfloat16, bfloat16}, {}, nullptr, simple<BFloat16, Atan2>},
};
template <class Function>
constexpr Kernel kBitwise[] = {
    {"bitwise/i8", kScalar, {int8, int8}, {}, nullptr, simple<std::int8_t, Function>},
    {"bitwise/u8", kScalar, {uint8, uint8}, {}, nullptr, simple<std::uint8_t, Function>},
    {"bitwise/i16", kScalar, {int16, int16}, {}, nullptr, simple<std::int16_t, Function>},
    {"bitwise/u16", kScalar, {uint16, uint16}, {}, nullptr, simple<std::uint16_t, Function>},
    {"bitwise/i32", kScalar, {int32, int32}, {}, nullptr, simple<std::int32_t, Function>},
    {"bitwise/u32", kScalar, {uint32, uint32}, {}, nullptr, simple<std::uint32_t, Function>},
};

struct Terms {
  std::int64_t elements;
  int count;
};

template <class T>
Fault add_n(const Terms& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.elements);
  T* y = operands.out<T>();
  const T* first = operands.in<T>(0);
  for (std::int64_t i = range.begin; i < range.end; ++i) y[i] = first[i];
  for (int k = 1; k < params.count; ++k) {
    const T* x = operands.in<T>(k);
    for (std::int64_t i = range.begin; i < range.end; ++i) y[i] = Add{}(y[i], x[i]);
  }
  return Fault::none;
}

template <class T>
Step add_n_step(const PrepareContext& context, simd::Isa isa) {
  const std::int64_t count = elements(context.output().shape);
  return over_elements(make_step<add_n<T>>(Terms{count, context.input_count()}, "", isa), count);
}

constexpr Kernel kAddN[] = {
    {"add_n/f32", kScalar, {float32}, {}, nullptr, add_n_step<float>},
    {"add_n/i32", kScalar, {int32}, {}, nullptr, add_n_step<std::int32_t>},
};

}  // namespace

Step prepare_add(const PrepareContext& context) { return prepare_best(kAdd, context); }
Step prepare_sub(const PrepareContext& context) { return prepare_best(kSub, context); }
Step prepare_mul(const PrepareContext& context) { return prepare_best(kMul, context); }
Step prepare_div(const PrepareContext& context) { return prepare_best(kDiv, context); }
Step prepare_maximum(const PrepareContext& context) { return prepare_best(kExtremum<Maximum>, context); }
Step prepare_minimum(const PrepareContext& context) { return prepare_best(kExtremum<Minimum>, context); }
Step prepare_squared_difference(const PrepareContext& context) { return prepare_best(kSquaredDifference, context); }
Step prepare_pow(const PrepareContext& context) { return prepare_best(kPow, context); }
Step prepare_floor_div(const PrepareContext& context) { return prepare_best(kFloorDiv, context); }
Step prepare_floor_mod(const PrepareContext& context) { return prepare_best(kFloorMod, context); }
Step prepare_atan2(const PrepareContext& context) { return prepare_best(kAtan2, context); }
Step prepare_bitwise_xor(const PrepareContext& context) { return prepare_best(kBitwise<BitwiseXor>, context); }
Step prepare_right_shift(const PrepareContext& context) { return prepare_best(kBitwise<RightShift>, context); }
Step prepare_add_n(const PrepareContext& context) { return prepare_best(kAddN, context); }

}  // namespace litesmith::ops::elementwise_binary
