#pragma once

#include "kernels/row_dot/row_dot.h"

namespace litesmith::kernels {

// One set per instruction set, defined in the file of that name.
extern const RowDots kRowDotsScalar, kRowDotsAvx2, kRowDotsAvx512, kRowDotsAvx512Vnni;

namespace {

/// Plain loops; the compiler vectorises them.
template <class X, class W, class Sum>
void plain_dots(const RowDotShape& shape, const X* x, const W* w, Sum* sums) noexcept {
  using Unsigned = decltype(sizeof(Sum) == 4 ? std::uint32_t{} : std::uint64_t{});
  for (std::int64_t j = 0; j < shape.n; ++j)
    for (std::int64_t i = 0; i < shape.m; ++i) {
      const X* row = x + i * shape.x_stride;
      const W* weights = w + j * shape.w_stride;
      Unsigned sum = 0;
      for (std::int64_t l = 0; l < shape.k; ++l)
        sum += static_cast<Unsigned>(std::int32_t{row[l]} * std::int32_t{weights[l]});
      sums[i * shape.sum_stride + j] = static_cast<Sum>(sum);
    }
}

/// Blocks of up to four rows of x by four rows of weights; `Dot` holds the vector operations:
///   X, W          element types; Sum: type of the sums
///   kChunk        terms that are summed in 32 bits (0 = all)
///   block<rows>(x, w, k, sums): the 32-bit sums of `rows` x 4 pairs of rows
constexpr int kColumns = 4;

template <class Dot, int rows>
void block_dots(const RowDotShape& shape, const typename Dot::X* x, const typename Dot::W* const* w, std::int64_t first,
                std::int64_t columns, typename Dot::Sum* sums) noexcept {
  const typename Dot::X* row[rows];
  for (int i = 0; i < rows; ++i) row[i] = x + (first + i < shape.m ? first + i : shape.m - 1) * shape.x_stride;
  const std::int64_t chunk = Dot::kChunk == 0 ? shape.k : Dot::kChunk;
  typename Dot::Sum total[rows][kColumns] = {};
  for (std::int64_t begin = 0; begin < shape.k; begin += chunk) {
    std::int32_t part[rows][kColumns];
    Dot::template block<rows>(row, w, begin, shape.k - begin < chunk ? shape.k : begin + chunk, part);
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < kColumns; ++j) total[i][j] += part[i][j];
  }
  for (int i = 0; i < rows && first + i < shape.m; ++i)
    for (std::int64_t j = 0; j < columns; ++j) sums[(first + i) * shape.sum_stride + j] = total[i][j];
}

template <class Dot>
void blocked_dots(const RowDotShape& shape, const typename Dot::X* x, const typename Dot::W* w,
                  typename Dot::Sum* sums) noexcept {
  for (std::int64_t j = 0; j < shape.n; j += kColumns) {
    const std::int64_t columns = shape.n - j < kColumns ? shape.n - j : kColumns;
    const typename Dot::W* weights[kColumns];
    for (int c = 0; c < kColumns; ++c) weights[c] = w + (j + (c < columns ? c : columns - 1)) * shape.w_stride;
    std::int64_t i = 0;
    for (; i + 2 < shape.m; i += 4) block_dots<Dot, 4>(shape, x, weights, i, columns, sums + j);
    if (shape.m - i == 2) block_dots<Dot, 2>(shape, x, weights, i, columns, sums + j);
    if (shape.m - i == 1) block_dots<Dot, 1>(shape, x, weights, i, columns, sums + j);
  }
}

}  // namespace
}  // namespace litesmith::kernels
