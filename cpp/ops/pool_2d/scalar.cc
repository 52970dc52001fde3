#include "ops/pool_2d/integer_loops.h"
#include "ops/pool_2d/loops.h"

namespace litesmith::ops::pool_2d {

const FloatPools scalar_pools = {average, maximum, root_mean_square};
const IntegerPools scalar_integer_pools = kIntegerPools;

}  // namespace litesmith::ops::pool_2d
