#include <immintrin.h>

#include "kernels/row_dot/loops.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kStep = 16;

__m256i load(const std::int8_t* p) noexcept {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
__m256i load(const std::int16_t* p) noexcept { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }

/// The sums of four vectors.
void store_sums(const __m256i* v, std::int32_t* sums) noexcept {
  const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(v[0], v[1]), _mm256_hadd_epi32(v[2], v[3]));
  const __m128i total = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(sums), total);
}

template <class Element, class Total, std::int64_t chunk>
struct Dot {
  using X = Element;
  using W = std::int8_t;
  using Sum = Total;
  static constexpr std::int64_t kChunk = chunk;

  template <int rows>
  static void block(const X* const* x, const W* const* w, std::int64_t begin, std::int64_t end,
                    std::int32_t (*sums)[kColumns]) noexcept {
    __m256i total[rows][kColumns];
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < kColumns; ++j) total[i][j] = _mm256_setzero_si256();
    std::int64_t l = begin;
    for (; l + kStep <= end; l += kStep) {
      __m256i values[rows];
      for (int i = 0; i < rows; ++i) values[i] = load(x[i] + l);
      for (int j = 0; j < kColumns; ++j) {
        const __m256i weights = load(w[j] + l);
        for (int i = 0; i < rows; ++i)
          total[i][j] = _mm256_add_epi32(total[i][j], _mm256_madd_epi16(values[i], weights));
      }
    }
    for (int i = 0; i < rows; ++i) {
      store_sums(total[i], sums[i]);
      for (int j = 0; j < kColumns; ++j)
        for (std::int64_t rest = l; rest < end; ++rest)
          sums[i][j] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[i][j]) +
                                                 static_cast<std::uint32_t>(x[i][rest] * w[j][rest]));
    }
  }
};

}  // namespace

// 256 products of 16 by 8 bits stay within 2^30.
const RowDots kRowDotsAvx2 = {simd::Isa::avx2, blocked_dots<Dot<std::int8_t, std::int32_t, 0>>,
                              blocked_dots<Dot<std::int16_t, std::int64_t, 256>>, plain_dots};

}  // namespace litesmith::kernels
