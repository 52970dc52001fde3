#pragma once

#include <cstdint>

#include "ops/integer_clamp.h"
#include "ops/pool_2d/image.h"
#include "ops/step.h"

namespace litesmith::ops::pool_2d {

struct IntegerParams {
  Image image;
  IntegerClamp clamp;
};

enum class IntegerPool : std::uint8_t { average, max };

/// The step for operands of type int8, uint8 or int16: tile = (image, output row, block of channels).
Step integer_step(const IntegerParams& params, DType type, IntegerPool pool, simd::Isa isa);

}  // namespace litesmith::ops::pool_2d
