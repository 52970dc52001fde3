#include <immintrin.h>

#include "kernels/lookup/lookup.h"
#include "kernels/unroll.h"

namespace litesmith::kernels::lookup_avx512 {

// The low four bits select inside of sixteen tables of sixteen bytes, each of the others halves what is left.
namespace {

/// The first `kLeft` values of pairs, chosen byte by byte.
template <int kLeft>
inline void halve(__m512i* found, __mmask64 select) noexcept {
  LITESMITH_UNROLL
  for (int k = 0; k < kLeft; ++k) found[k] = _mm512_mask_mov_epi8(found[2 * k], select, found[2 * k + 1]);
}

}  // namespace

void bytes(const std::uint8_t* table, const std::uint8_t* x, std::uint8_t* y, std::int64_t n) noexcept {
  __m512i tables[16];
  for (int k = 0; k < 16; ++k)
    tables[k] = _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table + 16 * k)));
  for (std::int64_t i = 0; i < n; i += 64) {
    const std::int64_t left = n - i;
    const __mmask64 mask = left >= 64 ? ~__mmask64{0} : (__mmask64{1} << left) - 1;
    const __m512i v = _mm512_maskz_loadu_epi8(mask, x + i);
    const __m512i low = _mm512_and_si512(v, _mm512_set1_epi8(15));
    const __mmask64 select = _mm512_test_epi8_mask(v, _mm512_set1_epi8(16));
    __m512i found[8];
    LITESMITH_UNROLL
    for (int k = 0; k < 8; ++k)
      found[k] = _mm512_mask_shuffle_epi8(_mm512_shuffle_epi8(tables[2 * k], low), select, tables[2 * k + 1], low);
    halve<4>(found, _mm512_movepi8_mask(_mm512_slli_epi16(v, 2)));
    halve<2>(found, _mm512_movepi8_mask(_mm512_slli_epi16(v, 1)));
    halve<1>(found, _mm512_movepi8_mask(v));
    _mm512_mask_storeu_epi8(y + i, mask, found[0]);
  }
}

}  // namespace litesmith::kernels::lookup_avx512
