#include "formats/bundle/checkpoint.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/nearest_names.h"
#include "formats/bundle/checkpoint_state.h"
#include "formats/bundle/checkpoint_storage.h"
#include "formats/bundle/table.h"
#include "formats/bundle/tensor_slice.h"

namespace litesmith::formats {
namespace {

namespace fs = std::filesystem;

bool is_file(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

std::string without_ending(const std::string& path) {
  for (const std::string_view ending : {".index", ".meta"})
    if (path.ends_with(ending) && is_file(path.substr(0, path.size() - ending.size()) + ".index"))
      return path.substr(0, path.size() - ending.size());
  // TensorFlow names the shards of its older kind so.
  const std::size_t shards = path.rfind("-\?\?\?\?\?-of-");
  return shards == std::string::npos ? path : path.substr(0, shards);
}

/// "prefix-?????-of-?????" of one count, in order.
std::vector<std::string> table_shards(const std::string& prefix) {
  const fs::path path(prefix);
  std::vector<std::string> shards;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path.has_parent_path() ? path.parent_path() : ".", error)) {
    const std::string name = entry.path().filename().string();
    const std::string start = path.filename().string() + "-";
    if (name.starts_with(start) && name.size() == start.size() + 14 && name.substr(start.size() + 5, 4) == "-of-")
      shards.push_back((path.parent_path() / name).string());
  }
  std::sort(shards.begin(), shards.end());
  if (!shards.empty() && std::atoll(shards[0].c_str() + shards[0].size() - 5) != std::ssize(shards))
    fail(ErrorKind::io, "'", shards[0], "' is one of several files, but ", shards.size(), " are there");
  return shards;
}

std::shared_ptr<const CheckpointStorage> open_storage(const std::string& prefix) {
  if (is_file(prefix + ".index")) return open_bundle(prefix);
  if (is_file(prefix)) {
    if (!is_table(map_file(prefix)))
      fail(ErrorKind::value, "'", prefix, "' is no checkpoint, or its end is missing. Name the prefix before '.index'");
    return open_table_checkpoint({prefix});
  }
  const std::vector<std::string> shards = table_shards(prefix);
  if (!shards.empty()) return open_table_checkpoint(shards);
  const fs::path folder = fs::path(prefix).has_parent_path() ? fs::path(prefix).parent_path() : fs::path(".");
  fail(ErrorKind::io, "there is no checkpoint '", prefix, "': neither '", prefix,
       ".index' nor a file of that name exists", list_of_checkpoints(folder.string()));
}

}  // namespace

DType stored_element_type(const StoredTensor& tensor, std::string_view name, std::string_view path) {
  const std::optional<DType> dtype = element_type(tensor.type);
  if (!dtype || (*dtype != DType::string && byte_width(*dtype) == 0))
    fail(ErrorKind::unsupported, "'", name, "' in '", path, "' has elements of ", type_name(tensor.type),
         ", which are not read from checkpoints");
  return *dtype;
}

Checkpoint Checkpoint::open(const std::string& path) {
  std::error_code error;
  const std::string prefix = fs::is_directory(path, error) ? checkpoint_prefix(path) : without_ending(path);
  return Checkpoint(prefix, open_storage(prefix));
}

std::vector<std::string> Checkpoint::names() const { return storage_->names(); }

std::optional<StoredTensor> Checkpoint::find(std::string_view name) const { return storage_->find(name); }

DenseTensor Checkpoint::read(std::string_view name) const {
  if (!has(name))
    fail(ErrorKind::value, "the checkpoint '", prefix_, "' has no '", name, "'", did_you_mean(name, names()));
  return storage_->read(std::string(name));
}

DenseTensor Checkpoint::read_slice(std::string_view name, std::string_view shape_and_slice) const {
  if (shape_and_slice.empty()) return read(name);
  const ShapeAndSlice wanted = parse_shape_and_slice(shape_and_slice);
  DenseTensor tensor = read(name);
  if (tensor.shape != wanted.shape)
    fail(ErrorKind::value, "'", name, "' in '", prefix_, "' is ", tensor.shape, ", a slice of ", wanted.shape,
         " was asked for");
  const TensorSlice slice = resolved(wanted.slice, tensor.shape, name);
  if (shape_of(slice) == tensor.shape) return tensor;
  if (tensor.dtype == DType::string) fail(ErrorKind::unsupported, "slices of the strings '", name, "' are not read");
  return {tensor.dtype, shape_of(slice), cut_out(tensor.data, tensor.shape, slice, byte_width(tensor.dtype))};
}

}  // namespace litesmith::formats
