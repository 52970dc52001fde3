#pragma once

#include <cstdint>

#include "ops/activation/activation.h"
#include "ops/infer.h"

namespace litesmith::ops {

/// Bounds of the integers of a quantized result.
struct IntegerClamp {
  std::int32_t low;
  std::int32_t high;
};

/// fused_clamp() of a quantized result of 8 or 16 bits: zero point + bound / scale, rounded half away from zero, inside
/// of its type (reference: arithmetic.md §1). Fails when there is an activation but no scale.
IntegerClamp fused_integer_clamp(const NodeView& view, Activation activation, const TensorInfo& output);

}  // namespace litesmith::ops
