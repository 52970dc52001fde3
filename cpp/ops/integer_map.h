#pragma once

#include <array>
#include <memory>

#include "ops/map.h"
#include "ops/rescaling.h"

/// Functions of one quantized tensor. 8-bit operands are looked up in a table of all values, made by `prepare`.
namespace litesmith::ops {

/// Results for every byte of an 8-bit operand, signed ones as their two's complement.
using ByteTable = std::array<std::uint8_t, 256>;

/// y[i] = table[x[i]] for the 8-bit operand 0; Fault::invalid_value when a value is below `least`.
Step lookup_step(const PrepareContext& context, simd::Isa isa, const ByteTable& table, std::int32_t least);

template <class Function>
struct Int16Map {
  std::int64_t elements;
  std::int32_t least, low, high;
  Function function;
};

template <class Function>
Fault map_int16(const Int16Map<Function>& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.elements);
  const auto* x = operands.in<std::int16_t>(0);
  auto* y = operands.out<std::int16_t>();
  bool below = false;
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    below |= x[i] < params.least;
    const std::int64_t level = params.function(std::max<std::int32_t>(x[i], params.least));
    y[i] = static_cast<std::int16_t>(std::clamp<std::int64_t>(level, params.low, params.high));
  }
  return below ? Fault::invalid_value : Fault::none;
}

/// y[i] = function(x[i]) limited to the result's type, for int8, uint8 and int16; the function takes and gives stored
/// integers. Values below `least` are a fault.
template <class Function>
Step integer_map_step(const PrepareContext& context, simd::Isa isa, const Function& function,
                      std::int32_t least = std::numeric_limits<std::int32_t>::min()) {
  const DType type = context.input(0).dtype;
  const IntegerLimits from = integer_limits(type), to = integer_limits(context.output().dtype);
  const std::int32_t first = std::max(least, static_cast<std::int32_t>(from.lowest));
  if (type == DType::int16) {
    const std::int64_t count = elements(context.input(0).shape);
    const Int16Map<Function> params{count, first, static_cast<std::int32_t>(to.lowest),
                                    static_cast<std::int32_t>(to.highest), function};
    return over_elements(make_step<map_int16<Function>>(params, "", isa), count);
  }
  ByteTable table{};
  for (std::int32_t x = first; x <= from.highest; ++x)
    table[static_cast<std::uint8_t>(x)] =
        static_cast<std::uint8_t>(std::clamp<std::int64_t>(function(x), to.lowest, to.highest));
  return lookup_step(context, isa, table, first);
}

/// y = f(x) computed in float32 for every level of an 8-bit operand, or for the ends and middles of 512 segments of
/// int16 (reference: arithmetic.md §7). Where f has no value the result is the lowest one.
Step tabulated(const PrepareContext& context, simd::Isa isa, kernels::ArrayFunction f);

template <kernels::ArrayFunction kernels::Elementary::* function>
Step tabulated_step(const PrepareContext& context, simd::Isa isa) {
  return tabulated(context, isa, kernels::elementary_functions(simd::Isa::scalar).*function);
}

/// kElementaryRows and the quantized types.
template <kernels::ArrayFunction kernels::Elementary::* function>
inline constexpr Kernel kTabulatedRows[] = {
    kElementaryRows<function>[0],
    kElementaryRows<function>[1],
    kElementaryRows<function>[2],
    {"lookup/i8", simd::Isa::scalar, {DType::int8}, {}, nullptr, tabulated_step<function>},
    {"lookup/u8", simd::Isa::scalar, {DType::uint8}, {}, nullptr, tabulated_step<function>},
    {"segments/i16", simd::Isa::scalar, {DType::int16}, {}, nullptr, tabulated_step<function>},
};

}  // namespace litesmith::ops
