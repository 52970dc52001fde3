#include "base/contained_file.h"

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "base/mapped_file.h"

namespace litesmith {

namespace fs = std::filesystem;

Bytes map_contained_file(const fs::path& folder, const fs::path& relative) {
  const fs::path path = folder / relative;
  std::error_code error;
  const fs::path inner = fs::canonical(path, error);
  if (error) fail(ErrorKind::io, "Could not open '", path.string(), "'. ", error.message());
  const fs::path outer = fs::canonical(folder, error);
  if (error) fail(ErrorKind::io, "Could not open '", folder.string(), "'. ", error.message());
  if (std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first != outer.end())
    fail(ErrorKind::value, "'", path.string(), "' leads out of '", folder.string(), "' to '", inner.string(),
         "', which is not followed. Copy the folder with the files that its links name (cp -rL)");
  return map_file(inner.string());
}

}  // namespace litesmith
