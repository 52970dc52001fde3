#include <immintrin.h>

#include "kernels/depthwise_int/put_sums.h"
#include "kernels/depthwise_int/sum_loops.h"
#include "kernels/requantize/near_avx512.h"
#include "kernels/unroll.h"

namespace litesmith::kernels {
namespace {

/// Four rows of bytes side by side, made unsigned by adding 128.
struct Quads {
  static constexpr int kGroup = 4;
  static constexpr int kColumns = 7;
  static constexpr std::int64_t kFilterBytes = 64;
  static constexpr bool kHoldsFilters = true;
  using Acc = __m512i;
  using Rows = __m512i;

  [[gnu::always_inline]] static Acc load(const std::int32_t* starts) noexcept { return _mm512_loadu_si512(starts); }
  [[gnu::always_inline]] static void store(std::int32_t* sums, Acc acc) noexcept { _mm512_storeu_si512(sums, acc); }
  /// Dwords of the rows are transposed among 128-bit lanes, then bytes within them. Only the first `present` rows, a
  /// constant, matter.
  [[gnu::always_inline]] static Rows gather(const std::int8_t* const (&rows)[kGroup], int present) noexcept {
    const auto row = [&](int i) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[i])); };
    const __m512i flips = _mm512_set1_epi8(-128);
    if (present == 1) return _mm512_xor_si512(_mm512_cvtepu8_epi32(row(0)), flips);
    const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(row(0)), row(1), 1);
    __m512i all = _mm512_zextsi256_si512(low);
    if (present == 3) all = _mm512_inserti32x4(all, row(2), 2);
    if (present == 4) {
      const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(row(2)), row(3), 1);
      all = _mm512_inserti64x4(all, high, 1);
    }
    const __m512i lanes = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i bytes = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    return _mm512_xor_si512(_mm512_shuffle_epi8(_mm512_permutexvar_epi32(lanes, all), bytes), flips);
  }
  [[gnu::always_inline]] static Acc add(Acc acc, Rows x, const std::byte* w) noexcept {
    return _mm512_dpbusd_epi32(acc, x, _mm512_load_si512(w));
  }
};

struct QuadSums : Quads {
  template <int kRows, int kColumns>
  [[gnu::always_inline]] static bool put(const SumCall<std::int8_t>& call, std::int64_t channel, std::int64_t pixel,
                                         const Acc (&acc)[kRows][kColumns]) noexcept {
    put_sums<Quads>(call, channel, pixel, acc);
    return true;
  }
};

/// Results by the integer form.
struct QuadExactResults : Quads {
  template <int kRows, int kColumns>
  static bool put(const SumCall<std::int8_t>& call, std::int64_t channel, std::int64_t pixel,
                  const Acc (&acc)[kRows][kColumns]) noexcept {
    const FixedPoint scale = FixedPoint::load(call.multipliers + channel, call.range);
    std::int8_t* y = call.y + pixel * call.y_pixel + channel;
    for (int r = 0; r < kRows; ++r)
      for (int q = 0; q < kColumns; ++q) SumVec::store(y + r * call.y_row + q * call.y_pixel, scale(acc[r][q]));
    return true;
  }
};

/// Results by the float32 form, unless it is not certain of them.
struct QuadResults : Quads {
  using Exact = QuadExactResults;

  template <int kRows, int kColumns>
  [[gnu::always_inline]] static bool put(const SumCall<std::int8_t>& call, std::int64_t channel, std::int64_t pixel,
                                         const Acc (&acc)[kRows][kColumns]) noexcept {
    constexpr int kPixels = kRows * kColumns;
    std::int8_t* y = call.y + pixel * call.y_pixel + channel;
    NearFixedPoint scale{call.near, channel, call.range};
    const auto sums = [&](int i) { return i < kPixels ? acc[i / kColumns][i % kColumns] : acc[0][0]; };
    LITESMITH_UNROLL
    for (int i = 0; i < kPixels; i += 4) {
      const __m512i four = scale(sums(i), sums(i + 1), sums(i + 2), sums(i + 3));
      const auto at = [&](int k) {
        return reinterpret_cast<__m128i*>(y + (i + k) / kColumns * call.y_row + (i + k) % kColumns * call.y_pixel);
      };
      _mm_storeu_si128(at(0), _mm512_castsi512_si128(four));
      if (i + 1 < kPixels) _mm_storeu_si128(at(1), _mm512_extracti32x4_epi32(four, 1));
      if (i + 2 < kPixels) _mm_storeu_si128(at(2), _mm512_extracti32x4_epi32(four, 2));
      if (i + 3 < kPixels) _mm_storeu_si128(at(3), _mm512_extracti32x4_epi32(four, 3));
    }
    return scale.is_certain();
  }
};

#include "kernels/depthwise_int/sum_body.inc"

}  // namespace

namespace depthwise_int_avx512vnni {
const SumLoops<std::int8_t> int8{simd::Isa::avx512vnni,
                                 {4, 1, false},
                                 128,
                                 {one_row<QuadSums, std::int8_t>, two_rows<QuadSums, std::int8_t>},
                                 {one_row<QuadResults, std::int8_t>, two_rows<QuadResults, std::int8_t>}};
}

}  // namespace litesmith::kernels
