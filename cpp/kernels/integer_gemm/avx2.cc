#include "kernels/integer_gemm/copy_wide_avx2.h"
#include "kernels/integer_gemm/dot_avx2.h"
#include "kernels/integer_gemm/panel.h"
#include "kernels/requantize/vec_avx2.h"
#include "kernels/unroll.h"
#include "simd/float_vec_avx2.h"

namespace litesmith::kernels {
namespace {

using Dot = PairDot;

#include "kernels/integer_gemm/panel_body.inc"

}  // namespace

namespace integer_gemm_avx2 {
const IntegerLoops loops = loops_of(simd::Isa::avx2, copy_widened);
}

}  // namespace litesmith::kernels
