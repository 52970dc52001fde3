#include <immintrin.h>

#include "kernels/depthwise_int/sum_loops.h"
#include "kernels/unroll.h"

namespace litesmith::kernels {
namespace {

/// Four rows of bytes side by side, made unsigned by adding 128.
struct Quads {
  static constexpr int kGroup = 4;
  static constexpr int kColumns = 4;
  static constexpr std::int64_t kFilterBytes = 64;
  using Acc = __m512i;
  using Rows = __m512i;

  [[gnu::always_inline]] static Acc load(const std::int32_t* starts) noexcept { return _mm512_loadu_si512(starts); }
  [[gnu::always_inline]] static void store(std::int32_t* sums, Acc acc) noexcept { _mm512_storeu_si512(sums, acc); }
  /// Dwords of the four rows are transposed among 128-bit lanes, then bytes within them.
  [[gnu::always_inline]] static Rows gather(const std::int8_t* const (&rows)[kGroup]) noexcept {
    const auto row = [&](int i) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[i])); };
    const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(row(0)), row(1), 1);
    const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(row(2)), row(3), 1);
    const __m512i all = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    const __m512i lanes = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i bytes = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    const __m512i quads = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(lanes, all), bytes);
    return _mm512_xor_si512(quads, _mm512_set1_epi8(-128));
  }
  [[gnu::always_inline]] static Acc add(Acc acc, Rows x, const std::byte* w) noexcept {
    return _mm512_dpbusd_epi32(acc, x, _mm512_load_si512(w));
  }
};

#include "kernels/depthwise_int/sum_body.inc"

}  // namespace

namespace depthwise_int_avx512vnni {
const SumLoops<std::int8_t> int8{
    simd::Isa::avx512vnni, {4, 1, false}, 128, one_row<Quads, std::int8_t>, two_rows<Quads, std::int8_t>};
}

}  // namespace litesmith::kernels
