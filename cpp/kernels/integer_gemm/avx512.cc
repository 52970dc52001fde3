#include "kernels/integer_gemm/copy_wide_avx2.h"
#include "kernels/integer_gemm/panel.h"
#include "kernels/requantize/vec_avx512.h"
#include "kernels/unroll.h"
#include "simd/float_vec_avx512.h"

namespace litesmith::kernels {
namespace {

/// int16 activations by int8 weights.
struct PairDot {
  using X = std::int16_t;
  static constexpr int kDepth = 2;
  static __m512i broadcast(const X* x) noexcept {
    std::int32_t pair;
    __builtin_memcpy(&pair, x, sizeof pair);
    return _mm512_set1_epi32(pair);
  }
  static __m512i weights(const std::int8_t* w) noexcept {
    return _mm512_cvtepi8_epi16(_mm256_load_si256(reinterpret_cast<const __m256i*>(w)));
  }
  static __m512i add(__m512i sum, __m512i x, __m512i w) noexcept {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(x, w));
  }
};
using Dot = PairDot;

#include "kernels/integer_gemm/panel_body.inc"

}  // namespace

namespace integer_gemm_avx512 {
const IntegerLoops loops = loops_of(simd::Isa::avx512, copy_widened);
}

}  // namespace litesmith::kernels
