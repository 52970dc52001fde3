#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "kernels/hybrid/row_quantizer.h"
#include "kernels/requantize/requantize.h"
#include "ops/activation/activation.h"
#include "ops/integer_rows.h"
#include "ops/step.h"

/// Matrix products of a node's operands with integer weights: y[m, n] = sum over k of (x - zx) * (w - zw) + bias, for
/// integer x or for float32 x whose rows are quantized while the model runs (hybrid).
namespace litesmith::ops {

/// y = clamp(zero_point + sum * factor): one of the two arithmetics.
struct Requantization {
  /// Per column, or one for all.
  std::vector<double> factors;
  /// float64 product rounded half away from zero, or the fixed-point multiplier (reference: arithmetic.md §1, §2).
  bool in_float64 = false;
  kernels::OutputRange range;
  kernels::OutputType type = kernels::OutputType::int8;
};

/// The sums themselves, int32.
struct RawSums {};

/// y = clamp(bias + f32(sum) * f32(scale of the row * scale of the column)), all in float32.
struct HybridResult {
  kernels::RowRange range = kernels::RowRange::symmetric;
  /// Per column, or one for all.
  std::vector<float> scales;
  Clamp clamp{};
};

struct IntegerProduct {
  MatrixLayout x;  ///< operand 0: rows of the result by terms
  MatrixLayout w;  ///< operand 1: columns of the result by terms
  /// Which matrix of each operand each matrix of the result takes.
  std::vector<std::int64_t> x_matrix{0};
  std::vector<std::int64_t> w_matrix{0};
  std::int32_t x_zero_point = 0;
  std::int32_t w_zero_point = 0;
  /// Operand that is added: int32, int64 or, for a HybridResult, float32; may be absent.
  int bias = 2;
  /// Sums of int16 activations wrap to 32 bits, as those of an int32 bias do.
  bool narrow_sums = false;
  std::variant<Requantization, RawSums, HybridResult> result{};
};

/// A step that computes result 0 with the best loops of the context. Types of x and w: int8 or uint8 by int8, uint8,
/// int4 or int2; int16 by int8, int4, int2 or int16; float32 (hybrid) by int8, int4 or int2. Weights and bias may be
/// constant or known at run time only. Fails when the factors are too large for the arithmetic.
Step integer_product_step(const PrepareContext& context, IntegerProduct product, std::string_view family);

}  // namespace litesmith::ops
