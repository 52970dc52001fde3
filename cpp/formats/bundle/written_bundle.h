#pragma once

#include <map>
#include <protozero/pbf_writer.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/shape.h"
#include "formats/bundle/crc32c.h"

/// Checkpoints for tests, in the layout of importers.md §1.3.
namespace litesmith::formats::written {

inline std::string little(std::uint64_t value, std::size_t width) {
  std::string bytes;
  for (std::size_t i = 0; i < width; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
  return bytes;
}

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
  return bytes + static_cast<char>(value);
}

inline std::uint32_t masked_crc(std::string_view bytes) { return masked(crc32c(std::as_bytes(std::span(bytes)))); }

/// All literals: what a writer that finds no repetition makes.
inline std::string uncompressed_snappy(const std::string& bytes) {
  std::string block = varint(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); i += 60) {
    const std::string piece = bytes.substr(i, 60);
    block += static_cast<char>((piece.size() - 1) << 2);
    block += piece;
  }
  return block;
}

struct TableOptions {
  std::size_t keys_in_block = 1000;
  std::size_t keys_in_restart = 3;
  bool snappy = false;
};

using Entries = std::map<std::string, std::string>;

class TableWriter {
 public:
  explicit TableWriter(TableOptions options) : options_(options) {}

  std::string write(const Entries& entries) {
    Entries index;
    Entries block;
    for (const auto& [key, value] : entries) {
      block[key] = value;
      if (block.size() == options_.keys_in_block || key == entries.rbegin()->first) {
        index[key] = append_block(block);
        block.clear();
      }
    }
    std::string handles = append_block({});
    handles += append_block(index);
    handles.resize(40);
    return file_ + handles + little(0xDB4775248B80FB57, 8);
  }

 private:
  /// Returns the block's handle.
  std::string append_block(const Entries& entries) {
    std::string body, restarts, last;
    std::size_t count = 0;
    for (const auto& [key, value] : entries) {
      const bool restart = count++ % options_.keys_in_restart == 0;
      if (restart) restarts += little(body.size(), 4);
      std::size_t shared = 0;
      while (!restart && shared < std::min(last.size(), key.size()) && last[shared] == key[shared]) ++shared;
      body += varint(shared) + varint(key.size() - shared) + varint(value.size()) + key.substr(shared) + value;
      last = key;
    }
    body += restarts + little(restarts.size() / 4, 4);
    if (options_.snappy) body = uncompressed_snappy(body);
    const std::string handle = varint(file_.size()) + varint(body.size());
    body += static_cast<char>(options_.snappy ? 1 : 0);
    file_ += body + little(masked_crc(body), 4);
    return handle;
  }

  TableOptions options_;
  std::string file_;
};

inline std::string shape_message(const Shape& shape) {
  std::string message;
  protozero::pbf_writer writer(message);
  for (const std::int32_t size : shape) {
    protozero::pbf_writer dim(writer, 2);
    dim.add_int64(1, size);
  }
  return message;
}

/// A bundle: data of tensors one after the other in shards.
class BundleWriter {
 public:
  explicit BundleWriter(int shards = 1, bool big_endian = false) : data_(static_cast<std::size_t>(shards)) {
    protozero::pbf_writer header(entries_[""]);
    header.add_int32(1, shards);
    if (big_endian) header.add_enum(2, 1);
    protozero::pbf_writer version(header, 3);
    version.add_int32(1, 1);
  }

  /// `key`: a name or the key of a slice.
  void add(const std::string& key, int type, const Shape& shape, const std::string& bytes, int shard = 0) {
    add_stored(key, type, shape, bytes, masked_crc(bytes), shard);
  }

  void add_strings(const std::string& key, const Shape& shape, const std::vector<std::string>& strings) {
    std::string lengths, fixed, text;
    for (const std::string& string : strings) {
      lengths += varint(string.size());
      fixed += little(string.size(), 4);
      text += string;
    }
    const std::string crc = little(masked_crc(fixed), 4);
    add_stored(key, 7, shape, lengths + crc + text, masked_crc(fixed + crc + text), 0);
  }

  /// A tensor that is stored in slices: the messages of these.
  void add_partitioned(const std::string& name, int type, const Shape& shape, const std::vector<std::string>& slices) {
    protozero::pbf_writer entry(entries_[name]);
    entry.add_enum(1, type);
    entry.add_message(2, shape_message(shape));
    for (const std::string& slice : slices) entry.add_message(7, slice);
  }

  std::string index(TableOptions options = {}) const { return TableWriter(options).write(entries_); }
  const std::vector<std::string>& data() const { return data_; }
  Entries& entries() { return entries_; }

 private:
  void add_stored(const std::string& key, int type, const Shape& shape, const std::string& bytes, std::uint32_t crc,
                  int shard) {
    std::string& data = data_[static_cast<std::size_t>(shard)];
    std::string message;
    protozero::pbf_writer entry(message);
    entry.add_enum(1, type);
    entry.add_message(2, shape_message(shape));
    entry.add_int32(3, shard);
    entry.add_int64(4, static_cast<std::int64_t>(data.size()));
    entry.add_int64(5, static_cast<std::int64_t>(bytes.size()));
    entry.add_fixed32(6, crc);
    entries_[key] = message;
    data += bytes;
  }

  Entries entries_;
  std::vector<std::string> data_;
};

}  // namespace litesmith::formats::written
