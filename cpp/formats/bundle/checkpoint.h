#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/shape.h"
#include "formats/protobuf/graph_def.h"

/// TensorFlow's checkpoints (importers.md §1.3): bundles (`prefix.index` beside `prefix.data-00000-of-00001`, ...) and
/// the single or sharded files that TensorFlow wrote before there were bundles.
namespace litesmith::formats {

/// What a checkpoint says of a tensor without reading it.
struct StoredTensor {
  TypeCode type;
  Shape shape;
};

class CheckpointStorage;

/// An open checkpoint; copies share it. Tensors are views of the mapped files where these hold them whole and in this
/// machine's byte order. Reading from several threads is safe.
class Checkpoint {
 public:
  /// `path`: a prefix ("model.ckpt-320", "variables/variables"), the `.index` or `.meta` file beside it, a file of the
  /// older kind or a folder, of which the newest checkpoint is taken (checkpoint_prefix). Throws Error(io) where there
  /// is none, saying what is there; Error(value) where the index is damaged. Files must lie in the prefix's folder.
  static Checkpoint open(const std::string& path);

  const std::string& prefix() const noexcept { return prefix_; }
  /// Sorted.
  std::vector<std::string> names() const;
  bool has(std::string_view name) const { return find(name).has_value(); }
  std::optional<StoredTensor> find(std::string_view name) const;

  /// The tensor, partitions put together, its CRC checked. Throws Error(value) for a name that is not there (with the
  /// nearest ones) and for damaged data (with both CRCs), Error(io) for a missing shard, Error(unsupported) for types
  /// without a counterpart.
  DenseTensor read(std::string_view name) const;
  /// A part: `shape_and_slice` as RestoreV2 has it ("4 8 0,2:-"), "" for the whole tensor.
  DenseTensor read_slice(std::string_view name, std::string_view shape_and_slice) const;

 private:
  Checkpoint(std::string prefix, std::shared_ptr<const CheckpointStorage> storage)
      : prefix_(std::move(prefix)), storage_(std::move(storage)) {}

  std::string prefix_;
  std::shared_ptr<const CheckpointStorage> storage_;
};

/// The prefix that the text file `checkpoint` of a folder names as the newest, looked for in this folder whatever
/// folder the file says; without that file the only checkpoint there. Throws Error(io) or Error(value).
std::string checkpoint_prefix(const std::string& folder);

}  // namespace litesmith::formats
