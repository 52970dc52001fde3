#include <immintrin.h>

#include "kernels/hybrid/loops.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kWidth = 8;
constexpr std::int64_t kUnroll = 4;

/// The values must come first: min and max return the second operand when either is NaN.
RowLimits limits(const float* x, std::int64_t n) noexcept {
  __m256 low[kUnroll], high[kUnroll];
  __m256 nan = _mm256_setzero_ps();
  for (std::int64_t u = 0; u < kUnroll; ++u) low[u] = high[u] = _mm256_setzero_ps();
  std::int64_t i = 0;
  for (; i + kWidth * kUnroll <= n; i += kWidth * kUnroll)
    for (std::int64_t u = 0; u < kUnroll; ++u) {
      const __m256 v = _mm256_loadu_ps(x + i + u * kWidth);
      nan = _mm256_or_ps(nan, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
      low[u] = _mm256_min_ps(v, low[u]);
      high[u] = _mm256_max_ps(v, high[u]);
    }
  for (; i + kWidth <= n; i += kWidth) {
    const __m256 v = _mm256_loadu_ps(x + i);
    nan = _mm256_or_ps(nan, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    low[0] = _mm256_min_ps(v, low[0]);
    high[0] = _mm256_max_ps(v, high[0]);
  }
  alignas(32) float lows[kWidth], highs[kWidth];
  _mm256_store_ps(lows, _mm256_min_ps(_mm256_min_ps(low[0], low[1]), _mm256_min_ps(low[2], low[3])));
  _mm256_store_ps(highs, _mm256_max_ps(_mm256_max_ps(high[0], high[1]), _mm256_max_ps(high[2], high[3])));
  RowLimits result;
  for (std::int64_t lane = 0; lane < kWidth; ++lane) result = join(result, {lows[lane], highs[lane]});
  bool has_nan = _mm256_movemask_ps(nan) != 0;
  for (; i < n; ++i) {
    result = with_value(result, x[i]);
    has_nan = has_nan || x[i] != x[i];
  }
  return unless_nan(has_nan, result);
}

void quantize(const float* x, std::int64_t n, RowScale scale, std::int8_t* q) noexcept {
  const __m256 inverse = _mm256_set1_ps(scale.inverse);
  const __m256i zero_point = _mm256_set1_epi32(scale.zero_point);
  const __m256 lowest = _mm256_set1_ps(lowest_step(scale));
  const __m256 highest = _mm256_set1_ps(highest_step(scale));
  const __m256 sign = _mm256_set1_ps(-0.0F);
  const __m256 half = _mm256_set1_ps(kHalf);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  std::int64_t i = 0;
  for (; i + kWidth * kUnroll <= n; i += kWidth * kUnroll) {
    __m256i levels[kUnroll];
    for (std::int64_t u = 0; u < kUnroll; ++u) {
      __m256 v = _mm256_mul_ps(_mm256_loadu_ps(x + i + u * kWidth), inverse);
      v = _mm256_and_ps(v, _mm256_cmp_ps(v, v, _CMP_ORD_Q));
      v = _mm256_min_ps(_mm256_max_ps(v, lowest), highest);
      v = _mm256_add_ps(v, _mm256_or_ps(half, _mm256_and_ps(v, sign)));
      levels[u] = _mm256_add_epi32(_mm256_cvttps_epi32(v), zero_point);
    }
    const __m256i bytes =
        _mm256_packs_epi16(_mm256_packs_epi32(levels[0], levels[1]), _mm256_packs_epi32(levels[2], levels[3]));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(q + i), _mm256_permutevar8x32_epi32(bytes, order));
  }
  for (; i < n; ++i) q[i] = quantized(x[i], scale);
}

}  // namespace

const RowQuantizer kRowQuantizerAvx2 = {limits, quantize};

}  // namespace litesmith::kernels
