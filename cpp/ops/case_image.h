#pragma once

#include <algorithm>
#include <cstdint>

#include "base/shape.h"
#include "ops/padding.h"

/// What naive references of image operators share. Independent of ops/padding.cc, which they check.
namespace litesmith::ops {

struct Extent {
  std::int32_t out;
  std::int32_t before;  // zeros before the first pixel
};

/// Output size and padding of a window along one axis, as TensorFlow documents them.
inline Extent extent(Padding padding, std::int32_t in, std::int32_t window, std::int32_t stride,
                     std::int32_t dilation = 1) {
  const std::int32_t span = (window - 1) * dilation + 1;
  if (padding == Padding::valid) return {(in - span) / stride + 1, 0};
  const std::int32_t out = (in + stride - 1) / stride;
  return {out, std::max((out - 1) * stride + span - in, 0) / 2};
}

/// Index of element (a, b, c, d) of a dense tensor of rank 4.
inline std::size_t at(const Shape& s, std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d) {
  return static_cast<std::size_t>(((a * s[1] + b) * s[2] + c) * s[3] + d);
}

/// visit(a, b, c, d) for every element of a shape of rank 4, in order.
template <class Visit>
void for_each(const Shape& s, Visit visit) {
  for (std::int32_t a = 0; a < s[0]; ++a)
    for (std::int32_t b = 0; b < s[1]; ++b)
      for (std::int32_t c = 0; c < s[2]; ++c)
        for (std::int32_t d = 0; d < s[3]; ++d) visit(a, b, c, d);
}

inline std::string padding_name(Padding padding) { return padding == Padding::same ? "SAME" : "VALID"; }

}  // namespace litesmith::ops
