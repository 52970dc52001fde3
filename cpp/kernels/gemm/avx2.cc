#include <immintrin.h>

#include "kernels/gemm/panel.h"
#include "kernels/unroll.h"

namespace litesmith::kernels {
namespace {

struct Vec {
  using Type = __m256;
  using Mask = __m256i;
  static constexpr int kWidth = 8;
  static Mask mask(std::int64_t count) noexcept {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static Type load(const float* p) noexcept { return _mm256_loadu_ps(p); }
  static Type load_masked(const float* p, Mask m) noexcept { return _mm256_maskload_ps(p, m); }
  static void store(float* p, Type v) noexcept { _mm256_storeu_ps(p, v); }
  static void store_masked(float* p, Mask m, Type v) noexcept { _mm256_maskstore_ps(p, m, v); }
  static Type broadcast(const float* p) noexcept { return _mm256_broadcast_ss(p); }
  static Type fma(Type a, Type b, Type c) noexcept { return _mm256_fmadd_ps(a, b, c); }
  static Type max(Type a, Type b) noexcept { return _mm256_max_ps(a, b); }
  static Type min(Type a, Type b) noexcept { return _mm256_min_ps(a, b); }
};

#include "kernels/gemm/panel_body.inc"

}  // namespace

namespace gemm_avx2 {
const PanelLoops loops{simd::Isa::avx2, Vec::kWidth, 2, {run_panel<1, 8>, run_panel<2, 6>, run_panel<3, 4>}};
}

}  // namespace litesmith::kernels
