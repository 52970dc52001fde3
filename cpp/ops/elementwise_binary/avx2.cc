#include "kernels/requantize/vec_avx2.h"
#include "ops/elementwise_binary/float_runs.h"
#include "ops/elementwise_binary/quantized.h"
#include "simd/float_vec_avx2.h"

namespace litesmith::ops::elementwise_binary {
namespace {

__m256i load(const std::int8_t* x) noexcept {
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(x)));
}
__m256i load(const std::uint8_t* x) noexcept {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(x)));
}
__m256i load(const std::int16_t* x) noexcept {
  return _mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
}
template <class T>
__m256i load_first(const T* x, std::int64_t count) noexcept {
  T all[8] = {};
  for (std::int64_t i = 0; i < count; ++i) all[i] = x[i];
  return load(all);
}
__m256i subtract(__m256i x, __m256i y) noexcept { return _mm256_sub_epi32(x, y); }
__m256i multiplied(__m256i x, __m256i y) noexcept { return _mm256_mullo_epi32(x, y); }
__m256i shifted_left(__m256i x, int bits) noexcept { return _mm256_slli_epi32(x, bits); }

#include "ops/elementwise_binary/float_run_body.inc"
#include "ops/elementwise_binary/run_body.inc"

}  // namespace

namespace avx2 {
const Runs runs = {kRunsOf<Sum>, kRunsOf<Difference>, kRunsOf<Product>};
const FloatFunctions float_functions = kFloatFunctions;
}  // namespace avx2

}  // namespace litesmith::ops::elementwise_binary
