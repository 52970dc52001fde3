#include "ops/reduce/loops.h"

namespace litesmith::ops::reduce {

const IntegerSumLoops scalar_sums = kSums;

}  // namespace litesmith::ops::reduce
