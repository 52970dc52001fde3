#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/half.h"
#include "kernels/elementary/functions.h"

/// What the members of the family compute for one pair of elements. Integers wrap around.
namespace litesmith::ops::elementwise_binary {

template <class T>
constexpr auto wrapping(T x) noexcept {
  if constexpr (std::is_integral_v<T>)
    return static_cast<std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>>(x);
  else
    return x;
}

struct Complex64 {
  float re, im;
};

struct Add {
  template <class T>
  T operator()(T a, T b) const noexcept {
    return static_cast<T>(wrapping(a) + wrapping(b));
  }
};
struct Sub {
  template <class T>
  T operator()(T a, T b) const noexcept {
    return static_cast<T>(wrapping(a) - wrapping(b));
  }
};
struct Mul {
  template <class T>
  T operator()(T a, T b) const noexcept {
    return static_cast<T>(wrapping(a) * wrapping(b));
  }
};
struct MulComplex {
  Complex64 operator()(Complex64 a, Complex64 b) const noexcept {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
};
struct Div {
  float operator()(float a, float b) const noexcept { return a / b; }
};
struct SquaredDifference {
  template <class T>
  T operator()(T a, T b) const noexcept {
    const auto d = wrapping(a) - wrapping(b);
    return static_cast<T>(d * d);
  }
};

inline float ordered(Half x) noexcept { return to_float(x); }
inline float ordered(BFloat16 x) noexcept { return to_float(x); }
template <class T>
T ordered(T x) noexcept {
  return x;
}

// Comparisons with NaN are false, so that the second operand wins: on every instruction set.
struct Maximum {
  template <class T>
  T operator()(T a, T b) const noexcept {
    return ordered(a) > ordered(b) ? a : b;
  }
};
struct Minimum {
  template <class T>
  T operator()(T a, T b) const noexcept {
    return ordered(a) < ordered(b) ? a : b;
  }
};

struct BitwiseXor {
  template <class T>
  T operator()(T a, T b) const noexcept {
    return static_cast<T>(a ^ b);
  }
};
/// Arithmetic for signed types; shifts outside of the type's width are limited to it.
struct RightShift {
  template <class T>
  T operator()(T a, T b) const noexcept {
    constexpr T kLargest = sizeof(T) * 8 - 1;
    const T shift = b > kLargest ? kLargest : b;
    return static_cast<T>(a >> (shift < 0 ? T{0} : shift));
  }
};

struct Pow {
  float operator()(float a, float b) const noexcept { return static_cast<float>(kernels::elementary::pow(a, b)); }
};
struct Atan2 {
  double operator()(double y, double x) const noexcept { return kernels::elementary::atan2(y, x); }
  float operator()(float y, float x) const noexcept { return static_cast<float>(kernels::elementary::atan2(y, x)); }
  Half operator()(Half y, Half x) const noexcept { return to_half((*this)(to_float(y), to_float(x))); }
  BFloat16 operator()(BFloat16 y, BFloat16 x) const noexcept { return to_bfloat16((*this)(to_float(y), to_float(x))); }
};

/// floor(a / b), the quotient taken in double.
struct FloorDivFloat {
  float operator()(float a, float b) const noexcept {
    return static_cast<float>(std::floor(static_cast<double>(a) / static_cast<double>(b)));
  }
};
/// The remainder that has the divisor's sign.
struct FloorModFloat {
  float operator()(float a, float b) const noexcept {
    const float rest = std::fmod(a, b);
    return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest;
  }
};

// Integer division: b != 0. Minus the least integer wraps to itself.
template <class T>
T negated(T a) noexcept {
  return static_cast<T>(0 - wrapping(a));
}
struct DivInteger {
  template <class T>
  T operator()(T a, T b) const noexcept {
    return b == T(-1) ? negated(a) : static_cast<T>(a / b);
  }
};
struct FloorDivInteger {
  template <class T>
  T operator()(T a, T b) const noexcept {
    if (b == T(-1)) return negated(a);
    return static_cast<T>(a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0));
  }
};
struct FloorModInteger {
  template <class T>
  T operator()(T a, T b) const noexcept {
    if (b == T(-1)) return 0;
    const T rest = static_cast<T>(a % b);
    return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
  }
};

/// a^b by squaring; b >= 0.
struct PowInteger {
  template <class T>
  T operator()(T a, T b) const noexcept {
    auto base = wrapping(a), power = wrapping(T{1});
    for (T rest = b; rest > 0; rest = static_cast<T>(rest >> 1)) {
      if ((rest & 1) != 0) power *= base;
      base *= base;
    }
    return static_cast<T>(power);
  }
};

}  // namespace litesmith::ops::elementwise_binary
