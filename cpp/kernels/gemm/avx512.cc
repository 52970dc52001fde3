#include "kernels/gemm/panel.h"
#include "kernels/unroll.h"
#include "simd/float_vec_avx512.h"

namespace litesmith::kernels {
namespace {

using Vec = simd::FloatVec;

#include "kernels/gemm/panel_body.inc"

template <int kVectors>
void run_half_panel(const PanelCall& call, const PanelRun&) noexcept {
  run_panel<kVectors, simd::HalfFloatVec, 8>(call);
}

}  // namespace

namespace gemm_avx512 {
const PanelLoops loops{simd::Isa::avx512,
                       Vec::kWidth,
                       3,
                       {run_panels<1, 8>, run_panels<2, 8>, run_panels<3, 8>},
                       {run_half_panel<1>, run_half_panel<2>, run_half_panel<3>}};
}

}  // namespace litesmith::kernels
