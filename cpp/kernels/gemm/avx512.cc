#include "kernels/gemm/panel.h"
#include "kernels/unroll.h"
#include "simd/float_vec_avx512.h"

namespace litesmith::kernels {
namespace {

using Vec = simd::FloatVec;

#include "kernels/gemm/panel_body.inc"

}  // namespace

namespace gemm_avx512 {
const PanelLoops loops{simd::Isa::avx512, Vec::kWidth, 3, {run_panels<1, 8>, run_panels<2, 8>, run_panels<3, 8>}};
}

}  // namespace litesmith::kernels
