#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/requantize/requantize.h"
#include "ops/step.h"

/// Quantized ADD, SUB, MUL, DIV and SQUARED_DIFFERENCE of int8, uint8 and int16 (reference: arithmetic.md §3).
namespace litesmith::ops::elementwise_binary {

/// From integers of two operands to integers of the result.
struct Scaling {
  std::int32_t zero_point_a, zero_point_b;
  /// Left shift of the operands ahead of their multipliers.
  int shift;
  kernels::Multiplier a, b, result;
  /// Zero point of the result and its bounds, fused activation included.
  kernels::OutputRange range;
};

/// `count` runs of `length` results, one behind the other. The operands advance by their step, 0 or 1, inside of a run
/// and by their stride from run to run.
struct Rows {
  std::int64_t count, length;
  std::int64_t a_step, b_step;
  std::int64_t a_stride, b_stride;
};

/// y = f(a, b) element by element; y may be a or b.
using Run = void (*)(const Scaling& scaling, const std::byte* a, const std::byte* b, std::byte* y,
                     const Rows& rows) noexcept;

/// Functions of int8, uint8 and int16.
struct RunsOfTypes {
  Run i8, u8, i16;
  Run of(DType type) const noexcept { return type == DType::int8 ? i8 : (type == DType::uint8 ? u8 : i16); }
};
struct Runs {
  RunsOfTypes add, sub, mul;
};

namespace avx2 {
extern const Runs runs;
}
namespace avx512 {
extern const Runs runs;
}

/// Kernel::prepare of the quantized rows.
Step quantized_add(const PrepareContext& context, simd::Isa isa);
Step quantized_sub(const PrepareContext& context, simd::Isa isa);
Step quantized_mul(const PrepareContext& context, simd::Isa isa);
Step quantized_div(const PrepareContext& context, simd::Isa isa);
Step quantized_squared_difference(const PrepareContext& context, simd::Isa isa);

}  // namespace litesmith::ops::elementwise_binary
