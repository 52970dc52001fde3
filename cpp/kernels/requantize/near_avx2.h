#pragma once

#include <immintrin.h>

#include "kernels/requantize/requantize.h"
#include "kernels/requantize/vec_avx2.h"

namespace litesmith::kernels {
namespace {

/// near_avx512.h for AVX2 and sixteen channels: `first` has channels 0 to 3 and 8 to 11, `last` the others, as
/// unpacking 16-bit values within 128 bits leaves them.
class NearFixedPoint {
 public:
  struct Sums {
    __m256i first, last;
  };

  NearFixedPoint(const NearScales& scales, std::int64_t channel, const OutputRange& range) noexcept
      : zero_point_{_mm256_set1_epi16(static_cast<std::int16_t>(range.zero_point))},
        low_{_mm256_set1_epi8(static_cast<std::int8_t>(range.low))},
        high_{_mm256_set1_epi8(static_cast<std::int8_t>(range.high))},
        first_{halved(scales.factors + channel, 0), halved(scales.above + channel, 0),
               halved(scales.below + channel, 0)},
        last_{halved(scales.factors + channel, 4), halved(scales.above + channel, 4),
              halved(scales.below + channel, 4)},
        nearest_{_mm256_set1_epi32(-1)} {}

  /// int8 results of two pixels, each in 128 bits; right when is_certain() at the end.
  [[gnu::always_inline]] __m256i operator()(const Sums& a, const Sums& b) noexcept {
    const __m256i bytes = _mm256_packs_epi16(halves(a), halves(b));
    return _mm256_permute4x64_epi64(_mm256_min_epi8(high_, _mm256_max_epi8(low_, bytes)), _MM_SHUFFLE(3, 1, 2, 0));
  }

  bool is_certain() const noexcept {
    const __m256i near = _mm256_cmpeq_epi32(nearest_, _mm256_setzero_si256());
    return _mm256_testz_si256(near, near) != 0;
  }

 private:
  struct Scale {
    __m256 factor, above, below;
  };

  /// Four values of each half, from `offset` on.
  static __m256 halved(const float* from, int offset) noexcept {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from + offset)), _mm_loadu_ps(from + 8 + offset),
                                1);
  }

  [[gnu::always_inline]] __m256i halves(const Sums& sums) noexcept {
    const __m256i pixel = _mm256_packs_epi32(steps(sums.first, first_), steps(sums.last, last_));
    return _mm256_adds_epi16(pixel, zero_point_);
  }

  [[gnu::always_inline]] __m256i steps(__m256i sums, const Scale& scale) noexcept {
    const __m256 half = _mm256_blendv_ps(scale.above, scale.below, _mm256_castsi256_ps(sums));
    const __m256i t = _mm256_cvtps_epi32(_mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), scale.factor, half));
    nearest_ = _mm256_min_epu32(nearest_, _mm256_and_si256(t, _mm256_set1_epi32(0x7FFC)));
    return _mm256_srai_epi32(t, 15);
  }

  __m256i zero_point_, low_, high_;
  Scale first_, last_;
  __m256i nearest_;  // 0 in a lane that was near a whole number
};

}  // namespace
}  // namespace litesmith::kernels
