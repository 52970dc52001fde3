#pragma once

#include <immintrin.h>

#include <cstdint>

/// Dot products of pairs, for files compiled with AVX2.
namespace litesmith::kernels {
namespace {

/// int16 activations by int8 weights.
struct PairDot {
  using X = std::int16_t;
  static constexpr int kDepth = 2;
  static __m256i broadcast(const X* x) noexcept {
    std::int32_t pair;
    __builtin_memcpy(&pair, x, sizeof pair);
    return _mm256_set1_epi32(pair);
  }
  static __m256i weights(const std::int8_t* w) noexcept {
    return _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(w)));
  }
  static __m256i add(__m256i sum, __m256i x, __m256i w) noexcept {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w));
  }
};

}  // namespace
}  // namespace litesmith::kernels
