#pragma once

#include <algorithm>
#include <cstdint>

#include "ops/step.h"

namespace litesmith::ops {

/// Elements of one tile of an elementwise step.
inline constexpr std::int64_t kTile = 16384;

/// Half-open range of elements or rows.
struct Range {
  std::int64_t begin, end;
  std::int64_t size() const noexcept { return end - begin; }
};

/// Tiles of `tile` items that cover `count` items; at least one.
constexpr std::int64_t tile_count(std::int64_t count, std::int64_t tile = kTile) noexcept {
  return count <= tile ? 1 : (count - 1) / tile + 1;
}

/// The items that the tiles stand for.
constexpr Range items_of(TileRange tiles, std::int64_t count, std::int64_t tile = kTile) noexcept {
  return {std::min(tiles.begin * tile, count), std::min(tiles.end * tile, count)};
}

/// Items per tile when one item means `work` element operations.
constexpr std::int64_t items_per_tile(std::int64_t work) noexcept {
  return std::max<std::int64_t>(1, kTile / std::max<std::int64_t>(work, 1));
}

}  // namespace litesmith::ops
