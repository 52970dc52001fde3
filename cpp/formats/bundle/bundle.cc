#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/contained_file.h"
#include "base/error.h"
#include "formats/bundle/bundle_tensor.h"
#include "formats/bundle/checkpoint_storage.h"
#include "formats/bundle/table.h"
#include "formats/bundle/tensor_slice.h"
#include "formats/protobuf/attr_value.h"

namespace litesmith::formats {
namespace {

namespace fs = std::filesystem;

/// The version of the format that this reader knows.
constexpr std::int64_t kFormat = 1;

struct Header {
  std::int64_t shards = 1;
  bool big_endian = false;
};

/// BundleHeaderProto.
Header read_header(const Bytes& bytes, const std::string& index) {
  const WireSource source{bytes, index};
  Header header;
  for (Message message(source); message.next();) {
    if (message.field() == 1) header.shards = message.enumeration();
    if (message.field() == 2) header.big_endian = message.enumeration() == 1;
    if (message.field() != 3) continue;
    for (Message version = message.message(); version.next();)
      if (version.field() == 2)
        if (const std::int64_t needed = version.integer(); needed > kFormat)
          fail(ErrorKind::unsupported, "'", index, "' needs a reader of version ", needed,
               " of the format, this one is ", kFormat);
  }
  return header;
}

/// BundleEntryProto.
struct Entry {
  StoredTensor tensor;
  StoredBytes stored;
  std::int64_t shard = 0;
  std::vector<TensorSlice> slices;
};

Entry read_entry(const Bytes& bytes, const std::string& index) {
  const WireSource source{bytes, index};
  Entry entry;
  for (Message message(source); message.next();) {
    switch (message.field()) {
      case 1: entry.tensor.type = read_type(message); break;
      case 2: entry.tensor.shape = read_shape(message.message()); break;
      case 3: entry.shard = message.enumeration(); break;
      case 4: entry.stored.offset = message.integer(); break;
      case 5: entry.stored.size = message.integer(); break;
      case 6: entry.stored.crc = message.fixed32(); break;
      case 7: entry.slices.push_back(read_tensor_slice(message.message())); break;
      default: break;
    }
  }
  return entry;
}

class Bundle : public CheckpointStorage {
 public:
  explicit Bundle(const std::string& prefix) : prefix_(prefix), index_(prefix + ".index") {
    const fs::path path(index_);
    for (TableEntry& entry : read_table(map_contained_file(folder(), path.filename()), index_))
      entries_.emplace_hint(entries_.end(), std::move(entry.key), std::move(entry.value));
    const auto header = entries_.find("");
    if (header == entries_.end()) fail(ErrorKind::value, "'", index_, "' is damaged: it has no header");
    header_ = read_header(header->second, index_);
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [key, value] : entries_)
      if (!key.empty() && key[0] != '\0') names.push_back(key);
    return names;
  }

  std::optional<StoredTensor> find(std::string_view name) const override {
    const auto found = entries_.find(name);
    if (name.empty() || found == entries_.end()) return std::nullopt;
    return checked_entry(found->first, found->second).tensor;
  }

  DenseTensor read(const std::string& name) const override {
    const Entry entry = checked_entry(name, entries_.find(name)->second);
    const DType dtype = stored_element_type(entry.tensor, name, index_);
    if (entry.slices.empty()) return {dtype, entry.tensor.shape, read_data(name, entry, dtype)};
    if (dtype == DType::string)
      fail(ErrorKind::unsupported, "'", name, "' in '", index_, "' is a partitioned tensor of strings");
    std::vector<TensorSlice> slices;
    std::vector<Bytes> parts;
    for (const TensorSlice& slice : entry.slices) {
      slices.push_back(resolved(slice, entry.tensor.shape, name));
      parts.push_back(read_part(name, slice, slices.back(), entry.tensor));
    }
    return {dtype, entry.tensor.shape, assemble(slices, parts, entry.tensor.shape, byte_width(dtype), name)};
  }

 private:
  fs::path folder() const {
    const fs::path parent = fs::path(prefix_).parent_path();
    return parent.empty() ? fs::path(".") : parent;
  }

  Entry checked_entry(const std::string& name, const Bytes& value) const {
    try {
      Entry entry = read_entry(value, index_);
      if (!entry.tensor.shape.is_static()) fail(ErrorKind::value, "its shape is ", entry.tensor.shape);
      return entry;
    } catch (Error& error) {
      throw error.add_context(concat("in the entry '", name, "' of '", index_, "'"));
    }
  }

  Bytes read_part(const std::string& name, const TensorSlice& slice, const TensorSlice& inside,
                  const StoredTensor& whole) const {
    const auto found = entries_.find(slice_key(name, slice));
    if (found == entries_.end())
      fail(ErrorKind::value, "'", index_, "' lacks a slice of '", name, "' that it lists; copy the checkpoint again");
    const Entry entry = checked_entry(name, found->second);
    if (entry.tensor.type != whole.type || entry.tensor.shape != shape_of(inside))
      fail(ErrorKind::value, "'", index_, "' holds a slice of '", name, "' as ", type_name(entry.tensor.type),
           entry.tensor.shape, " where ", type_name(whole.type), shape_of(inside), " is listed");
    return read_data(name, entry, stored_element_type(entry.tensor, name, index_));
  }

  Bytes read_data(const std::string& name, const Entry& entry, DType dtype) const {
    if (entry.shard < 0 || entry.shard >= header_.shards)
      fail(ErrorKind::value, "'", index_, "' puts '", name, "' into shard ", entry.shard, " of ", header_.shards);
    const Shard shard = open_shard(entry.shard);
    const BundleTensor tensor{name, dtype, entry.tensor.shape, entry.stored, header_.big_endian};
    return read_bundle_tensor(tensor, shard.bytes, shard.path);
  }

  struct Shard {
    std::string path;
    Bytes bytes;
  };

  Shard open_shard(std::int64_t number) const {
    char suffix[64];
    std::snprintf(suffix, sizeof suffix, ".data-%05lld-of-%05lld", static_cast<long long>(number),
                  static_cast<long long>(header_.shards));
    const std::lock_guard lock(mutex_);
    const auto [shard, is_new] = shards_.try_emplace(number, Shard{prefix_ + suffix, {}});
    if (!is_new) return shard->second;
    try {
      shard->second.bytes = map_contained_file(folder(), fs::path(shard->second.path).filename());
    } catch (Error& error) {
      shards_.erase(shard);
      throw error.add_context(concat("'", index_, "' needs this file: a checkpoint is copied with all its ",
                                     header_.shards, " data file(s)"));
    }
    return shard->second;
  }

  std::string prefix_;
  std::string index_;
  std::map<std::string, Bytes, std::less<>> entries_;
  Header header_;
  mutable std::mutex mutex_;
  mutable std::map<std::int64_t, Shard> shards_;
};

}  // namespace

std::shared_ptr<const CheckpointStorage> open_bundle(const std::string& prefix) {
  return std::make_shared<Bundle>(prefix);
}

}  // namespace litesmith::formats
