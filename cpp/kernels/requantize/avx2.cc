#include "kernels/requantize/vec_avx2.h"

namespace litesmith::kernels {
namespace {

#include "kernels/requantize/rows_body.inc"

}  // namespace

namespace requantize_avx2 {
const RequantizeLoops loops = loops_of(simd::Isa::avx2);
}

}  // namespace litesmith::kernels
