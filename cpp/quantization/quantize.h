#pragma once

#include "ir/model.h"
#include "quantization/policy.h"
#include "quantization/ranges.h"

namespace litesmith::quantization {

/// The model under the policy. `model` is a lowered float model; `ranges` are those of its tensors and may be empty for
/// modes that need none. Tensors keep their names. Throws Error(value) naming layer and tensor when a range is missing
/// or unusable, Error(unsupported) listing the layers without an integer form when the policy does not allow float.
ir::Model quantize(const ir::Model& model, const Ranges& ranges, const Policy& policy);

}  // namespace litesmith::quantization
