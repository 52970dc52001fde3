#include "ops/reduce/loops.h"

namespace litesmith::ops::reduce {

const IntegerSumLoops avx512_sums = kSums;

}  // namespace litesmith::ops::reduce
