#include "ops/reduce/loops.h"

namespace litesmith::ops::reduce {

const IntegerSumLoops avx2_sums = kSums;

}  // namespace litesmith::ops::reduce
