#pragma once

#include <cstdint>

namespace litesmith::ops {

/// SPACE_TO_DEPTH and DEPTH_TO_SPACE of NHWC images: a block of block_size by block_size pixels against one pixel with
/// that many times the channels, ordered (row in the block, column in the block, channel).
struct SpaceDepthAttrs {
  std::int32_t block_size = 1;
  bool operator==(const SpaceDepthAttrs&) const = default;
};

}  // namespace litesmith::ops
