#include "ops/softmax/loops.h"

namespace litesmith::ops::softmax {

const SoftmaxLoops avx2_softmax = {softmax, log_softmax, byte_levels};

}  // namespace litesmith::ops::softmax
