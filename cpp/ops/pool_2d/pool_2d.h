#pragma once

#include <cstdint>

#include "ops/activation/activation.h"
#include "ops/padding.h"

namespace litesmith::ops {

/// AVERAGE_POOL_2D, MAX_POOL_2D, L2_POOL_2D over NHWC images. Padding takes no part in averages and maxima.
struct Pool2dAttrs {
  Padding padding = Padding::same;
  std::int32_t stride_h = 1;
  std::int32_t stride_w = 1;
  std::int32_t filter_h = 1;
  std::int32_t filter_w = 1;
  Activation activation = Activation::none;
  bool operator==(const Pool2dAttrs&) const = default;
};

namespace pool_2d {

/// The pixels of one window, clipped to the image: rows * columns >= 1. Strides count elements.
struct FloatWindow {
  const float* x;
  std::int64_t row_stride;
  std::int64_t pixel_stride;
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t channels;
  float* y;
  Clamp clamp;
};

/// y[c] = clamp(average / maximum / root of the mean square over the window), summed in the order of the pixels. A NaN
/// never becomes the maximum.
using FloatPool = void (*)(const FloatWindow& window) noexcept;

struct FloatPools {
  FloatPool average, max, l2;
};
extern const FloatPools scalar_pools;
#if defined(__x86_64__)
extern const FloatPools avx2_pools;
extern const FloatPools avx512_pools;
#endif

}  // namespace pool_2d
}  // namespace litesmith::ops
