#pragma once

#include <cstdint>

#include "kernels/elementary/elementary.h"

namespace litesmith::ops {

/// SOFTMAX over the last axis: e^(beta x) / sum e^(beta x). LOG_SOFTMAX has no attributes.
struct SoftmaxAttrs {
  float beta = 1.0F;
  bool operator==(const SoftmaxAttrs&) const = default;
};

namespace softmax {

struct FloatRows {
  const float* x;
  float* y;
  std::int64_t rows;
  std::int64_t columns;
  float beta;
  kernels::ArrayFunction exp;
};

/// Rows of SOFTMAX and of LOG_SOFTMAX (which ignores beta). x and y may be the same array.
using FloatRowsFunction = void (*)(const FloatRows& rows) noexcept;

/// Results of 8-bit rows for every distance k < count to the row's largest value, given e^(-distance) as Q0.31 and the
/// reciprocal of the sum, also as Q0.31: lowest + their product / 2^shift, at most highest.
struct ByteLevels {
  const std::uint32_t* exponential;
  std::uint32_t reciprocal;
  int shift;
  std::int32_t lowest, highest;
  std::int64_t count;
  std::int32_t* levels;
};
using ByteLevelsFunction = void (*)(const ByteLevels& levels) noexcept;

struct SoftmaxLoops {
  FloatRowsFunction softmax, log_softmax;
  ByteLevelsFunction byte_levels;
};
extern const SoftmaxLoops scalar_softmax;
#if defined(__x86_64__)
extern const SoftmaxLoops avx2_softmax;
extern const SoftmaxLoops avx512_softmax;
#endif

}  // namespace softmax
}  // namespace litesmith::ops
