#pragma once

#include <algorithm>
#include <cstdint>

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

struct Image {
  Axis h, w;
  std::int64_t channels;
  std::int64_t channel_blocks;
};

/// Pools the windows of the tiles, each of which is (image, output row, block of channels). `Window` describes windows
/// of T to `pool`; `clamp` has their bounds.
template <class T, class Window, class Bounds>
void pool_tiles(const Image& p, void (*pool)(const Window& window) noexcept, const Bounds& clamp,
                const Operands& operands, TileRange tiles) noexcept {
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
    const std::int64_t first = tile % p.channel_blocks * kChannels;
    const std::int64_t row = tile / p.channel_blocks;
    const std::int64_t oy = row % p.h.out;
    const std::int64_t top = p.h.begin(oy);
    const std::int64_t row_stride = p.w.in * p.channels;
    const T* x = operands.in<T>(0) + (row / p.h.out * p.h.in + top) * row_stride + first;
    T* y = operands.out<T>() + row * p.w.out * p.channels + first;
    for (std::int64_t ox = 0, count; ox < p.w.out; ox += count) {
      const std::int64_t left = p.w.begin(ox);
      count = p.w.alike(ox);
      pool({.x = x + left * p.channels,
            .row_stride = row_stride,
            .pixel_stride = p.channels,
            .rows = p.h.end(oy) - top,
            .columns = p.w.end(ox) - left,
            .channels = std::min(kChannels, p.channels - first),
            .count = count,
            .step = p.w.stride * p.channels,
            .y = y + ox * p.channels,
            .low = clamp.low,
            .high = clamp.high});
    }
  }
}

}  // namespace litesmith::ops::pool_2d
