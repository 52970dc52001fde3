#pragma once

#include <cstdint>

namespace litesmith::ops::pool_2d {

/// Channels of one tile.
inline constexpr std::int64_t kChannels = 256;

/// The pixels of a window, clipped to the image (rows * columns >= 1), and of the `count` - 1 windows to its right that
/// have as many. Strides and steps count elements; results lie pixel_stride apart.
template <class T>
struct IntegerWindow {
  const T* x;
  std::int64_t row_stride;
  std::int64_t pixel_stride;
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t channels;  // at most kChannels
  std::int64_t count;
  std::int64_t step;  // between windows
  T* y;
  std::int32_t low;
  std::int32_t high;
};

/// y[c] = the average, rounded half away from zero (reference: arithmetic.md §4), or the maximum over the window,
/// limited to [low, high].
template <class T>
struct IntegerPoolsOf {
  void (*average)(const IntegerWindow<T>& window) noexcept;
  void (*max)(const IntegerWindow<T>& window) noexcept;
};

struct IntegerPools {
  IntegerPoolsOf<std::int8_t> i8;
  IntegerPoolsOf<std::uint8_t> u8;
  IntegerPoolsOf<std::int16_t> i16;
};
extern const IntegerPools scalar_integer_pools;
#if defined(__x86_64__)
extern const IntegerPools avx2_integer_pools;
extern const IntegerPools avx512_integer_pools;
#endif

}  // namespace litesmith::ops::pool_2d
