#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace litesmith::formats {

struct TableEntry {
  std::string key;
  /// A view of the file, or of an expanded block.
  Bytes value;
};

/// All entries of a sorted table (importers.md §1.3), keys strictly ascending; the CRC of every block is checked.
/// Throws Error(value) naming `path` and the byte offset for what is damaged, Error(limit) where keys would expand
/// beyond reason.
std::vector<TableEntry> read_table(const Bytes& file, const std::string& path);

/// True when the file ends as a table does.
bool is_table(const Bytes& file) noexcept;

}  // namespace litesmith::formats
