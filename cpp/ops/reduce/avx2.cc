#include "ops/reduce/loops.h"
#include "ops/reduce/operation_loops.h"

namespace litesmith::ops::reduce {

const IntegerSumLoops avx2_sums = kSums;
const OperationLoops avx2_operations = kOperations;

}  // namespace litesmith::ops::reduce
