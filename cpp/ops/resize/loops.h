#pragma once

#include "ops/resize/bilinear.h"

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::resize {
namespace {

template <class T>
void float_row(const RowBy<T, float>& r) noexcept {
  constexpr float kRounding = sizeof(T) == 1 ? 0.5F : 0.0F;
  const float lower = r.weight;
  const float upper = 1 - lower;
  const std::int64_t channels = r.channels;
  for (std::int64_t i = 0; i < r.out_w; ++i) {
    const Between column = r.columns[i];
    const T* top_left = r.top + column.first * channels;
    const T* top_right = r.top + column.second * channels;
    const T* bottom_left = r.bottom + column.first * channels;
    const T* bottom_right = r.bottom + column.second * channels;
    const float to_right = column.weight;
    const float to_left = 1 - to_right;
    T* y = r.y + i * channels;
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c)
      y[c] = static_cast<T>(static_cast<float>(top_left[c]) * upper * to_left +
                            static_cast<float>(bottom_left[c]) * lower * to_left +
                            static_cast<float>(top_right[c]) * upper * to_right +
                            static_cast<float>(bottom_right[c]) * lower * to_right + kRounding);
  }
}

/// The columns are joined first, then the rows: integer sums do not depend on the order.
template <class T, class Sum>
void fixed_row(const RowBy<T, std::int32_t>& r) noexcept {
  constexpr Sum kOne = 1024, kHalf = kOne * kOne / 2;
  Sum* sums = reinterpret_cast<Sum*>(r.scratch);
  const Sum lower = r.weight;
  const Sum upper = kOne - lower;
  const std::int64_t channels = r.channels, width = r.in_w * channels;
  const T* top = r.top;
  const T* bottom = r.bottom;
#pragma GCC ivdep
  for (std::int64_t i = 0; i < width; ++i) sums[i] = upper * top[i] + lower * bottom[i];
  for (std::int64_t i = 0; i < r.out_w; ++i) {
    const FixedBetween column = r.columns[i];
    const Sum* left = sums + column.first * channels;
    const Sum* right = sums + column.second * channels;
    const Sum to_right = column.weight;
    const Sum to_left = kOne - to_right;
    T* y = r.y + i * channels;
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) {
      const Sum sum = to_left * left[c] + to_right * right[c];
      y[c] = static_cast<T>((sum + (sum > 0 ? kHalf : -kHalf)) / (kOne * kOne));
    }
  }
}

constexpr BilinearLoops kBilinearLoops = {float_row<float>, float_row<std::uint8_t>,
                                          fixed_row<std::int8_t, std::int32_t>, fixed_row<std::int16_t, std::int64_t>};

}  // namespace
}  // namespace litesmith::ops::resize
