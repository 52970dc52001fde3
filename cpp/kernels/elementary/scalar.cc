#include "kernels/elementary/loops.h"
#include "kernels/elementary/tables.h"

namespace litesmith::kernels {

const Elementary kElementaryScalar = kLoops;

}  // namespace litesmith::kernels
