#include "kernels/gemm/panel.h"
#include "kernels/unroll.h"
#include "simd/float_vec_avx2.h"

namespace litesmith::kernels {
namespace {

using Vec = simd::FloatVec;

#include "kernels/gemm/panel_body.inc"

}  // namespace

namespace gemm_avx2 {
const PanelLoops loops{simd::Isa::avx2,
                       Vec::kWidth,
                       2,
                       {run_panels<1, 8>, run_panels<2, 6>, run_panels<3, 4>},
                       {nullptr, nullptr, nullptr}};
}

}  // namespace litesmith::kernels
