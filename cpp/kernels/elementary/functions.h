#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

/// Elementary functions in double precision from plain additions and multiplications: the same bits on every CPU, and
/// free of branches so that loops over them vectorise. Everything is static: files of several instruction sets include
/// this header.
namespace litesmith::kernels::elementary {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kLn2High = 0x1.62e42fefa3800p-1;  // 42 bits: products with exponents are exact
inline constexpr double kLn2Low = 0x1.ef35793c76730p-45;
inline constexpr double kLog2E = 1.4426950408889634;
inline constexpr double kHalfPi = 1.5707963267948966;
inline constexpr double kPi = 3.1415926535897932;
// Adding this rounds to an integer (half to even) and leaves it in the low bits.
inline constexpr double kRounder = 0x1.8p52;

// The same from the standard library would be functions that the linker shares between the files.
template <class To, class From>
[[gnu::always_inline]] static inline To bits_as(From x) noexcept {
  return __builtin_bit_cast(To, x);
}
[[gnu::always_inline]] static inline float absolute(float x) noexcept { return __builtin_fabsf(x); }
[[gnu::always_inline]] static inline double absolute(double x) noexcept { return __builtin_fabs(x); }
[[gnu::always_inline]] static inline bool is_negative(float x) noexcept { return __builtin_signbit(x) != 0; }
[[gnu::always_inline]] static inline bool is_negative(double x) noexcept { return __builtin_signbit(x) != 0; }
[[gnu::always_inline]] static inline float with_sign(float x, float sign) noexcept {
  return __builtin_copysignf(x, sign);
}
[[gnu::always_inline]] static inline double with_sign(double x, double sign) noexcept {
  return __builtin_copysign(x, sign);
}

/// Horner's scheme; coefficients in ascending order.
template <std::size_t i = 0, std::size_t n>
[[gnu::always_inline]] static inline double polynomial(double x, const double (&c)[n]) noexcept {
  if constexpr (i + 1 == n)
    return c[i];
  else
    return polynomial<i + 1>(x, c) * x + c[i];
}

/// e^x as scale * (1 + tail) with |tail| < 0.42 and scale a power of two; |x| <= 700, NaN gives a NaN tail.
struct Exponential {
  double scale;
  double tail;
};

[[gnu::always_inline]] static inline Exponential split_exp(double x) noexcept {
  const double shifted = x * kLog2E + kRounder;
  const double n = shifted - kRounder;
  const double r = (x - n * kLn2High) - n * kLn2Low;
  constexpr double kTaylor[] = {
      1.0,          1.0 / 2,       1.0 / 6,        1.0 / 24,        1.0 / 120,       1.0 / 720,
      1.0 / 5040.0, 1.0 / 40320.0, 1.0 / 362880.0, 1.0 / 3628800.0, 1.0 / 39916800.0};
  const std::uint64_t bits = (bits_as<std::uint64_t>(shifted) + 1023) << 52;
  return {bits_as<double>(bits), r * polynomial(r, kTaylor)};
}

/// x limited to [-limit, limit]; NaN stays.
[[gnu::always_inline]] static inline double limited(double x, double limit) noexcept {
  const double above = x < -limit ? -limit : x;
  return above > limit ? limit : above;
}

/// Beyond +-700 the result is that of +-700, which no float tells from infinity and zero.
[[gnu::always_inline]] static inline double exp(double x) noexcept {
  const Exponential e = split_exp(limited(x, 700));
  return e.scale + e.scale * e.tail;
}

[[gnu::always_inline]] static inline double expm1(double x) noexcept {
  const Exponential e = split_exp(limited(x, 700));
  return e.scale * e.tail + (e.scale - 1);
}

[[gnu::always_inline]] static inline double sigmoid(double x) noexcept { return 1 / (1 + elementary::exp(-x)); }

[[gnu::always_inline]] static inline double tanh(double x) noexcept {
  const double e = elementary::expm1(2 * absolute(limited(x, 40)));
  return with_sign(e / (e + 2), x);
}

/// Natural logarithm of a normal double; -inf at 0, NaN below.
[[gnu::always_inline]] static inline double log(double x) noexcept {
  constexpr std::uint64_t kSqrtHalf = 0x3fe6a09e00000000;
  constexpr std::uint64_t kOne = 0x3ff0000000000000;
  // Exponent such that the mantissa lies in [sqrt(1/2), sqrt(2)); biased so that shifts are unsigned.
  const std::uint64_t biased = (bits_as<std::uint64_t>(x) + (kOne - kSqrtHalf)) >> 52;
  const double e = bits_as<double>(biased | 0x4330000000000000) - (0x1p52 + 1023);
  const double m = bits_as<double>(bits_as<std::uint64_t>(x) - ((biased - 1023) << 52));
  const double f = m - 1;
  const double s = f / (2 + f);
  const double s2 = s * s;
  constexpr double kSeries[] = {2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19};
  const double tail = s * (s2 * polynomial(s2, kSeries));
  const double y = e * kLn2High + (2 * s + (tail + e * kLn2Low));
  const double special = x == 0 ? -kInfinity : (x < 0 ? kNan : x);
  return x > 0 && x < kInfinity ? y : special;
}

[[gnu::always_inline]] static inline double erf(double x) noexcept {
  // Chebyshev interpolation of erf(x)/x over x^2 in [0, 16], error 1e-12; erf(4) is 1 in float.
  constexpr double kErf[] = {
      0.35353099564409746,    -0.17657623330158756,    0.13167511672717516,    -0.10771044247615774,
      0.090209000799871819,   -0.074727867838360704,   0.059886801040637698,   -0.045765077878499212,
      0.033061459397470239,   -0.022473827344932043,   0.014345773496301898,   -0.0086050226136647652,
      0.0048645444851124287,  -0.0025816672387885308,  0.0012724411639804154,  -0.00060662970562111495,
      0.0002990814426379683,  -0.00012508945346589517, 3.1121289408064803e-05, -1.3260380926920112e-05,
      1.3246133141674834e-05, -4.467242670949824e-06};
  const double t = limited(x, 4);
  return t * polynomial(t * t * 0.125 - 1, kErf);
}

/// Quarter turns and rest of an angle: x = n * pi/2 + r with |r| <= pi/4; the low two bits of `quarter` are n mod 4.
struct Angle {
  double r;
  std::uint64_t quarter;
};

inline constexpr double kLargeAngle = 0x1p20;

/// |x| < kLargeAngle.
[[gnu::always_inline]] static inline Angle reduce(double x) noexcept {
  constexpr double kHigh = 0x1.921fb544p+0, kMiddle = 0x1.0b4611a6p-34, kLow = 0x1.3198a2e037073p-69;
  const double shifted = x * 0.63661977236758138 + kRounder;
  const double n = shifted - kRounder;
  return {((x - n * kHigh) - n * kMiddle) - n * kLow, bits_as<std::uint64_t>(shifted)};
}

/// Any finite float >= 0: fixed-point product with the bits of 2/pi that matter (Payne and Hanek).
static inline Angle reduce_large(float x) noexcept {
  static constexpr std::uint32_t kTwoOverPi[] = {0,          0xa2f9836e, 0x4e441529, 0xfc2757d1,
                                                 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab};
  const std::uint32_t bits = bits_as<std::uint32_t>(x);
  const std::uint64_t mantissa = (bits & 0x7fffff) | 0x800000;
  const int exponent = static_cast<int>(bits >> 23) - 150;
  const int first = exponent + 30;  // bits before this one are whole turns; the table starts 31 bits before the point
  const auto word = [&](int i) -> std::uint64_t {
    const int at = (first >> 5) + i, shift = first & 31;
    const std::uint64_t pair = (std::uint64_t{kTwoOverPi[at]} << 32) | (at + 1 < 8 ? kTwoOverPi[at + 1] : 0U);
    return (pair >> (32 - shift)) & 0xffffffff;
  };
  const std::uint64_t low = mantissa * word(2);
  const std::uint64_t middle = mantissa * word(1) + (low >> 32);
  const std::uint64_t high = mantissa * word(0) + (middle >> 32);
  const std::uint64_t turns = (high << 32) | (middle & 0xffffffff);  // Q2.62
  const std::uint64_t quarter = (turns + (std::uint64_t{1} << 61)) >> 62;
  const auto rest = static_cast<std::int64_t>(turns - (quarter << 62));
  return {static_cast<double>(rest) * 0x1p-62 * kHalfPi, quarter};
}

/// sin(r + (quarter + shift) * pi/2); shift 1 gives the cosine.
[[gnu::always_inline]] static inline double sin_of(Angle angle, std::uint64_t shift) noexcept {
  constexpr double kSin[] = {-1.0 / 6,        1.0 / 120,        -1.0 / 5040,         1.0 / 362880,
                             -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000};
  constexpr double kCos[] = {-0.5,           1.0 / 24,          -1.0 / 720,          1.0 / 40320,
                             -1.0 / 3628800, 1.0 / 479001600.0, -1.0 / 87178291200.0};
  const double r2 = angle.r * angle.r;
  const double sine = angle.r * (1 + r2 * polynomial(r2, kSin));
  const double cosine = 1 + r2 * polynomial(r2, kCos);
  const std::uint64_t quarter = angle.quarter + shift;
  const std::uint64_t odd = 0 - (quarter & 1);
  const std::uint64_t bits = (bits_as<std::uint64_t>(cosine) & odd) | (bits_as<std::uint64_t>(sine) & ~odd);
  return bits_as<double>(bits ^ ((quarter & 2) << 62));
}

/// atan(t) for t in [0, 1].
[[gnu::always_inline]] static inline double atan_unit(double t) noexcept {
  // Chebyshev interpolation of atan(t)/t over t^2 in [0, 1], error 4e-17.
  constexpr double kAtan[] = {
      0.87041975136710314,    -0.10187654235021826,    0.020851851207112616,   -0.0050308636602458658,
      0.0013155859494802418,  -0.00036098208712809243, 0.00010227656303859468, -2.9650040130968544e-05,
      8.7449261819592325e-06, -2.6140752498566917e-06, 7.8991100870047874e-07, -2.4079309639231526e-07,
      7.3840339432586797e-08, -2.2816319925481128e-08, 7.2346450526728523e-09, -2.2589126445635767e-09,
      5.835202391452416e-10,  -1.8308123279766158e-10, 1.1629411794114163e-10, -3.6892600236687279e-11};
  return t * polynomial(2 * t * t - 1, kAtan);
}

/// Angle of the point (x, y) in (-pi, pi], with the signs of zero that IEEE 754 asks for.
static inline double atan2(double y, double x) noexcept {
  const double ax = absolute(x), ay = absolute(y);
  if (ax != ax || ay != ay) return kNan;
  const double largest = ax > ay ? ax : ay, smallest = ax > ay ? ay : ax;
  const double ratio = largest == 0 ? 0 : (smallest == kInfinity ? 1 : smallest / largest);
  double angle = atan_unit(ratio);
  if (ay > ax) angle = kHalfPi - angle;
  if (is_negative(x)) angle = kPi - angle;
  return with_sign(angle, y);
}

/// x^y for floats, special values as C99 annex F.
static inline double pow(float x, float y) noexcept {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return kNan;
  const double ay = absolute(static_cast<double>(y));
  const bool whole = ay >= 0x1p24 || static_cast<double>(static_cast<std::int64_t>(ay)) == ay;
  const bool odd = ay < 0x1p24 && whole && (static_cast<std::int64_t>(ay) & 1) != 0;
  const double ax = absolute(static_cast<double>(x));
  const double sign = odd && is_negative(x) ? -1 : 1;
  if (x < 0 && !whole && ax < kInfinity && ay < kInfinity) return kNan;
  if (ax == 1) return sign;
  if (ax == 0 || ax == kInfinity || ay == kInfinity) {
    const bool grows = (ax > 1) == (y > 0);
    return sign * (grows ? kInfinity : 0.0);
  }
  return sign * elementary::exp(static_cast<double>(y) * elementary::log(ax));
}

/// x rounded to a whole number, halves to even; NaN, infinities and -0 stay.
[[gnu::always_inline]] static inline float round_even(float x) noexcept {
  const float magnitude = absolute(x);
  const float rounded = (magnitude + 0x1p23F) - 0x1p23F;
  return with_sign(magnitude < 0x1p23F ? rounded : magnitude, x);
}
[[gnu::always_inline]] static inline float floor(float x) noexcept {
  const float nearest = round_even(x);
  return with_sign(nearest > x ? nearest - 1 : nearest, x);
}
[[gnu::always_inline]] static inline float ceil(float x) noexcept {
  const float nearest = round_even(x);
  return with_sign(nearest < x ? nearest + 1 : nearest, x);
}

}  // namespace litesmith::kernels::elementary
