#include <immintrin.h>

#include "kernels/hybrid/loops.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kWidth = 16;
constexpr std::int64_t kUnroll = 4;

__mmask16 first(std::int64_t count) noexcept { return static_cast<__mmask16>((1U << count) - 1U); }

/// The values must come first: min and max return the second operand when either is NaN.
RowLimits limits(const float* x, std::int64_t n) noexcept {
  __m512 low[kUnroll], high[kUnroll];
  unsigned nan = 0;
  for (std::int64_t u = 0; u < kUnroll; ++u) low[u] = high[u] = _mm512_setzero_ps();
  std::int64_t i = 0;
  for (; i + kWidth * kUnroll <= n; i += kWidth * kUnroll)
    for (std::int64_t u = 0; u < kUnroll; ++u) {
      const __m512 v = _mm512_loadu_ps(x + i + u * kWidth);
      nan |= _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
      low[u] = _mm512_min_ps(v, low[u]);
      high[u] = _mm512_max_ps(v, high[u]);
    }
  for (; i < n; i += kWidth) {
    const __m512 v = _mm512_maskz_loadu_ps(n - i < kWidth ? first(n - i) : __mmask16{0xFFFF}, x + i);
    nan |= _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    low[0] = _mm512_min_ps(v, low[0]);
    high[0] = _mm512_max_ps(v, high[0]);
  }
  alignas(64) float lows[kWidth], highs[kWidth];
  _mm512_store_ps(lows, _mm512_min_ps(_mm512_min_ps(low[0], low[1]), _mm512_min_ps(low[2], low[3])));
  _mm512_store_ps(highs, _mm512_max_ps(_mm512_max_ps(high[0], high[1]), _mm512_max_ps(high[2], high[3])));
  RowLimits result;
  for (std::int64_t lane = 0; lane < kWidth; ++lane) result = join(result, {lows[lane], highs[lane]});
  return unless_nan(nan != 0, result);
}

void quantize(const float* x, std::int64_t n, RowScale scale, std::int8_t* q) noexcept {
  const __m512 inverse = _mm512_set1_ps(scale.inverse);
  const __m512i zero_point = _mm512_set1_epi32(scale.zero_point);
  const __m512 lowest = _mm512_set1_ps(lowest_step(scale));
  const __m512 highest = _mm512_set1_ps(highest_step(scale));
  const __m512 sign = _mm512_set1_ps(-0.0F);
  const __m512 half = _mm512_set1_ps(kHalf);
  for (std::int64_t i = 0; i < n; i += kWidth) {
    const __mmask16 lanes = n - i < kWidth ? first(n - i) : __mmask16{0xFFFF};
    __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, x + i), inverse);
    v = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v, v, _CMP_ORD_Q), v);
    v = _mm512_min_ps(_mm512_max_ps(v, lowest), highest);
    v = _mm512_add_ps(v, _mm512_or_ps(half, _mm512_and_ps(v, sign)));
    _mm_mask_storeu_epi8(q + i, lanes, _mm512_cvtepi32_epi8(_mm512_add_epi32(_mm512_cvttps_epi32(v), zero_point)));
  }
}

}  // namespace

const RowQuantizer kRowQuantizerAvx512 = {limits, quantize};

}  // namespace litesmith::kernels
