#pragma once

#include <cstdint>

namespace litesmith::ops {

/// MIRROR_PAD: reflect leaves the border entry out of the mirror image, symmetric repeats it.
struct MirrorPadAttrs {
  enum class Mode : std::uint8_t { reflect = 0, symmetric = 1 };
  Mode mode = Mode::reflect;
  bool operator==(const MirrorPadAttrs&) const = default;
};

}  // namespace litesmith::ops
