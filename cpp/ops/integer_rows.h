#pragma once

#include <cstddef>
#include <cstdint>

#include "base/dtype.h"
#include "ops/tiles.h"

/// Matrices of an operand as rows of integers that kernels multiply.
namespace litesmith::ops {

/// Equal matrices that lie one after the other: each `rows` by `columns`, stored column by column when `transposed`.
struct MatrixLayout {
  DType type = DType::int8;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  bool transposed = false;

  std::int64_t size() const noexcept { return rows * columns; }
  /// Whether kernels can read the operand's own bytes: nothing to unpack, shift or transpose.
  bool is_plain() const noexcept { return !transposed && (type == DType::int8 || type == DType::int16); }
};

/// What has to be taken from a zero point because copy_rows() moves uint8 to int8.
constexpr std::int32_t row_shift(DType type) noexcept { return type == DType::uint8 ? 128 : 0; }

/// Copies rows of one matrix to y[rows.size(), columns]. int8 and int16 as they are, uint8 less 128, int4 and int2
/// unpacked (element 0 in the low bits).
void copy_rows(const MatrixLayout& layout, const std::byte* data, std::int64_t matrix, Range rows,
               std::int8_t* y) noexcept;
void copy_rows(const MatrixLayout& layout, const std::byte* data, std::int64_t matrix, Range rows,
               std::int16_t* y) noexcept;
void copy_rows(const MatrixLayout& layout, const std::byte* data, std::int64_t matrix, Range rows, float* y) noexcept;

}  // namespace litesmith::ops
