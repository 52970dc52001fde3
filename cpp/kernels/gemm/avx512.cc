#include <immintrin.h>

#include "kernels/gemm/panel.h"
#include "kernels/unroll.h"

namespace litesmith::kernels {
namespace {

struct Vec {
  using Type = __m512;
  using Mask = __mmask16;
  static constexpr int kWidth = 16;
  static Mask mask(std::int64_t count) noexcept { return static_cast<Mask>((1U << count) - 1U); }
  static Type load(const float* p) noexcept { return _mm512_loadu_ps(p); }
  static Type load_masked(const float* p, Mask m) noexcept { return _mm512_maskz_loadu_ps(m, p); }
  static void store(float* p, Type v) noexcept { _mm512_storeu_ps(p, v); }
  static void store_masked(float* p, Mask m, Type v) noexcept { _mm512_mask_storeu_ps(p, m, v); }
  static Type broadcast(const float* p) noexcept { return _mm512_set1_ps(*p); }
  static Type fma(Type a, Type b, Type c) noexcept { return _mm512_fmadd_ps(a, b, c); }
  static Type max(Type a, Type b) noexcept { return _mm512_max_ps(a, b); }
  static Type min(Type a, Type b) noexcept { return _mm512_min_ps(a, b); }
};

#include "kernels/gemm/panel_body.inc"

}  // namespace

namespace gemm_avx512 {
const PanelLoops loops{simd::Isa::avx512, Vec::kWidth, 3, {run_panel<1, 8>, run_panel<2, 8>, run_panel<3, 8>}};
}

}  // namespace litesmith::kernels
