#include "kernels/integer_gemm/copy_wide_avx2.h"
#include "kernels/integer_gemm/dot_avx2.h"
#include "kernels/integer_gemm/panel.h"
#include "kernels/requantize/vec_avx2.h"
#include "kernels/unroll.h"

namespace litesmith::kernels {
namespace {

using Dot = PairDot;

#include "kernels/integer_gemm/panel_body.inc"

void run(const IntegerPanelCall& call) noexcept { call.vectors == 1 ? run_panel<1, 8>(call) : run_panel<2, 6>(call); }

}  // namespace

namespace integer_gemm_avx2 {
const IntegerLoops loops{.isa = simd::Isa::avx2,
                         .vector = kLanes,
                         .widest = 2,
                         .depth = Dot::kDepth,
                         .shifted = false,
                         .copy = copy_widened,
                         .run = run,
                         .run_int16 = run_wide_panel,
                         .make_real = make_real};
}

}  // namespace litesmith::kernels
