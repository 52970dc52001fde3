#pragma once

#include "ops/step.h"

namespace litesmith::ops::quantize {

Step prepare_quantize(const PrepareContext& context);
Step prepare_dequantize(const PrepareContext& context);
Step prepare_fake_quant(const PrepareContext& context);

}  // namespace litesmith::ops::quantize
