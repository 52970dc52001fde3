#include "kernels/requantize/vec_avx512.h"
#include "ops/elementwise_binary/float_runs.h"
#include "ops/elementwise_binary/quantized.h"
#include "simd/float_vec_avx512.h"

namespace litesmith::ops::elementwise_binary {
namespace {

__m512i load(const std::int8_t* x) noexcept {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
}
__m512i load(const std::uint8_t* x) noexcept {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
}
__m512i load(const std::int16_t* x) noexcept {
  return _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
}
__mmask16 first(std::int64_t count) noexcept { return static_cast<__mmask16>((1U << count) - 1U); }
__m512i load_first(const std::int8_t* x, std::int64_t count) noexcept {
  return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(first(count), x));
}
__m512i load_first(const std::uint8_t* x, std::int64_t count) noexcept {
  return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(first(count), x));
}
__m512i load_first(const std::int16_t* x, std::int64_t count) noexcept {
  return _mm512_cvtepi16_epi32(_mm256_maskz_loadu_epi16(first(count), x));
}
__m512i subtract(__m512i x, __m512i y) noexcept { return _mm512_sub_epi32(x, y); }
__m512i multiplied(__m512i x, __m512i y) noexcept { return _mm512_mullo_epi32(x, y); }
__m512i shifted_left(__m512i x, int bits) noexcept { return _mm512_slli_epi32(x, static_cast<unsigned>(bits)); }

#include "ops/elementwise_binary/float_run_body.inc"
#include "ops/elementwise_binary/run_body.inc"

}  // namespace

namespace avx512 {
const Runs runs = {kRunsOf<Sum>, kRunsOf<Difference>, kRunsOf<Product>};
const FloatFunctions float_functions = kFloatFunctions;
}  // namespace avx512

}  // namespace litesmith::ops::elementwise_binary
