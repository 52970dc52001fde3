#pragma once

#include <cstdint>

#include "simd/cpu.h"

/// Matrix products of integers whose second operand lies in rows, as FULLY_CONNECTED weights do: no packing, every
/// weight is read once per call. Made for few rows of x (one: matrix times vector) and for weights that are only known
/// at run time. Sums are exact modulo 2^32 or 2^64, so all instruction sets give equal bits.
namespace litesmith::kernels {

/// sums[i * sum_stride + j] = sum over l < k of x[i * x_stride + l] * w[j * w_stride + l], for i < m and j < n. Strides
/// count elements; m, k, n >= 1.
struct RowDotShape {
  std::int64_t m = 1;
  std::int64_t k = 1;
  std::int64_t n = 1;
  std::int64_t x_stride = 0;
  std::int64_t w_stride = 0;
  std::int64_t sum_stride = 0;
};

struct RowDots {
  simd::Isa isa;
  void (*int8)(const RowDotShape& shape, const std::int8_t* x, const std::int8_t* w, std::int32_t* sums) noexcept;
  void (*int16_by_int8)(const RowDotShape& shape, const std::int16_t* x, const std::int8_t* w,
                        std::int64_t* sums) noexcept;
  void (*int16)(const RowDotShape& shape, const std::int16_t* x, const std::int16_t* w, std::int64_t* sums) noexcept;
};

/// The fastest loops up to `isa` that this CPU can run.
const RowDots& row_dots(simd::Isa isa) noexcept;

}  // namespace litesmith::kernels
