#pragma once

#include <cstring>

#include "ops/pool_2d/integer_pools.h"

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::pool_2d {
namespace {

constexpr int kWide = 16;
typedef std::int32_t WideSum [[gnu::vector_size(kWide * sizeof(std::int32_t))]];
typedef std::int8_t WideI8 [[gnu::vector_size(kWide)]];
typedef std::uint8_t WideU8 [[gnu::vector_size(kWide)]];
typedef std::int16_t WideI16 [[gnu::vector_size(kWide * 2)]];

/// sums[c] = the sum of channel c over the window.
template <class Wide, class T, class Sum>
[[gnu::always_inline]] inline void sum_window(const IntegerWindow<T>& w, Sum* sums) noexcept {
  std::int64_t c = 0;
  if constexpr (sizeof(Sum) == 4)
    for (; c + kWide <= w.channels; c += kWide) {
      WideSum sum{};
      for (std::int64_t row = 0; row < w.rows; ++row)
        for (std::int64_t column = 0; column < w.columns; ++column) {
          Wide x;
          std::memcpy(&x, w.x + row * w.row_stride + column * w.pixel_stride + c, sizeof(x));
          sum += __builtin_convertvector(x, WideSum);
        }
      std::memcpy(sums + c, &sum, sizeof(sum));
    }
  for (; c < w.channels; ++c) {
    sums[c] = 0;
    for (std::int64_t row = 0; row < w.rows; ++row)
      for (std::int64_t column = 0; column < w.columns; ++column)
        sums[c] += w.x[row * w.row_stride + column * w.pixel_stride + c];
  }
}

/// Quotients that are exact in Real, once the fraction is cut off: |sum| + count < 2^(digits - 1).
template <class Wide, class Real, class Sum, class T>
[[gnu::always_inline]] inline void divided(const IntegerWindow<T>& w) noexcept {
  Sum sums[kChannels];
  sum_window<Wide>(w, sums);
  const auto count = static_cast<Sum>(w.rows * w.columns);
  const Sum half = count / 2;
  const auto low = static_cast<Sum>(w.low), high = static_cast<Sum>(w.high);
#pragma GCC ivdep
  for (std::int64_t c = 0; c < w.channels; ++c) {
    const Sum rounded = sums[c] > 0 ? sums[c] + half : sums[c] - half;
    const auto y = static_cast<Sum>(static_cast<Real>(rounded) / static_cast<Real>(count));
    const Sum above = y < low ? low : y;
    w.y[c] = static_cast<T>(above > high ? high : above);
  }
}

/// Windows of up to 128 pixels sum to less than 2^23, of up to 32768 to less than 2^31.
template <class Wide, class T>
void average(const IntegerWindow<T>& w) noexcept {
  const std::int64_t count = w.rows * w.columns;
  if (count <= 128)
    divided<Wide, float, std::int32_t>(w);
  else if (count <= 32768)
    divided<Wide, double, std::int32_t>(w);
  else
    divided<Wide, double, std::int64_t>(w);
}

template <class T>
void maximum(const IntegerWindow<T>& w) noexcept {
  const auto low = static_cast<T>(w.low), high = static_cast<T>(w.high);
  for (std::int64_t c = 0; c < w.channels; ++c) w.y[c] = low;
  for (std::int64_t row = 0; row < w.rows; ++row)
    for (std::int64_t column = 0; column < w.columns; ++column) {
      const T* x = w.x + row * w.row_stride + column * w.pixel_stride;
#pragma GCC ivdep
      for (std::int64_t c = 0; c < w.channels; ++c) w.y[c] = w.y[c] < x[c] ? x[c] : w.y[c];
    }
  for (std::int64_t c = 0; c < w.channels; ++c) w.y[c] = w.y[c] > high ? high : w.y[c];
}

constexpr IntegerPools kIntegerPools = {{average<WideI8, std::int8_t>, maximum<std::int8_t>},
                                        {average<WideU8, std::uint8_t>, maximum<std::uint8_t>},
                                        {average<WideI16, std::int16_t>, maximum<std::int16_t>}};

}  // namespace
}  // namespace litesmith::ops::pool_2d
