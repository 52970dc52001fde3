#include "ops/softmax/loops.h"

namespace litesmith::ops::softmax {

const FloatSoftmax avx2_softmax = {softmax, log_softmax};

}  // namespace litesmith::ops::softmax
