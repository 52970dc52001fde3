#include <filesystem>
#include <map>
#include <protozero/pbf_writer.hpp>

#include "base/contained_file.h"
#include "base/error.h"
#include "formats/bundle/checkpoint_storage.h"
#include "formats/bundle/table.h"
#include "formats/bundle/tensor_slice.h"
#include "formats/protobuf/attr_value.h"

namespace litesmith::formats {
namespace {

namespace fs = std::filesystem;

struct StoredSlice {
  TensorSlice slice;
  Bytes data;
  std::string path;
};

struct Tensor {
  StoredTensor stored;
  std::vector<StoredSlice> slices;
};

/// `data` is a TensorProto that names neither type nor shape: they go before it.
DenseTensor decode_part(const Bytes& data, TypeCode type, const Shape& shape) {
  std::string message;
  protozero::pbf_writer tensor(message);
  tensor.add_int32(1, type.code);
  protozero::pbf_writer dims(tensor, 2);
  for (const std::int32_t size : shape) {
    protozero::pbf_writer dim(dims, 2);
    dim.add_int64(1, size);
  }
  dims.commit();
  message.append(reinterpret_cast<const char*>(data.data()), data.size());
  return decode_tensor({Bytes::copy_of<char>(message)});
}

class TableCheckpoint : public CheckpointStorage {
 public:
  explicit TableCheckpoint(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      const fs::path file(path);
      const fs::path folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
      for (const TableEntry& entry : read_table(map_contained_file(folder, file.filename()), path))
        entry.key.empty() ? read_meta(entry.value, path) : read_slice(entry.value, path);
    }
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors_)
      if (tensor.stored.type.code != 0) names.push_back(name);
    return names;
  }

  std::optional<StoredTensor> find(std::string_view name) const override {
    const auto found = tensors_.find(name);
    if (found == tensors_.end() || found->second.stored.type.code == 0) return std::nullopt;
    return found->second.stored;
  }

  DenseTensor read(const std::string& name) const override {
    const Tensor& tensor = tensors_.find(name)->second;
    const Shape& shape = tensor.stored.shape;
    if (tensor.slices.empty())
      fail(ErrorKind::value, "the checkpoint lists '", name, "' but holds nothing of it; a file of it may be missing");
    const DType dtype = stored_element_type(tensor.stored, name, tensor.slices[0].path);
    std::vector<TensorSlice> slices;
    std::vector<Bytes> parts;
    for (const StoredSlice& part : tensor.slices) {
      slices.push_back(resolved(part.slice, shape, name));
      parts.push_back(decode(part, name, tensor.stored.type, shape_of(slices.back())));
    }
    if (slices.size() == 1 && shape_of(slices[0]) == shape) return {dtype, shape, parts[0]};
    if (dtype == DType::string) fail(ErrorKind::unsupported, "'", name, "' is a partitioned tensor of strings");
    return {dtype, shape, assemble(slices, parts, shape, byte_width(dtype), name)};
  }

 private:
  static Bytes decode(const StoredSlice& part, const std::string& name, TypeCode type, const Shape& shape) {
    try {
      return decode_part(part.data, type, shape).data;
    } catch (Error& error) {
      throw error.add_context(concat("in '", name, "' of '", part.path, "'"));
    }
  }

  /// SavedTensorSlices with SavedTensorSliceMeta: what there is.
  void read_meta(const Bytes& value, const std::string& path) {
    const WireSource source{value, path};
    for (Message message(source); message.next();) {
      if (message.field() != 1) continue;
      for (Message meta = message.message(); meta.next();)
        if (meta.field() == 1) read_listed(meta.message());
    }
  }

  void read_listed(Message message) {
    std::string name;
    StoredTensor stored;
    while (message.next()) {
      if (message.field() == 1) name = message.string();
      if (message.field() == 2) stored.shape = read_shape(message.message());
      if (message.field() == 3) stored.type = read_type(message);
    }
    if (!stored.shape.is_static()) message.refuse(concat("'", name, "' has the shape ", to_string(stored.shape)));
    tensors_[name].stored = std::move(stored);
  }

  /// SavedTensorSlices with a SavedSlice.
  void read_slice(const Bytes& value, const std::string& path) {
    const WireSource source{value, path};
    for (Message message(source); message.next();) {
      if (message.field() != 2) continue;
      std::string name;
      StoredSlice slice{{}, {}, path};
      for (Message part = message.message(); part.next();) {
        if (part.field() == 1) name = part.string();
        if (part.field() == 2) slice.slice = read_tensor_slice(part.message());
        if (part.field() == 3) slice.data = part.bytes();
      }
      tensors_[name].slices.push_back(std::move(slice));
    }
  }

  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace

std::shared_ptr<const CheckpointStorage> open_table_checkpoint(const std::vector<std::string>& paths) {
  return std::make_shared<TableCheckpoint>(paths);
}

}  // namespace litesmith::formats
