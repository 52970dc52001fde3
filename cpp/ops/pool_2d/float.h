#pragma once

#include <cstdint>

namespace litesmith::ops::pool_2d {

/// The pixels of a window, clipped to the image (rows * columns >= 1), and of the `count` - 1 windows to its right that
/// have as many. Strides and steps count elements; results lie pixel_stride apart.
struct FloatWindow {
  const float* x;
  std::int64_t row_stride;
  std::int64_t pixel_stride;
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t channels;
  std::int64_t count;
  std::int64_t step;  // between windows
  float* y;
  float low;
  float high;
};

/// y[c] = the average, the maximum, the root of the mean square over the window, limited to [low, high]; summed in the
/// order of the pixels. A NaN never becomes the maximum.
using FloatPool = void (*)(const FloatWindow& window) noexcept;

struct FloatPools {
  FloatPool average, max, l2;
};
extern const FloatPools scalar_pools;
#if defined(__x86_64__)
extern const FloatPools avx2_pools;
extern const FloatPools avx512_pools;
#endif

}  // namespace litesmith::ops::pool_2d
