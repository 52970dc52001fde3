#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "kernels/requantize/multiplier.h"

/// Elementary functions of fixed-point numbers (reference: arithmetic.md §5).
namespace litesmith::kernels {

/// x * 2^bits, saturated; bits in [0, 31].
constexpr std::int32_t saturating_shift_left(std::int32_t x, int bits) noexcept {
  using Limits = std::numeric_limits<std::int32_t>;
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(std::int64_t{x} * (std::int64_t{1} << bits), Limits::min(), Limits::max()));
}

/// (x + y) / 2 rounded half away from zero.
constexpr std::int32_t half_sum(std::int32_t x, std::int32_t y) noexcept {
  const std::int64_t sum = std::int64_t{x} + y;
  return static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/// What Fixed does with raw values of 16 and of 32 bits.
template <class Raw>
struct RawLimits {
  static constexpr int kBits = 8 * sizeof(Raw) - 1;
  static constexpr Raw kMax = std::numeric_limits<Raw>::max();
  static constexpr Raw kMin = std::numeric_limits<Raw>::min();
  static constexpr Raw saturated(std::int64_t x) noexcept {
    return static_cast<Raw>(std::clamp<std::int64_t>(x, kMin, kMax));
  }
};

/// The number raw * 2^(integer_bits - 31), with raw values of 16 bits raw * 2^(integer_bits - 15).
template <int integer_bits, class Raw = std::int32_t>
struct Fixed {
  using Limits = RawLimits<Raw>;
  static constexpr int kFraction = Limits::kBits - integer_bits;
  Raw raw = 0;

  /// The nearest number; the largest one for what is above it. One of 16 bits is that of 32 bits rounded again.
  static constexpr Fixed of(double value) noexcept {
    const double scaled = value * static_cast<double>(std::int64_t{1} << (31 - integer_bits));
    const auto nearest = static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
    const std::int32_t wide = RawLimits<std::int32_t>::saturated(nearest);
    return {Limits::saturated(rounding_shift_right(wide, 31 - Limits::kBits))};
  }
  /// The same value with other integer bits: shifted left with saturation or right with rounding.
  template <int other>
  constexpr Fixed<other, Raw> to() const noexcept {
    if constexpr (other <= integer_bits)
      return {Limits::saturated(std::int64_t{raw} * (std::int64_t{1} << (integer_bits - other)))};
    else
      return {static_cast<Raw>(rounding_shift_right(raw, other - integer_bits))};
  }
  /// value / 2^bits.
  constexpr Fixed shifted_right(int bits) const noexcept { return {static_cast<Raw>(rounding_shift_right(raw, bits))}; }

  friend constexpr Fixed operator+(Fixed a, Fixed b) noexcept {
    return {static_cast<Raw>(static_cast<std::uint32_t>(a.raw) + static_cast<std::uint32_t>(b.raw))};
  }
  friend constexpr Fixed operator-(Fixed a, Fixed b) noexcept {
    return {static_cast<Raw>(static_cast<std::uint32_t>(a.raw) - static_cast<std::uint32_t>(b.raw))};
  }
};

template <int a, int b, class Raw>
constexpr Fixed<a + b, Raw> operator*(Fixed<a, Raw> x, Fixed<b, Raw> y) noexcept {
  constexpr int kBits = RawLimits<Raw>::kBits;
  return {RawLimits<Raw>::saturated((std::int64_t{x.raw} * y.raw + (std::int64_t{1} << (kBits - 1))) >> kBits)};
}

/// e^a for a <= 0.
template <int integer_bits, class Raw>
constexpr Fixed<0, Raw> exp_of_negative(Fixed<integer_bits, Raw> a) noexcept {
  using Unit = Fixed<0, Raw>;
  using Number = Fixed<integer_bits, Raw>;
  if (a.raw == 0) return Unit::of(1);
  constexpr std::int32_t kQuarter = Number::of(0.25).raw;
  const Number low{static_cast<Raw>((a.raw & (kQuarter - 1)) - kQuarter)};  // in [-1/4, 0), a multiple of 1/4 above a
  const Unit x = low.template to<0>() + Unit::of(0.125);
  const Unit square = x * x;
  const Unit cube = square * x;
  const Unit fourth = square * square;
  const Unit tail = ((fourth.shifted_right(2) + cube) * Unit::of(1.0 / 3) + square).shifted_right(1);
  constexpr Unit kCentre = Unit::of(0.88249690258459540286);  // e^(-1/8)
  Unit result{RawLimits<Raw>::saturated(std::int64_t{kCentre.raw} + (kCentre * (x + tail)).raw)};
  constexpr double kPowers[] = {0.77880078307140486825,   0.60653065971263342360,  0.36787944117144232160,
                                0.13533528323661269189,   0.018315638888734180294, 0.00033546262790251183882,
                                1.1253517471925911451e-07};  // e^(-2^j), j from -2
  const std::int32_t remainder = std::int32_t{low.raw} - a.raw;
  for (int j = -2; j <= 4 && j < integer_bits; ++j)
    if ((remainder & (std::int32_t{1} << (Number::kFraction + j))) != 0) result = result * Unit::of(kPowers[j + 2]);
  if constexpr (integer_bits > 5)
    if (a.raw < -(std::int32_t{1} << (Number::kFraction + 5))) return {0};
  return result;
}

/// 2 / (1 + x) for x in [0, 1).
template <class Raw>
constexpr Fixed<2, Raw> double_reciprocal_of_one_plus(Fixed<0, Raw> x) noexcept {
  using Number = Fixed<2, Raw>;
  const Fixed<0, Raw> half{static_cast<Raw>(half_sum(x.raw, Fixed<0, Raw>::of(1).raw))};
  Number y = Number::of(48.0 / 17) + half * Number::of(-32.0 / 17);
  for (int step = 0; step < 3; ++step) y = y + (y * (Number::of(1) - half * y)).template to<2>();
  return y;
}

/// 1 / (1 + x) for x in [0, 1).
template <class Raw>
constexpr Fixed<0, Raw> reciprocal_of_one_plus(Fixed<0, Raw> x) noexcept {
  return Fixed<1, Raw>{double_reciprocal_of_one_plus(x).raw}.template to<0>();
}

/// 1 / (1 + e^-x).
template <int integer_bits, class Raw>
constexpr Fixed<0, Raw> logistic(Fixed<integer_bits, Raw> x) noexcept {
  if (x.raw == 0) return Fixed<0, Raw>::of(0.5);
  const Fixed<integer_bits, Raw> below{x.raw > 0 ? static_cast<Raw>(-x.raw) : x.raw};
  const Fixed<0, Raw> result = reciprocal_of_one_plus(exp_of_negative(below));
  return x.raw > 0 ? result : Fixed<0, Raw>::of(1) - result;
}

template <int integer_bits, class Raw>
constexpr Fixed<0, Raw> hyperbolic_tangent(Fixed<integer_bits, Raw> x) noexcept {
  if (x.raw == 0) return {0};
  const Fixed<integer_bits + 1, Raw> twice{x.raw > 0 ? static_cast<Raw>(-x.raw) : x.raw};
  const auto result = (double_reciprocal_of_one_plus(exp_of_negative(twice)) - Fixed<2, Raw>::of(1)).template to<0>();
  return x.raw > 0 ? result : Fixed<0, Raw>{static_cast<Raw>(-result.raw)};
}

/// The natural logarithm of z >= 1.
constexpr Fixed<5> log_of_at_least_one(Fixed<12> z) noexcept {
  constexpr Fixed<0> kRootOfHalf = Fixed<0>::of(0.70710678118654752440);
  constexpr Fixed<0> kFourthRootOfHalf = Fixed<0>::of(0.84089641525371454303);
  constexpr Fixed<6> kQuarter = Fixed<6>::of(0.25);
  const auto octaves = [](int n) { return Fixed<6>{saturating_shift_left(n, 25)}; };
  const auto leading_zeros = [](std::int32_t raw) { return std::countl_zero(static_cast<std::uint32_t>(raw)); };

  const int h = leading_zeros(z.raw);
  const Fixed<0> a{saturating_shift_left((Fixed<0>{saturating_shift_left(z.raw, h - 1)} * kRootOfHalf).raw, 1)};
  const Fixed<6> octaves_a = octaves(12 - h) + kQuarter;
  const int g = leading_zeros((Fixed<0>{z.raw} * kRootOfHalf).raw) - 1;
  const Fixed<0> b{saturating_shift_left(z.raw, g)};
  const Fixed<6> octaves_b = octaves(12 - g) - kQuarter;

  const Fixed<0> r{std::min(a.raw, b.raw)};
  const Fixed<6> octave{std::max(octaves_a.raw, octaves_b.raw)};
  const Fixed<0> p{half_sum(r.raw, kFourthRootOfHalf.raw)};
  const Fixed<0> difference = r - kFourthRootOfHalf;
  const Fixed<0> q = difference + difference;
  const Fixed<0> square = q * q;
  constexpr double kFourthRootOfTwo = 1.1892071150027210667;
  const Fixed<0> numerator = q * r + q * square * Fixed<0>::of(11.0 / 240 * kFourthRootOfTwo);
  const Fixed<0> above_one =
      p * (Fixed<0>::of(2 / kFourthRootOfTwo - kFourthRootOfTwo) + q + Fixed<0>::of(kFourthRootOfTwo / 20) * square) +
      Fixed<0>::of(kFourthRootOfTwo / 4) * q;
  const Fixed<0> quotient = numerator * reciprocal_of_one_plus(above_one);
  return (octave * Fixed<0>::of(0.69314718055994530942) + quotient.to<6>()).to<5>();
}

/// 1 / sqrt(value) as a multiplier; 1 for values <= 1.
constexpr Multiplier inverse_square_root(std::int32_t value) noexcept {
  if (value <= 1) return {std::numeric_limits<std::int32_t>::max(), 0};
  int shift = 11;
  for (; value >= 1 << 29; ++shift) value /= 4;
  const int pairs = (std::countl_zero(static_cast<std::uint32_t>(value)) - 1) / 2 - 1;
  shift -= pairs;
  value <<= 2 * pairs;
  const Fixed<3> half = Fixed<3>{value >> 1}.shifted_right(1);
  Fixed<3> x = Fixed<3>::of(1);
  for (int step = 0; step < 5; ++step) x = (Fixed<3>::of(1.5) * x - half * (x * x * x).to<3>()).template to<3>();
  std::int32_t q = (x * Fixed<0>::of(0.70710678118654752440)).raw;
  if (shift < 0) {
    q = static_cast<std::int32_t>(static_cast<std::uint32_t>(q) << -shift);
    shift = 0;
  }
  return {q, -shift};
}

}  // namespace litesmith::kernels
