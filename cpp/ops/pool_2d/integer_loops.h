#pragma once

#include "kernels/wide_sum.h"
#include "ops/pool_2d/integer_pools.h"
#include "ops/pool_2d/window_vectors.h"

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::pool_2d {
namespace {

using kernels::WideSum;

/// sums[c] = the sum of channel c over a window of at most WideSum::kTerms pixels.
template <class T>
[[gnu::always_inline]] inline void sum_window(const IntegerWindow<T>& w, typename WideSum<T>::Sum* sums) noexcept {
  using Wide = WideSum<T>;
  std::int64_t c = 0;
  for (; c + Wide::kLanes <= w.channels; c += Wide::kLanes) {
    typename Wide::Sums wide = {};
    for (std::int64_t row = 0; row < w.rows; ++row)
      for (std::int64_t column = 0; column < w.columns; ++column)
        kernels::add_wide<T>(wide, w.x + row * w.row_stride + column * w.pixel_stride + c);
    std::memcpy(sums + c, &wide, sizeof(wide));
  }
  for (; c < w.channels; ++c) {
    std::int64_t sum = 0;
    for (std::int64_t row = 0; row < w.rows; ++row)
      for (std::int64_t column = 0; column < w.columns; ++column)
        sum += w.x[row * w.row_stride + column * w.pixel_stride + c];
    sums[c] = static_cast<typename Wide::Sum>(sum);
  }
}

/// Quotients that are exact in Real once their fraction is cut off: |sum| + count < 2^(digits - 1).
template <class Real, class Integer, class T, class Sum>
[[gnu::always_inline]] inline void divide(const IntegerWindow<T>& w, const Sum* sums) noexcept {
  const auto count = static_cast<Integer>(w.rows * w.columns);
  const Integer half = count / 2, low = w.low, high = w.high;
  const std::int64_t channels = w.channels;
  T* y = w.y;
#pragma GCC ivdep
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto sum = static_cast<Integer>(sums[c]);
    const Integer rounded = sum > 0 ? sum + half : sum - half;
    const auto quotient = static_cast<Integer>(static_cast<Real>(rounded) / static_cast<Real>(count));
    const Integer above = quotient < low ? low : quotient;
    y[c] = static_cast<T>(above > high ? high : above);
  }
}

/// A window of any size.
template <class T>
[[gnu::noinline]] void average_many(const IntegerWindow<T>& w) noexcept {
  std::int64_t sums[kChannels] = {};
  for (std::int64_t row = 0; row < w.rows; ++row)
    for (std::int64_t column = 0; column < w.columns; ++column) {
      const T* x = w.x + row * w.row_stride + column * w.pixel_stride;
      for (std::int64_t c = 0; c < w.channels; ++c) sums[c] += x[c];
    }
  divide<double, std::int64_t>(w, sums);
}

/// Sums of up to 128 pixels are below 2^23.
template <class T>
void average(const IntegerWindow<T>& w) noexcept {
  IntegerWindow<T> window = w;
  for (std::int64_t i = 0; i < w.count; ++i, window.x += w.step, window.y += w.pixel_stride) {
    if (w.rows * w.columns > 128) {
      average_many(window);
      continue;
    }
    typename WideSum<T>::Sum sums[kChannels];
    sum_window(window, sums);
    divide<float, std::int32_t>(window, sums);
  }
}

template <class T>
void maximum(const IntegerWindow<T>& w) noexcept {
  pool(w, static_cast<T>(w.low), Larger{}, [](auto&) {});
}

constexpr IntegerPools kIntegerPools = {{average<std::int8_t>, maximum<std::int8_t>},
                                        {average<std::uint8_t>, maximum<std::uint8_t>},
                                        {average<std::int16_t>, maximum<std::int16_t>}};

}  // namespace
}  // namespace litesmith::ops::pool_2d
