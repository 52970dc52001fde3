#include "kernels/depthwise/channel_loops.h"
#include "kernels/unroll.h"
#include "simd/float_vec_avx2.h"

namespace litesmith::kernels {
namespace {

using Vec = simd::FloatVec;

#include "kernels/depthwise/channel_loops.inc"

}  // namespace

namespace depthwise_avx2 {
const DepthwiseLoops loops{simd::Isa::avx2, Vec::kWidth, run};
}

}  // namespace litesmith::kernels
