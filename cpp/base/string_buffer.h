#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace litesmith {

/// The strings of a string tensor's bytes: int32 count, count + 1 int32 offsets from the start, then the text. Views
/// into `buffer`. Nothing in an empty buffer. Throws Error(value) for a damaged table.
std::vector<std::string_view> strings_in(std::span<const std::byte> buffer);

/// The bytes of a string tensor. Throws Error(limit) beyond 2 GiB.
std::vector<std::byte> string_buffer(std::span<const std::string_view> strings);

}  // namespace litesmith
