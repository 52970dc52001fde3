#include "ops/resize/loops.h"

namespace litesmith::ops::resize {

const BilinearLoops avx512_bilinear = kBilinearLoops;

}  // namespace litesmith::ops::resize
