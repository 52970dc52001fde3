#include "ops/softmax/loops.h"

namespace litesmith::ops::softmax {

const FloatSoftmax scalar_softmax = {softmax, log_softmax};

}  // namespace litesmith::ops::softmax
