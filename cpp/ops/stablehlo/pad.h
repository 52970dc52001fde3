#pragma once

#include "ops/op_def.h"

namespace litesmith::ops::stablehlo {

/// The row of STABLEHLO_PAD.
OpDef pad_row();

}  // namespace litesmith::ops::stablehlo
