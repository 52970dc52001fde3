#pragma once

#include "ops/step.h"

namespace litesmith::ops::fill {

/// RANGE: start, start + delta, ... before limit; float32, int32 and int64. Each entry is the one before it plus delta.
void infer_range(InferContext& context);
Step prepare_range(const PrepareContext& context);

}  // namespace litesmith::ops::fill
