#pragma once

#include <immintrin.h>

#include "kernels/requantize/requantize.h"
#include "kernels/requantize/vec_avx512.h"

namespace litesmith::kernels {
namespace {

/// requantize() of 32-bit sums for results of eight bits, in float32. With a factor of q * 2^(e-31), e < 0, both
/// roundings together are floor(sum * factor + 1/2 +- 2^(e-1)), minus for sums below 0, unless that is a whole number.
/// Two roundings to 24 bits move what is below 256 by at most 2^-15; with 15 bits after the point, the last of them
/// rounded, and 1.5 units added, values nearer than that to a whole number end in 0 to 3. Where there was one,
/// is_certain() says no and FixedPoint decides. Sums must be small (is_small_sum); products above 256 are cut off
/// either way.
class NearFixedPoint {
 public:
  /// kWidth channels from `channel` on.
  NearFixedPoint(const NearScales& scales, std::int64_t channel, const OutputRange& range) noexcept
      : zero_point_{_mm512_set1_epi16(static_cast<std::int16_t>(range.zero_point))},
        low_{_mm512_set1_epi8(static_cast<std::int8_t>(range.low))},
        high_{_mm512_set1_epi8(static_cast<std::int8_t>(range.high))},
        factor_{_mm512_loadu_ps(scales.factors + channel)},
        above_{_mm512_loadu_ps(scales.above + channel)},
        below_{_mm512_loadu_ps(scales.below + channel)},
        nearest_{_mm512_set1_epi32(-1), _mm512_set1_epi32(-1)} {}

  /// int8 results of four vectors of sums, each in 128 bits; right when is_certain() at the end.
  [[gnu::always_inline]] __m512i operator()(__m512i a, __m512i b, __m512i c, __m512i d) noexcept {
    const __m512i first = _mm512_packs_epi32(steps(a, nearest_[0]), steps(b, nearest_[1]));
    const __m512i last = _mm512_packs_epi32(steps(c, nearest_[0]), steps(d, nearest_[1]));
    const __m512i bytes =
        _mm512_packs_epi16(_mm512_adds_epi16(first, zero_point_), _mm512_adds_epi16(last, zero_point_));
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, _mm512_min_epi8(high_, _mm512_max_epi8(low_, bytes)));
  }

  bool is_certain() const noexcept {
    const __m512i nearest = _mm512_min_epu32(nearest_[0], nearest_[1]);
    return _mm512_testn_epi32_mask(nearest, nearest) == 0;
  }

 private:
  [[gnu::always_inline]] __m512i steps(__m512i sums, __m512i& nearest) const noexcept {
    constexpr int kSelect = 0xCA;  // first operand ? second : third
    const __m512 half = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(
        _mm512_srai_epi32(sums, 31), _mm512_castps_si512(below_), _mm512_castps_si512(above_), kSelect));
    const __m512i t = _mm512_cvtps_epi32(_mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), factor_, half));
    nearest = _mm512_min_epu32(nearest, _mm512_and_si512(t, _mm512_set1_epi32(0x7FFC)));
    return _mm512_srai_epi32(t, 15);
  }

  __m512i zero_point_, low_, high_;
  __m512 factor_, above_, below_;
  __m512i nearest_[2];  // 0 in a lane that was near a whole number
};

}  // namespace
}  // namespace litesmith::kernels
