#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ops/tiles.h"

namespace litesmith::ops::quantize {

/// Scales and zero points of a tensor: one pair, or one for each index along a dimension.
struct Affine {
  std::int64_t elements = 0;
  std::int64_t inner = 1;  // elements behind one index of the dimension
  std::vector<float> scales;
  std::vector<std::int32_t> zero_points;

  std::int64_t channels() const noexcept { return static_cast<std::int64_t>(scales.size()); }
};

/// The parameters of a quantized tensor; fails when they are missing or do not fit its shape.
Affine affine_of(const NodeView& view, const TensorInfo& tensor);

/// Calls f(first, count, scales, zero_points, step) for stretches of a range whose element k has scales[k * step].
template <class Function>
void for_each_stretch(const Affine& affine, Range range, Function f) noexcept {
  const std::int64_t channels = affine.channels();
  for (std::int64_t i = range.begin; i < range.end;) {
    const std::int64_t channel = i / affine.inner % channels;
    const bool is_row = affine.inner == 1 && channels > 1;
    const std::int64_t left =
        channels == 1 ? range.end - i : (is_row ? channels - channel : affine.inner - i % affine.inner);
    const std::int64_t n = std::min(range.end - i, left);
    f(i, n, affine.scales.data() + channel, affine.zero_points.data() + channel, is_row ? 1 : 0);
    i += n;
  }
}

}  // namespace litesmith::ops::quantize
