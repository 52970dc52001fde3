#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

/// Fixed-point scaling of integer sums, the readable truth behind every vectorised requantization
/// (reference: arithmetic.md §1).
namespace litesmith::kernels {

/// A real factor as q / 2^31 * 2^exponent with q in [2^30, 2^31), or q = 0.
struct Multiplier {
  std::int32_t q = 0;
  std::int32_t exponent = 0;
  bool operator==(const Multiplier&) const = default;
};

/// The nearest multiplier of a factor >= 0; factors below 2^-32 become 0.
inline Multiplier multiplier_of(double factor) noexcept {
  if (factor == 0) return {};
  int exponent = 0;
  const double mantissa = std::frexp(factor, &exponent);
  auto q = static_cast<std::int64_t>(std::round(mantissa * static_cast<double>(std::int64_t{1} << 31)));
  if (q == std::int64_t{1} << 31) {
    q /= 2;
    ++exponent;
  }
  if (exponent < -31) return {};
  return {static_cast<std::int32_t>(q), exponent};
}

/// H(a, b): floor((a * b + 2^30) / 2^31), saturated for INT32_MIN squared.
constexpr std::int32_t doubling_high_product(std::int32_t a, std::int32_t b) noexcept {
  constexpr auto kMin = std::numeric_limits<std::int32_t>::min();
  if (a == kMin && b == kMin) return std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>((std::int64_t{a} * b + (std::int64_t{1} << 30)) >> 31);
}

/// D(x, bits): x / 2^bits rounded half away from zero; bits in [0, 31].
constexpr std::int32_t rounding_shift_right(std::int32_t x, int bits) noexcept {
  const std::int64_t mask = (std::int64_t{1} << bits) - 1;
  const std::int64_t remainder = x & mask;
  const std::int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return static_cast<std::int32_t>((std::int64_t{x} >> bits) + (remainder > threshold ? 1 : 0));
}

/// x * factor with double rounding: H of x shifted left by a positive exponent (wrapping), then D.
constexpr std::int32_t multiply(std::int32_t x, Multiplier m) noexcept {
  const int left = std::max(m.exponent, 0);
  const int right = std::max(-m.exponent, 0);
  const auto shifted = static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << left);
  return rounding_shift_right(doubling_high_product(shifted, m.q), right);
}

/// x * factor for 64-bit sums (int16 activations with int64 bias): a 15-bit multiplier (wrapping) and one
/// half-up rounding.
constexpr std::int32_t multiply(std::int64_t x, Multiplier m) noexcept {
  const std::int64_t reduced = std::min<std::int64_t>((std::int64_t{m.q} + (1 << 15)) >> 16, 32767);
  const int shift = 15 - m.exponent;
  const auto product = static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(reduced);
  return static_cast<std::int32_t>(static_cast<std::int64_t>(product + (std::uint64_t{1} << (shift - 1))) >> shift);
}

/// x * factor in float64, rounded half away from zero: FULLY_CONNECTED of LiteRT's reference (arithmetic.md §2).
inline std::int64_t multiply_rounded(std::int64_t x, double factor) noexcept {
  return std::llround(static_cast<double>(x) * factor);
}

}  // namespace litesmith::kernels
