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

struct FloatSoftmax {
  FloatRowsFunction softmax, log_softmax;
};
extern const FloatSoftmax scalar_softmax;
#if defined(__x86_64__)
extern const FloatSoftmax avx2_softmax;
extern const FloatSoftmax avx512_softmax;
#endif

}  // namespace softmax
}  // namespace litesmith::ops
