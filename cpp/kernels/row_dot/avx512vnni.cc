#include "kernels/row_dot/dots_avx512.h"

namespace litesmith::kernels {
namespace {

/// By products of unsigned and signed bytes: (x + 128) * w less 128 * w.
struct ByteDot {
  using X = std::int8_t;
  using W = std::int8_t;
  using Sum = std::int32_t;
  static constexpr std::int64_t kChunk = 0;
  static constexpr std::int64_t kStep = 64;

  template <int rows>
  static void block(const X* const* x, const W* const* w, std::int64_t begin, std::int64_t end,
                    std::int32_t (*sums)[kColumns]) noexcept {
    const __m512i offset = _mm512_set1_epi8(-128);
    __m512i total[rows][kColumns];
    __m512i excess[kColumns];
    for (int j = 0; j < kColumns; ++j) {
      excess[j] = _mm512_setzero_si512();
      for (int i = 0; i < rows; ++i) total[i][j] = _mm512_setzero_si512();
    }
    for (std::int64_t l = begin; l < end; l += kStep) {
      const __mmask64 lanes = first_elements(end - l, kStep);
      __m512i values[rows];
      for (int i = 0; i < rows; ++i) values[i] = _mm512_xor_si512(_mm512_maskz_loadu_epi8(lanes, x[i] + l), offset);
      for (int j = 0; j < kColumns; ++j) {
        const __m512i weights = _mm512_maskz_loadu_epi8(lanes, w[j] + l);
        excess[j] = _mm512_dpbusd_epi32(excess[j], offset, weights);
        for (int i = 0; i < rows; ++i) total[i][j] = _mm512_dpbusd_epi32(total[i][j], values[i], weights);
      }
    }
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < kColumns; ++j) total[i][j] = _mm512_sub_epi32(total[i][j], excess[j]);
      store_sums(total[i], sums[i]);
    }
  }
};

}  // namespace

const RowDots kRowDotsAvx512Vnni = {simd::Isa::avx512vnni, blocked_dots<ByteDot>, blocked_dots<Int16ByInt8>,
                                    plain_dots};

}  // namespace litesmith::kernels
