#include "ops/resize/loops.h"

namespace litesmith::ops::resize {

const BilinearLoops scalar_bilinear = kBilinearLoops;

}  // namespace litesmith::ops::resize
