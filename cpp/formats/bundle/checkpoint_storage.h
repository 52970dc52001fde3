#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "formats/bundle/checkpoint.h"

namespace litesmith::formats {

/// One kind of file that holds a checkpoint.
class CheckpointStorage {
 public:
  virtual ~CheckpointStorage() = default;
  virtual std::vector<std::string> names() const = 0;
  virtual std::optional<StoredTensor> find(std::string_view name) const = 0;
  /// `name` is there.
  virtual DenseTensor read(const std::string& name) const = 0;
};

/// `prefix.index` and its shards.
std::shared_ptr<const CheckpointStorage> open_bundle(const std::string& prefix);

/// The older kind: tables that hold the tensors themselves; `paths` are its shards.
std::shared_ptr<const CheckpointStorage> open_table_checkpoint(const std::vector<std::string>& paths);

/// The element type of a stored tensor; throws Error(unsupported) naming `name` where there is none or elements have no
/// whole number of bytes.
DType stored_element_type(const StoredTensor& tensor, std::string_view name, std::string_view path);

}  // namespace litesmith::formats
