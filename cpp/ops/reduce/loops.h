#pragma once

#include "kernels/wide_sum.h"
#include "ops/reduce/byte_sum.h"
#include "ops/reduce/integer_sums.h"

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::reduce {
namespace {

using kernels::WideSum;

/// Calls take(sums) with the sums of `vectors` neighbouring vectors of columns, for as many rows at a time as they can
/// hold.
template <int vectors, class T, class Take>
[[gnu::always_inline]] inline void sum_blocks(const T* x, std::int64_t stride, std::int64_t rows, Take take) noexcept {
  using Wide = WideSum<T>;
  for (std::int64_t first = 0; first < rows; first += Wide::kTerms) {
    const std::int64_t end = rows - first < Wide::kTerms ? rows : first + Wide::kTerms;
    typename Wide::Sums sums[vectors] = {};
    for (std::int64_t row = first; row < end; ++row)
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) kernels::add_wide<T>(sums[v], x + row * stride + v * Wide::kLanes);
    typename Wide::Sum parts[vectors * Wide::kLanes];
    std::memcpy(parts, sums, sizeof(parts));
    take(parts);
  }
}

template <int vectors, class T>
[[gnu::always_inline]] inline void add_columns(const RowBlock<T>& b, std::int64_t c, std::int64_t* totals) noexcept {
  sum_blocks<vectors>(b.x + c, b.stride, b.rows, [&](const auto& parts) {
    for (std::int64_t i = 0; i < vectors * WideSum<T>::kLanes; ++i) totals[c + i] += parts[i];
  });
}

template <class T>
void sum_columns(const RowBlock<T>& b, std::int64_t* totals) noexcept {
  constexpr std::int64_t kLanes = WideSum<T>::kLanes;
  std::int64_t c = 0;
  for (; c + 64 <= b.width; c += 64) add_columns<64 / kLanes>(b, c, totals);
  for (; c + kLanes <= b.width; c += kLanes) add_columns<1>(b, c, totals);
  for (; c < b.width; ++c)
    for (std::int64_t row = 0; row < b.rows; ++row) totals[c] += b.x[row * b.stride + c];
}

template <class T>
std::int64_t sum_run(const T* x, std::int64_t n) noexcept {
  if constexpr (sizeof(T) == 1) return sum_bytes(x, n);
  constexpr std::int64_t kBlock = 4 * WideSum<T>::kLanes;
  std::int64_t total = 0;
  sum_blocks<4>(x, kBlock, n / kBlock, [&](const auto& parts) {
    for (const auto part : parts) total += part;
  });
  for (std::int64_t i = n / kBlock * kBlock; i < n; ++i) total += x[i];
  return total;
}

constexpr IntegerSumLoops kSums = {{sum_run<std::int8_t>, sum_columns<std::int8_t>},
                                   {sum_run<std::uint8_t>, sum_columns<std::uint8_t>},
                                   {sum_run<std::int16_t>, sum_columns<std::int16_t>}};

}  // namespace
}  // namespace litesmith::ops::reduce
