#include <immintrin.h>

#include "kernels/lookup/lookup.h"
#include "kernels/unroll.h"

namespace litesmith::kernels::lookup_avx2 {

// The low four bits select inside of sixteen tables of sixteen bytes, each of the others halves what is left.
namespace {

/// The first `kLeft` values of pairs, chosen by the signs of the bytes.
template <int kLeft>
inline void halve(__m256i* found, __m256i select) noexcept {
  LITESMITH_UNROLL
  for (int k = 0; k < kLeft; ++k) found[k] = _mm256_blendv_epi8(found[2 * k], found[2 * k + 1], select);
}

}  // namespace

void bytes(const std::uint8_t* table, const std::uint8_t* x, std::uint8_t* y, std::int64_t n) noexcept {
  __m256i tables[16];
  for (int k = 0; k < 16; ++k)
    tables[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table + 16 * k)));
  std::int64_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + i));
    const __m256i low = _mm256_and_si256(v, _mm256_set1_epi8(15));
    __m256i found[16];
    LITESMITH_UNROLL
    for (int k = 0; k < 16; ++k) found[k] = _mm256_shuffle_epi8(tables[k], low);
    // the sign of every byte is bit 4, 5, 6, 7
    halve<8>(found, _mm256_slli_epi16(v, 3));
    halve<4>(found, _mm256_slli_epi16(v, 2));
    halve<2>(found, _mm256_slli_epi16(v, 1));
    halve<1>(found, v);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(y + i), found[0]);
  }
  for (; i < n; ++i) y[i] = table[x[i]];
}

}  // namespace litesmith::kernels::lookup_avx2
