#include "kernels/integer_gemm/panel.h"
#include "kernels/requantize/vec_avx512.h"
#include "kernels/unroll.h"
#include "simd/float_vec_avx512.h"

namespace litesmith::kernels {
namespace {

[[gnu::always_inline]] inline __m512i broadcast_dword(const void* from) noexcept {
  std::int32_t bits;
  __builtin_memcpy(&bits, from, sizeof bits);
  return _mm512_set1_epi32(bits);
}

/// Bytes + 128 by int8 weights.
struct Dot {
  using X = std::uint8_t;
  static constexpr int kDepth = 4;
  static __m512i broadcast(const X* x) noexcept { return broadcast_dword(x); }
  static __m512i weights(const std::int8_t* w) noexcept { return _mm512_load_si512(w); }
  static __m512i add(__m512i sum, __m512i x, __m512i w) noexcept { return _mm512_dpbusd_epi32(sum, x, w); }
};

/// int16 activations by int8 weights.
struct PairDot {
  using X = std::int16_t;
  static constexpr int kDepth = 2;
  static __m512i broadcast(const X* x) noexcept { return broadcast_dword(x); }
  static __m512i weights(const std::int8_t* w) noexcept {
    return _mm512_cvtepi8_epi16(_mm256_load_si256(reinterpret_cast<const __m256i*>(w)));
  }
  static __m512i add(__m512i sum, __m512i x, __m512i w) noexcept { return _mm512_dpwssd_epi32(sum, x, w); }
};

#include "kernels/integer_gemm/panel_body.inc"

void copy_shifted(const ActivationRuns& runs) noexcept {
  const __m512i flips = _mm512_set1_epi8(static_cast<char>(runs.is_unsigned ? 0 : 0x80));
  const std::int64_t whole = runs.length / 64 * 64;
  const std::int64_t left = runs.length - whole;
  const auto tail = static_cast<__mmask64>((std::uint64_t{1} << left) - 1);
  const std::uint8_t* from = runs.from;
  auto* to = static_cast<std::uint8_t*>(runs.to);
  for (std::int64_t i = 0; i < runs.count; ++i, from += runs.from_stride, to += runs.to_stride) {
    for (std::int64_t j = 0; j < whole; j += 64) {
      _mm512_storeu_si512(to + j, _mm512_xor_si512(_mm512_loadu_si512(from + j), flips));
    }
    if (left == 0) continue;
    const __m512i last = _mm512_xor_si512(_mm512_maskz_loadu_epi8(tail, from + whole), flips);
    _mm512_mask_storeu_epi8(to + whole, tail, last);
  }
}

}  // namespace

namespace integer_gemm_avx512vnni {
const IntegerLoops loops = loops_of(simd::Isa::avx512vnni, copy_shifted);
}

}  // namespace litesmith::kernels
