#pragma once

#include <limits>

#include "ops/pool_2d/float.h"

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::pool_2d {
namespace {

template <class Join>
[[gnu::always_inline]] inline void reduce(const FloatWindow& w, float start, Join join) noexcept {
  float* y = w.y;
  for (std::int64_t c = 0; c < w.channels; ++c) y[c] = start;
  for (std::int64_t row = 0; row < w.rows; ++row)
    for (std::int64_t column = 0; column < w.columns; ++column) {
      const float* x = w.x + row * w.row_stride + column * w.pixel_stride;
#pragma GCC ivdep
      for (std::int64_t c = 0; c < w.channels; ++c) y[c] = join(y[c], x[c]);
    }
}

template <class Finish>
[[gnu::always_inline]] inline void finish(const FloatWindow& w, Finish last) noexcept {
  const float low = w.low;
  const float high = w.high;
  float* y = w.y;
  for (std::int64_t c = 0; c < w.channels; ++c) {
    const float v = last(y[c]);
    const float above = v < low ? low : v;
    y[c] = above > high ? high : above;
  }
}

void average(const FloatWindow& w) noexcept {
  const auto count = static_cast<float>(w.rows * w.columns);
  reduce(w, 0, [](float sum, float x) { return sum + x; });
  finish(w, [count](float sum) { return sum / count; });
}

void maximum(const FloatWindow& w) noexcept {
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  reduce(w, kLowest, [](float most, float x) { return most < x ? x : most; });
  finish(w, [](float most) { return most; });
}

void root_mean_square(const FloatWindow& w) noexcept {
  const auto count = static_cast<float>(w.rows * w.columns);
  reduce(w, 0, [](float sum, float x) { return sum + x * x; });
  finish(w, [count](float sum) { return __builtin_sqrtf(sum / count); });
}

}  // namespace
}  // namespace litesmith::ops::pool_2d
