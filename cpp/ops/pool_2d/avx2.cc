#include "ops/pool_2d/loops.h"

namespace litesmith::ops::pool_2d {

const FloatPools avx2_pools = {average, maximum, root_mean_square};

}  // namespace litesmith::ops::pool_2d
