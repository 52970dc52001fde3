#pragma once

#include "ops/softmax/softmax.h"
#include "ops/step.h"

/// SOFTMAX and LOG_SOFTMAX of quantized rows (reference: arithmetic.md §6).
namespace litesmith::ops::softmax {

/// int8 or uint8 to the same type or to int16, and int16 to int16.
Step quantized_softmax(const PrepareContext& context, ByteLevelsFunction byte_levels);

/// int8 or uint8 to the same type.
Step quantized_log_softmax(const PrepareContext& context);

}  // namespace litesmith::ops::softmax
