#pragma once

#include <filesystem>

#include "base/bytes.h"

namespace litesmith {

/// The bytes of a file that must lie in `folder`, also after symbolic links are followed: `relative` was read in a file
/// or put together of its content. Throws Error(value) where it leaves the folder, Error(io) as map_file does.
Bytes map_contained_file(const std::filesystem::path& folder, const std::filesystem::path& relative);

}  // namespace litesmith
