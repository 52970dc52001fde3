#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace litesmith::formats {

/// CRC-32C (Castagnoli) of `bytes`, going on from the CRC of what stands before them.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

/// As it is stored, so that a CRC of bytes that hold CRCs keeps its strength (importers.md §1.3).
constexpr std::uint32_t masked(std::uint32_t crc) noexcept { return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u; }

}  // namespace litesmith::formats
