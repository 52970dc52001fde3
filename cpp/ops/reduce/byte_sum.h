#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::reduce {
namespace {

#if defined(__SSE2__)

/// The exact sum of bytes after an exclusive or with `flip`.
inline std::int64_t sum_flipped(const void* bytes, std::int64_t n, std::uint8_t flip) noexcept {
  const auto* x = static_cast<const std::uint8_t*>(bytes);
  std::int64_t i = 0;
#if defined(__AVX512BW__)
  const __m512i flips = _mm512_set1_epi8(static_cast<char>(flip));
  __m512i sums = _mm512_setzero_si512();
  for (; i < n; i += 64) {
    const __mmask64 used = n - i >= 64 ? ~__mmask64{0} : (__mmask64{1} << (n - i)) - 1;
    const __m512i v = _mm512_maskz_mov_epi8(used, _mm512_xor_si512(_mm512_maskz_loadu_epi8(used, x + i), flips));
    sums = _mm512_add_epi64(sums, _mm512_sad_epu8(v, _mm512_setzero_si512()));
  }
  const __m256i halves = _mm256_add_epi64(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
  const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
#elif defined(__AVX2__)
  const __m256i flips = _mm256_set1_epi8(static_cast<char>(flip));
  __m256i sums = _mm256_setzero_si256();
  for (; i + 32 <= n; i += 32) {
    const __m256i v = _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + i)), flips);
    sums = _mm256_add_epi64(sums, _mm256_sad_epu8(v, _mm256_setzero_si256()));
  }
  const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
#else
  const __m128i flips = _mm_set1_epi8(static_cast<char>(flip));
  __m128i two = _mm_setzero_si128();
  for (; i + 16 <= n; i += 16) {
    const __m128i v = _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x + i)), flips);
    two = _mm_add_epi64(two, _mm_sad_epu8(v, _mm_setzero_si128()));
  }
#endif
  std::int64_t total = _mm_cvtsi128_si64(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two)));
  for (; i < n; ++i) total += static_cast<std::uint8_t>(x[i] ^ flip);
  return total;
}

inline std::int64_t sum_bytes(const std::uint8_t* x, std::int64_t n) noexcept { return sum_flipped(x, n, 0); }
/// v ^ 128, read without a sign, is v + 128.
inline std::int64_t sum_bytes(const std::int8_t* x, std::int64_t n) noexcept {
  return sum_flipped(x, n, 128) - 128 * n;
}

#else

template <class T>
std::int64_t sum_bytes(const T* x, std::int64_t n) noexcept {
  std::int64_t total = 0;
  for (std::int64_t i = 0; i < n; ++i) total += x[i];
  return total;
}

#endif

}  // namespace
}  // namespace litesmith::ops::reduce
