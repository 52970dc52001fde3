#pragma once

#include <cstdint>

#include "ops/reduce/integer_sums.h"

namespace litesmith::ops::reduce {

inline constexpr int kLanes = 16;

/// Results of a run of kept elements that are computed side by side.
inline constexpr std::int64_t kColumns = 256;

/// `count` runs of `length` elements that begin `stride` elements apart.
template <class T>
struct RunBlock {
  const T* x;
  std::int64_t stride;
  std::int64_t count;
  std::int64_t length;
};

/// The loops of one operation on numbers that are their own accumulators.
template <class T>
struct RunLoops {
  /// y[i] = the result of run i.
  void (*runs)(const RunBlock<T>& block, T* y) noexcept;
  /// Joins rows into lanes [kLanes][kColumns]; the first row's number in the reduction is `first`.
  void (*add_rows)(const RowBlock<T>& block, std::int64_t first, T* lanes) noexcept;
  /// y[c] = the result of the lanes of column c < width, made of `count` elements.
  void (*finish_columns)(T* lanes, std::int64_t width, std::int64_t count, T* y) noexcept;
};

struct ExtremumLoops {
  RunLoops<float> f32;
  RunLoops<std::int8_t> i8;
  RunLoops<std::uint8_t> u8;
  RunLoops<std::int16_t> i16;
};

struct OperationLoops {
  RunLoops<float> sum, mean, product;
  ExtremumLoops maximum, minimum;
};
extern const OperationLoops scalar_operations;
#if defined(__x86_64__)
extern const OperationLoops avx2_operations;
extern const OperationLoops avx512_operations;
#endif

}  // namespace litesmith::ops::reduce
