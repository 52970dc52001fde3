#include "ops/reduce/loops.h"
#include "ops/reduce/operation_loops.h"

namespace litesmith::ops::reduce {

const IntegerSumLoops avx512_sums = kSums;
const OperationLoops avx512_operations = kOperations;

}  // namespace litesmith::ops::reduce
