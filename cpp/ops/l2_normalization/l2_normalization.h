#pragma once

#include "ops/activation/activation.h"

namespace litesmith::ops {

/// L2_NORMALIZATION over the last axis: x / max(sqrt(sum x^2), 1e-6). Runtimes know no fused activation here.
struct L2NormalizationAttrs {
  Activation activation = Activation::none;
  bool operator==(const L2NormalizationAttrs&) const = default;
};

}  // namespace litesmith::ops
