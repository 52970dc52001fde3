#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/bytes.h"

namespace litesmith {

/// Files up to this size are read into a private copy, so that nothing that happens to the file later matters. Larger
/// ones are mapped read-only: pages come when they are read, and cutting such a file short while it is in use is the
/// one thing the operating system gives no protection against.
inline constexpr std::size_t kLargestPrivateCopy = std::size_t{64} << 20;

/// The bytes of a regular file; empty for an empty one. The file is closed before the call returns. Throws Error(io)
/// when it cannot be opened or read and for folders, pipes and devices.
Bytes map_file(const std::string& path, std::size_t largest_copy = kLargestPrivateCopy);

}  // namespace litesmith
