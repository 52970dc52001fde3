#include "kernels/integer_gemm/dot_avx2.h"
#include "kernels/integer_gemm/panel.h"
#include "kernels/requantize/vec_avx2.h"
#include "kernels/unroll.h"
#include "simd/float_vec_avx2.h"

namespace litesmith::kernels {
namespace {

/// Bytes + 128 by int8 weights.
struct Dot {
  using X = std::uint8_t;
  static constexpr int kDepth = 4;
  static __m256i broadcast(const X* x) noexcept {
    std::int32_t four;
    __builtin_memcpy(&four, x, sizeof four);
    return _mm256_set1_epi32(four);
  }
  static __m256i weights(const std::int8_t* w) noexcept {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(w));
  }
  static __m256i add(__m256i sum, __m256i x, __m256i w) noexcept { return _mm256_dpbusd_avx_epi32(sum, x, w); }
};

#include "kernels/integer_gemm/panel_body.inc"

void copy_shifted(const ActivationRuns& runs) noexcept {
  const std::uint8_t flip = runs.is_unsigned ? 0 : 0x80;
  const __m256i flips = _mm256_set1_epi8(static_cast<char>(flip));
  for (std::int64_t i = 0; i < runs.count; ++i) {
    const std::uint8_t* from = runs.from + i * runs.from_stride;
    auto* to = static_cast<std::uint8_t*>(runs.to) + i * runs.to_stride;
    std::int64_t j = 0;
    for (; j + 32 <= runs.length; j += 32) {
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + j));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + j), _mm256_xor_si256(bytes, flips));
    }
    for (; j < runs.length; ++j) to[j] = from[j] ^ flip;
  }
}

}  // namespace

namespace integer_gemm_avxvnni {
const IntegerLoops loops = loops_of(simd::Isa::avxvnni, copy_shifted);
}

}  // namespace litesmith::kernels
