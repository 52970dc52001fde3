#pragma once

#include "kernels/depthwise_int/sum_loops.h"
#include "kernels/unroll.h"

/// For files of an instruction set; the unnamed namespace keeps one file's code out of every other.
namespace litesmith::kernels {
namespace {

/// Stores the sums of a block of pixels.
template <class V, int kRows, int kColumns, class T>
[[gnu::always_inline]] inline void put_sums(const SumCall<T>& call, std::int64_t channel, std::int64_t pixel,
                                            const typename V::Acc (&acc)[kRows][kColumns]) noexcept {
  LITESMITH_UNROLL
  for (int r = 0; r < kRows; ++r) {
    LITESMITH_UNROLL
    for (int q = 0; q < kColumns; ++q)
      V::store(call.sums + r * call.sums_row + (pixel + q) * call.sums_pixel + channel, acc[r][q]);
  }
}

}  // namespace
}  // namespace litesmith::kernels
