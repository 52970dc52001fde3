#pragma once

#include <algorithm>
#include <cstdint>

#include "ops/integer_clamp.h"
#include "ops/pool_2d/integer_pools.h"
#include "ops/step.h"

namespace litesmith::ops::pool_2d {

/// Where windows lie along one axis, clipped to the image.
struct Axis {
  std::int64_t in, out, filter, stride, pad;

  std::int64_t begin(std::int64_t o) const noexcept { return std::max<std::int64_t>(o * stride - pad, 0); }
  std::int64_t end(std::int64_t o) const noexcept { return std::min(o * stride - pad + filter, in); }
  /// Windows from `o` on, one at least, that the image's edges do not clip.
  std::int64_t alike(std::int64_t o) const noexcept {
    const std::int64_t room = in + pad - filter;
    if (o * stride < pad || room < 0) return 1;
    return std::max<std::int64_t>(std::min(out, room / stride + 1) - o, 1);
  }
};

struct IntegerParams {
  Axis h, w;
  std::int64_t channels;
  std::int64_t channel_blocks;
  IntegerClamp clamp;
};

enum class IntegerPool : std::uint8_t { average, max };

/// The step for operands of type int8, uint8 or int16: tile = (image, output row, block of channels).
Step integer_step(const IntegerParams& params, DType type, IntegerPool pool, simd::Isa isa);

}  // namespace litesmith::ops::pool_2d
