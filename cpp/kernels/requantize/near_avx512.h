#pragma once

#include <immintrin.h>

#include "kernels/requantize/requantize.h"
#include "kernels/requantize/vec_avx512.h"

namespace litesmith::kernels {
namespace {

/// requantize() of 32-bit sums for results of eight bits, in float32. With a factor of q * 2^(e-31), e < 0, both
/// roundings together are sum * factor + (1/2 + 2^(e-1)), with the sign of the sum, truncated. Three roundings to 24
/// bits move what is below 256 by less than 2^-14; where a value comes that near to a whole number, is_certain() says
/// no and FixedPoint decides. Greater values are cut off either way.
class NearFixedPoint {
 public:
  /// `multipliers`: of kWidth channels.
  NearFixedPoint(const Multiplier* multipliers, const OutputRange& range) noexcept
      : zero_point_{_mm512_set1_epi16(static_cast<std::int16_t>(range.zero_point))},
        low_{_mm512_set1_epi8(static_cast<std::int8_t>(range.low))},
        high_{_mm512_set1_epi8(static_cast<std::int8_t>(range.high))},
        nearest_{_mm512_set1_ps(0.5F)} {
    const MultiplierVec m = MultiplierVec::load(multipliers);
    const __m512 exponent = _mm512_cvtepi32_ps(m.exponent);
    factor_ = _mm512_scalef_ps(_mm512_cvtepi32_ps(m.q), _mm512_sub_ps(exponent, _mm512_set1_ps(31)));
    const __mmask16 used = _mm512_test_epi32_mask(m.q, m.q);
    half_ = _mm512_mask_add_ps(nearest_, used, _mm512_scalef_ps(nearest_, exponent), nearest_);
    is_small_ = _mm512_mask_cmpge_epi32_mask(used, m.exponent, _mm512_setzero_si512()) == 0;
  }

  /// int8 results of four vectors of sums, each in 128 bits; right when is_certain() at the end.
  [[gnu::always_inline]] __m512i operator()(__m512i a, __m512i b, __m512i c, __m512i d) noexcept {
    const __m512i first = _mm512_adds_epi16(_mm512_packs_epi32(steps(a), steps(b)), zero_point_);
    const __m512i last = _mm512_adds_epi16(_mm512_packs_epi32(steps(c), steps(d)), zero_point_);
    const __m512i bytes = _mm512_min_epi8(high_, _mm512_max_epi8(low_, _mm512_packs_epi16(first, last)));
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, bytes);
  }

  bool is_certain() const noexcept {
    return is_small_ && _mm512_cmp_ps_mask(nearest_, _mm512_set1_ps(0x1p-14F), _CMP_LT_OQ) == 0;
  }

 private:
  [[gnu::always_inline]] __m512i steps(__m512i sums) noexcept {
    const __m512 x = _mm512_cvtepi32_ps(sums);
    const __m512 half = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(
        _mm512_castps_si512(half_), _mm512_castps_si512(x), _mm512_set1_epi32(INT32_MIN), 0xF8));
    const __m512 t = _mm512_fmadd_ps(x, factor_, half);
    nearest_ = _mm512_range_ps(nearest_, _mm512_reduce_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), 0b1010);
    return _mm512_cvttps_epi32(t);
  }

  __m512i zero_point_, low_, high_;
  __m512 factor_, half_;
  __m512 nearest_;  // the least distance to a whole number so far
  bool is_small_;
};

}  // namespace
}  // namespace litesmith::kernels
