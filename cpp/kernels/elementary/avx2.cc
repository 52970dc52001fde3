#include "kernels/elementary/loops.h"
#include "kernels/elementary/tables.h"

namespace litesmith::kernels {

const Elementary kElementaryAvx2 = kLoops;

}  // namespace litesmith::kernels
