#pragma once

#include <cstdint>

namespace litesmith::ops::reduce {

/// Columns of `rows` rows that begin `stride` elements apart.
template <class T>
struct RowBlock {
  const T* x;
  std::int64_t stride;
  std::int64_t rows;
  std::int64_t width;
};

/// Exact sums of 8- and 16-bit integers.
template <class T>
struct IntegerSums {
  std::int64_t (*run)(const T* x, std::int64_t n) noexcept;
  /// Adds the sum of each column to totals[column].
  void (*columns)(const RowBlock<T>& block, std::int64_t* totals) noexcept;
};

struct IntegerSumLoops {
  IntegerSums<std::int8_t> i8;
  IntegerSums<std::uint8_t> u8;
  IntegerSums<std::int16_t> i16;
};
extern const IntegerSumLoops scalar_sums;
#if defined(__x86_64__)
extern const IntegerSumLoops avx2_sums;
extern const IntegerSumLoops avx512_sums;
#endif

}  // namespace litesmith::ops::reduce
