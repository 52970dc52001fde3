#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace litesmith {

/// The candidates that differ least from `name` (insertions, removals, replacements of bytes, or an end in common after
/// a '/'), best first, `most` at the most; none where nothing is near.
std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> candidates,
                                       std::size_t most = 3);

/// "; did you mean 'a', 'b'?" of the nearest names, or "" where there are none.
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace litesmith
