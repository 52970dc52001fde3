#pragma once

#include <immintrin.h>

#include "kernels/row_dot/loops.h"

/// For files compiled for AVX-512 only.
namespace litesmith::kernels {
namespace {

/// The first `count` of `width` elements.
inline std::uint64_t first_elements(std::int64_t count, std::int64_t width) noexcept {
  return count >= width ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

/// 32 elements widened to 16 bits, those past `count` being 0.
inline __m512i load_words(const std::int8_t* p, std::int64_t count) noexcept {
  return _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(static_cast<__mmask32>(first_elements(count, 32)), p));
}
inline __m512i load_words(const std::int16_t* p, std::int64_t count) noexcept {
  return _mm512_maskz_loadu_epi16(static_cast<__mmask32>(first_elements(count, 32)), p);
}

/// The sums of four vectors.
inline void store_sums(const __m512i* v, std::int32_t* sums) noexcept {
  __m256i half[kColumns];
  for (int j = 0; j < kColumns; ++j)
    half[j] = _mm256_add_epi32(_mm512_castsi512_si256(v[j]), _mm512_extracti64x4_epi64(v[j], 1));
  const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(half[0], half[1]), _mm256_hadd_epi32(half[2], half[3]));
  const __m128i total = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(sums), total);
}

/// By products of 16-bit words.
template <class Element, class Total, std::int64_t chunk>
struct WordDot {
  using X = Element;
  using W = std::int8_t;
  using Sum = Total;
  static constexpr std::int64_t kChunk = chunk;
  static constexpr std::int64_t kStep = 32;

  template <int rows>
  static void block(const X* const* x, const W* const* w, std::int64_t begin, std::int64_t end,
                    std::int32_t (*sums)[kColumns]) noexcept {
    __m512i total[rows][kColumns];
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < kColumns; ++j) total[i][j] = _mm512_setzero_si512();
    for (std::int64_t l = begin; l < end; l += kStep) {
      __m512i values[rows];
      for (int i = 0; i < rows; ++i) values[i] = load_words(x[i] + l, end - l);
      for (int j = 0; j < kColumns; ++j) {
        const __m512i weights = load_words(w[j] + l, end - l);
        for (int i = 0; i < rows; ++i)
          total[i][j] = _mm512_add_epi32(total[i][j], _mm512_madd_epi16(values[i], weights));
      }
    }
    for (int i = 0; i < rows; ++i) store_sums(total[i], sums[i]);
  }
};

// 256 products of 16 by 8 bits stay within 2^30.
using Int16ByInt8 = WordDot<std::int16_t, std::int64_t, 256>;

}  // namespace
}  // namespace litesmith::kernels
