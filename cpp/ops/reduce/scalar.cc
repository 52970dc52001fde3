#include "ops/reduce/loops.h"
#include "ops/reduce/operation_loops.h"

namespace litesmith::ops::reduce {

const IntegerSumLoops scalar_sums = kSums;
const OperationLoops scalar_operations = kOperations;

}  // namespace litesmith::ops::reduce
