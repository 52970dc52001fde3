#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/half.h"

namespace litesmith::ops::cast {

struct Complex64 {
  float re, im;
};

/// What a stored element counts as.
inline float value(Half x) noexcept { return to_float(x); }
inline float value(BFloat16 x) noexcept { return to_float(x); }
inline float value(Complex64 x) noexcept { return x.re; }
template <class X>
X value(X x) noexcept {
  return x;
}

/// Integers wrap around; floats are truncated towards zero and saturate, NaN gives the largest integer.
template <class Y, class X>
Y converted(X stored) noexcept {
  const auto x = value(stored);
  using V = std::remove_const_t<decltype(x)>;
  if constexpr (std::is_same_v<Y, bool>) {
    return x != 0;
  } else if constexpr (std::is_same_v<Y, Half>) {
    return to_half(static_cast<float>(x));
  } else if constexpr (std::is_same_v<Y, BFloat16>) {
    return to_bfloat16(static_cast<float>(x));
  } else if constexpr (std::is_same_v<Y, Complex64>) {
    return {static_cast<float>(x), 0};
  } else if constexpr (std::is_integral_v<Y> && std::is_floating_point_v<V>) {
    // One more than the largest integer is a power of two and exact.
    constexpr V kEnd = static_cast<V>(std::numeric_limits<Y>::max() / 2 + 1) * 2;
    constexpr V kLeast = static_cast<V>(std::numeric_limits<Y>::lowest());
    return x < kEnd ? (x < kLeast ? std::numeric_limits<Y>::lowest() : static_cast<Y>(x))
                    : std::numeric_limits<Y>::max();
  } else {
    return static_cast<Y>(x);
  }
}

}  // namespace litesmith::ops::cast
