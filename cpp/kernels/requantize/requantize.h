#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/requantize/multiplier.h"
#include "simd/cpu.h"

/// From sums to the integers of a quantized result: y = clamp(zero_point + sum * factor, low, high), the factor applied
/// in one of the ways of multiplier.h. The scalar functions are the truth; `vec_avx2.h` and `vec_avx512.h` hold the
/// same for registers, for kernels that requantize what they have just summed; the loops below are for whole arrays.
namespace litesmith::kernels {

/// The integers of a result.
struct OutputRange {
  std::int32_t zero_point = 0;
  std::int32_t low = std::numeric_limits<std::int32_t>::min();
  std::int32_t high = std::numeric_limits<std::int32_t>::max();
};

/// Whether the range is that of int8 or uint8, so that a saturating store is all it takes.
[[gnu::always_inline]] constexpr bool is_whole_byte(const OutputRange& range) noexcept {
  return range.high - range.low == 255 && (range.low == -128 || range.low == 0);
}

/// Multipliers that vector loads read: arrays of one value per channel have this multiple of elements.
inline constexpr std::int64_t kScaleBlock = 16;

/// Exponents above this one are not for multiply().
inline constexpr std::int32_t kHighestExponent = 30;
/// ... and above this one not for multiply() of 64-bit sums.
inline constexpr std::int32_t kHighestWideExponent = 7;

/// Double rounding; zero point + product wraps.
constexpr std::int32_t requantize(std::int32_t sum, Multiplier m, const OutputRange& range) noexcept {
  const auto wrapped = static_cast<std::uint32_t>(range.zero_point) + static_cast<std::uint32_t>(multiply(sum, m));
  return std::clamp(static_cast<std::int32_t>(wrapped), range.low, range.high);
}
/// The 64-bit form.
constexpr std::int32_t requantize(std::int64_t sum, Multiplier m, const OutputRange& range) noexcept {
  const auto wrapped = static_cast<std::uint32_t>(range.zero_point) + static_cast<std::uint32_t>(multiply(sum, m));
  return std::clamp(static_cast<std::int32_t>(wrapped), range.low, range.high);
}
/// The float64 form; |factor| < 2^63.
inline std::int32_t requantize_float64(std::int64_t sum, double factor, const OutputRange& range) noexcept {
  const double steps = std::round(static_cast<double>(sum) * factor);
  const double low = static_cast<double>(range.low) - range.zero_point;
  const double high = static_cast<double>(range.high) - range.zero_point;
  return static_cast<std::int32_t>(std::clamp(steps, low, high)) + range.zero_point;
}

/// Whether sums of at most this magnitude are exact in float32, and their products far from leaving 16 bits: what
/// near_avx512.h takes.
constexpr bool is_small_sum(std::int64_t magnitude, Multiplier m) noexcept {
  return magnitude < (1 << 24) && (m.q == 0 || (m.exponent < 0 && (magnitude >> -m.exponent) < (1 << 15)));
}

/// What near_avx2.h and near_avx512.h read: arrays of one value per channel.
struct NearScales {
  const float* factors = nullptr;  ///< factor * 2^15
  const float* above = nullptr;    ///< added to products of sums >= 0
  const float* below = nullptr;    ///< added to those of others
};

/// One channel of NearScales, for a multiplier that is_small_sum() takes.
struct NearScale {
  float factor, above, below;
};
inline NearScale near_scale(Multiplier m) noexcept {
  constexpr float kHalf = 0x1p14F + 1.5F;
  const float step = m.q == 0 ? 0.0F : std::ldexp(1.0F, m.exponent + 14);
  return {std::ldexp(static_cast<float>(m.q), m.exponent - 16), kHalf + step, kHalf - step};
}

enum class OutputType : std::uint8_t { int8, uint8, int16 };

/// `rows` rows of `channels` values, `sum_stride` and `y_stride` elements apart. Scales are per channel.
struct RequantizeRows {
  std::int64_t rows = 1;
  std::int64_t channels = 0;
  std::int64_t sum_stride = 0;
  void* y = nullptr;
  std::int64_t y_stride = 0;
  OutputType type = OutputType::int8;
  OutputRange range{};
};

/// requantize() of arrays; arrays of scales have a multiple of kScaleBlock elements.
struct RequantizeLoops {
  simd::Isa isa;
  void (*fixed_point)(const RequantizeRows& rows, const std::int32_t* sums, const Multiplier* scales) noexcept;
  void (*wide_fixed_point)(const RequantizeRows& rows, const std::int64_t* sums, const Multiplier* scales) noexcept;
  void (*float64)(const RequantizeRows& rows, const std::int32_t* sums, const double* scales) noexcept;
  void (*wide_float64)(const RequantizeRows& rows, const std::int64_t* sums, const double* scales) noexcept;
};

namespace requantize_scalar {
extern const RequantizeLoops loops;
}
#if defined(__x86_64__)
namespace requantize_avx2 {
extern const RequantizeLoops loops;
}
namespace requantize_avx512 {
extern const RequantizeLoops loops;
}
#endif

/// The loops of the most capable ISA not above `isa`.
const RequantizeLoops& requantize_loops(simd::Isa isa) noexcept;

}  // namespace litesmith::kernels
