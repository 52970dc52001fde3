#include <cmath>
#include <cstring>
#include <span>

#include "base/half.h"
#include "kernels/elementary/functions.h"
#include "ops/elementwise_unary/quantized.h"
#include "ops/integer_map.h"
#include "ops/op_row.h"
#include "ops/static_rules.h"

namespace litesmith::ops::elementwise_unary {
namespace {

using enum DType;
using kernels::Elementary;
namespace elementary = kernels::elementary;

constexpr simd::Isa kScalar = simd::Isa::scalar;

// Integers wrap around: the least one has no positive counterpart.
template <class T>
T negated(T x) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(x));
  else
    return -x;
}
template <class T>
T absolute(T x) {
  if constexpr (std::is_integral_v<T>)
    return x < 0 ? negated(x) : x;
  else
    return std::abs(x);
}
template <class T>
T sign(T x) {
  return x < 0 ? T(-1) : (x > 0 ? T(1) : T(0));
}
float square(float x) { return x * x; }
float square_root(float x) { return std::sqrt(x); }
template <float (*function)(float)>
Half in_half(Half x) {
  return to_half(function(to_float(x)));
}
template <float (*function)(float)>
BFloat16 in_bfloat16(BFloat16 x) {
  return to_bfloat16(function(to_float(x)));
}
template <kernels::ArrayFunction Elementary::* function>
float one(float x) {
  float y;
  (kernels::elementary_functions(kScalar).*function)(&x, &y, 1);
  return y;
}

bool is_raw(const PrepareContext& context) {
  return context.input(0).quantization == nullptr || context.input(0).quantization->empty();
}

constexpr Kernel kAbs[] = {
    {"abs/f32", kScalar, {float32}, {}, nullptr, map_step<float, float, absolute<float>>},
    {"abs/i32", kScalar, {int32}, {}, nullptr, map_step<std::int32_t, std::int32_t, absolute<std::int32_t>>},
    {"abs/i16", kScalar, {int16}, {}, is_raw, map_step<std::int16_t, std::int16_t, absolute<std::int16_t>>},
    {"abs/i8", kScalar, {int8}, {}, nullptr, quantized_abs},
    {"abs/q16", kScalar, {int16}, {}, nullptr, quantized_abs},
};
constexpr Kernel kNeg[] = {
    {"neg/f32", kScalar, {float32}, {}, nullptr, map_step<float, float, negated<float>>},
    {"neg/f16", kScalar, {float16}, {}, nullptr, map_step<Half, Half, in_half<negated<float>>>},
    {"neg/bf16", kScalar, {bfloat16}, {}, nullptr, map_step<BFloat16, BFloat16, in_bfloat16<negated<float>>>},
    {"neg/i32", kScalar, {int32}, {}, nullptr, map_step<std::int32_t, std::int32_t, negated<std::int32_t>>},
    {"neg/i64", kScalar, {int64}, {}, nullptr, map_step<std::int64_t, std::int64_t, negated<std::int64_t>>},
    {"neg/i16", kScalar, {int16}, {}, nullptr, map_step<std::int16_t, std::int16_t, negated<std::int16_t>>},
    {"neg/i8", kScalar, {int8}, {}, nullptr, map_step<std::int8_t, std::int8_t, negated<std::int8_t>>},
};
template <float (*function)(float)>
constexpr Kernel kFloat[] = {{"unary/f32", kScalar, {float32}, {}, nullptr, map_step<float, float, function>}};
template <float (*function)(float)>
constexpr Kernel kAnyFloat[] = {
    {"unary/f32", kScalar, {float32}, {}, nullptr, map_step<float, float, function>},
    {"unary/f16", kScalar, {float16}, {}, nullptr, map_step<Half, Half, in_half<function>>},
    {"unary/bf16", kScalar, {bfloat16}, {}, nullptr, map_step<BFloat16, BFloat16, in_bfloat16<function>>},
};
template <kernels::ArrayFunction Elementary::* function>
constexpr Kernel kWave[] = {
    {"elementary/avx512", simd::Isa::avx512, {float32}, {}, nullptr, elementary_step<function>},
    {"elementary/avx2", simd::Isa::avx2, {float32}, {}, nullptr, elementary_step<function>},
    {"elementary/scalar", kScalar, {float32}, {}, nullptr, elementary_step<function>},
    {"elementary/f16", kScalar, {float16}, {}, nullptr, map_step<Half, Half, in_half<one<function>>>},
};
constexpr Kernel kSqrt[] = {
    {"sqrt/f32", kScalar, {float32}, {}, nullptr, map_step<float, float, square_root>},
    {"sqrt/i8", kScalar, {int8}, {}, nullptr, quantized_sqrt},
    {"sqrt/i16", kScalar, {int16}, {}, nullptr, quantized_sqrt},
};
constexpr Kernel kRsqrt[] = {
    kElementaryRows<&Elementary::rsqrt>[0],
    kElementaryRows<&Elementary::rsqrt>[1],
    kElementaryRows<&Elementary::rsqrt>[2],
    {"rsqrt/i8", kScalar, {int8}, {}, nullptr, quantized_rsqrt},
    {"rsqrt/i16", kScalar, {int16}, Arithmetic::tflm, nullptr, quantized_rsqrt},
    {"rsqrt/i16", kScalar, {int16}, {}, nullptr, rounded_rsqrt},
};
constexpr Kernel kSign[] = {
    {"sign/f32", kScalar, {float32}, {}, nullptr, map_step<float, float, sign<float>>},
    {"sign/f64", kScalar, {float64}, {}, nullptr, map_step<double, double, sign<double>>},
    {"sign/i32", kScalar, {int32}, {}, nullptr, map_step<std::int32_t, std::int32_t, sign<std::int32_t>>},
};

Fault clear(const Length& bytes, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, bytes.elements);
  if (range.size() > 0) std::memset(operands.outputs[0] + range.begin, 0, static_cast<std::size_t>(range.size()));
  return Fault::none;
}

Step prepare_zeros_like(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  const auto bytes = static_cast<std::int64_t>(packed_bytes(x.dtype, elements(x.shape)));
  return over_elements(make_step<clear>(Length{bytes}, "zeros_like/scalar"), bytes);
}

template <DType... types>
void infer(InferContext& context) {
  context.require_type(0, {types...});
  context.set_output(0, context.input(0).dtype, context.input(0).shape);
}

int abs_version(const VersionQuery& query) {
  switch (query.input_type(0)) {
    case int32: return 5;
    case int16: return query.input(0)->quantization.empty() ? 4 : 3;
    case int8:
    case uint8: return 2;
    default: return 1;
  }
}
/// Quantized forms came with version 2.
int quantized_2(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == int8 || type == int16 ? 2 : 1;
}
int rsqrt_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == int16 ? 3 : (type == int8 ? 2 : 1);
}
template <DType type>
int version_2_of(const VersionQuery& query) {
  return query.input_type(0) == type ? 2 : 1;
}

OpDef row(std::string_view name, Codes codes, int (*version)(const VersionQuery&), void (*infer)(InferContext&),
          Step (*prepare)(const PrepareContext&)) {
  OpDef def = op_row(name, codes, version, infer, prepare);
  def.elementwise = true;
  return def;
}

constexpr auto kQuantizable = infer<float32, int8, int16>;
constexpr auto kFloats = infer<float32, float16, bfloat16>;

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      quantized(row("ABS", {101, 78, 5}, abs_version, infer<float32, int8, int16, int32>, prepare_from<kAbs>), kFree,
                kFree),
      row("NEG", {59, 42, 1}, nullptr, infer<float32, float16, bfloat16, int8, int16, int32, int64>,
          prepare_from<kNeg>),
      quantized(row("SQRT", {75, 0, 2}, quantized_2, kQuantizable, prepare_from<kSqrt>), kFree),
      quantized(row("RSQRT", {76, 0, 3}, rsqrt_version, kQuantizable, prepare_from<kRsqrt>), kFree, kFree),
      quantized(row("LOG", {73, 0, 2}, quantized_2, kQuantizable, prepare_from<kTabulatedRows<&Elementary::log>>),
                kFree, kFree),
      quantized(row("EXP", {47, 33, 2}, quantized_2, kQuantizable, prepare_from<kTabulatedRows<&Elementary::exp>>),
                kFree, kFree),
      row("SIN", {66, 0, 2}, version_2_of<float16>, infer<float32, float16>, prepare_from<kWave<&Elementary::sin>>),
      row("COS", {108, 84, 2}, version_2_of<float16>, infer<float32, float16>, prepare_from<kWave<&Elementary::cos>>),
      row("SQUARE", {92, 66, 1}, nullptr, infer<float32>, prepare_from<kFloat<square>>),
      row("FLOOR", {8, 0, 1}, nullptr, kFloats, prepare_from<kAnyFloat<elementary::floor>>),
      row("ROUND", {116, 0, 1}, nullptr, kFloats, prepare_from<kAnyFloat<elementary::round_even>>),
      row("CEIL", {104, 0, 1}, nullptr, infer<float32>, prepare_from<kFloat<elementary::ceil>>),
      row("SIGN", {158, 123, 2}, version_2_of<int32>, infer<float32, float64, int32>, prepare_from<kSign>),
      row("ERF", {-1, 0, 1}, nullptr, infer<float32>, nullptr),  // source only
      row("ZEROS_LIKE", {93, 67, 1}, nullptr, infer<float32, int32, int64>, prepare_zeros_like),
  };
  return kOps;
}

}  // namespace litesmith::ops::elementwise_unary
