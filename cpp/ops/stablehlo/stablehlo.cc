#include <span>

#include "ops/elementwise_binary/functions.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "ops/stablehlo/gather.h"
#include "ops/stablehlo/pad.h"

namespace litesmith::ops::stablehlo {
namespace {

using enum DType;

template <DType... types>
void infer(InferContext& context) {
  context.require_type(0, {types...});
  context.require_same_type(0, 1);
  const TensorInfo& x = context.input(0);
  const TensorInfo& y = context.input(1);
  if (x.shape.is_static() && y.shape.is_static() && x.shape != y.shape)
    context.fail("'", x.name, "' has shape ", x.shape, " but '", y.name, "' has shape ", y.shape,
                 "; it does not broadcast, so give both one shape");
  context.set_output(0, x.dtype, x.shape.is_static() ? x.shape : y.shape);
}

struct And {
  template <class T>
  T operator()(T a, T b) const noexcept {
    return static_cast<T>(a & b);
  }
};
/// Shifts outside of the type's width give 0.
struct ShiftLeft {
  template <class T>
  T operator()(T a, T b) const noexcept {
    const bool inside = b >= 0 && b < static_cast<T>(sizeof(T) * 8);
    return inside ? static_cast<T>(static_cast<std::uint64_t>(a) << b) : T{0};
  }
};

template <class T, class Function>
Fault combine(const Length& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.elements);
  const T* a = operands.in<T>(0);
  const T* b = operands.in<T>(1);
  T* y = operands.out<T>();
#pragma GCC ivdep
  for (std::int64_t i = range.begin; i < range.end; ++i) y[i] = Function{}(a[i], b[i]);
  return Fault::none;
}

template <class T, class Function>
Step step(const PrepareContext& context, simd::Isa isa) {
  const std::int64_t count = elements(context.input(0).shape);
  return over_elements(make_step<combine<T, Function>>(Length{count}, "", isa), count);
}

template <class Function, class T, DType type = kDTypeOf<T>>
constexpr Kernel kKernel = {"stablehlo/scalar", simd::Isa::scalar, {type}, {}, nullptr, step<T, Function>};

template <class Function>
Step prepare_bits(const PrepareContext& context) {
  static const Kernel kRows[] = {kKernel<Function, std::int8_t>, kKernel<Function, std::int16_t>,
                                 kKernel<Function, std::int32_t>};
  return prepare_best(kRows, context);
}

template <class Function>
Step prepare_numbers(const PrepareContext& context) {
  static const Kernel kRows[] = {kKernel<Function, float>,        kKernel<Function, double>,
                                 kKernel<Function, std::int8_t>,  kKernel<Function, std::uint8_t>,
                                 kKernel<Function, std::int16_t>, kKernel<Function, std::uint16_t>,
                                 kKernel<Function, std::int32_t>, kKernel<Function, std::uint32_t>,
                                 kKernel<Function, std::int64_t>, kKernel<Function, std::uint64_t>};
  return prepare_best(kRows, context);
}

Step prepare_and(const PrepareContext& context) {
  static const Kernel kRows[] = {
      kKernel<And, std::uint8_t, boolean>, kKernel<And, std::int8_t>,   kKernel<And, std::uint8_t>,
      kKernel<And, std::int16_t>,          kKernel<And, std::uint16_t>, kKernel<And, std::int32_t>,
      kKernel<And, std::uint32_t>,         kKernel<And, std::int64_t>,  kKernel<And, std::uint64_t>};
  return prepare_best(kRows, context);
}

OpDef row(std::string_view name, std::int32_t code, void (*infer)(InferContext&),
          Step (*prepare)(const PrepareContext&)) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {2, 2},
          .infer = infer,
          .prepare = prepare,
          .elementwise = true};
}

constexpr auto kNumbers = infer<float32, float64, int8, uint8, int16, uint16, int32, uint32, int64, uint64>;
constexpr auto kBits = infer<boolean, int8, uint8, int16, uint16, int32, uint32, int64, uint64>;

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      row("STABLEHLO_ADD", 163, kNumbers, prepare_numbers<elementwise_binary::Add>),
      row("STABLEHLO_MULTIPLY", 165, kNumbers, prepare_numbers<elementwise_binary::Mul>),
      row("STABLEHLO_MAXIMUM", 166, kNumbers, prepare_numbers<elementwise_binary::Maximum>),
      row("STABLEHLO_MINIMUM", 181, kNumbers, prepare_numbers<elementwise_binary::Minimum>),
      row("STABLEHLO_AND", 176, kBits, prepare_and),
      row("STABLEHLO_SHIFT_LEFT", 207, infer<int8, int16, int32>, prepare_bits<ShiftLeft>),
      pad_row(),
      gather_row(),
  };
  return kOps;
}

}  // namespace litesmith::ops::stablehlo
