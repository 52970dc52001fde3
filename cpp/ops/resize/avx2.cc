#include "ops/resize/loops.h"

namespace litesmith::ops::resize {

const BilinearLoops avx2_bilinear = kBilinearLoops;

}  // namespace litesmith::ops::resize
