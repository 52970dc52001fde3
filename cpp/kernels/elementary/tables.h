#pragma once

#include "kernels/elementary/elementary.h"

namespace litesmith::kernels {

// One table per instruction set, defined in the file of that name.
extern const Elementary kElementaryScalar, kElementaryAvx2, kElementaryAvx512;

}  // namespace litesmith::kernels
