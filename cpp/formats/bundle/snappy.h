#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace litesmith::formats {

/// The content of a block in Snappy's raw format: a varint length, then literals and copies of what has been written.
/// Throws Error(value) for a damaged block; at most kMostExpansion times the block's size is ever allocated.
std::vector<std::byte> decompress_snappy(std::span<const std::byte> block);

/// 64 bytes are what three bytes of a copy can stand for.
inline constexpr std::size_t kMostExpansion = 22;

}  // namespace litesmith::formats
