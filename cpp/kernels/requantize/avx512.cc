#include "kernels/requantize/vec_avx512.h"

namespace litesmith::kernels {
namespace {

#include "kernels/requantize/rows_body.inc"

}  // namespace

namespace requantize_avx512 {
const RequantizeLoops loops = loops_of(simd::Isa::avx512);
}

}  // namespace litesmith::kernels
