#include "formats/bundle/table.h"

#include <cstdint>
#include <cstring>
#include <protozero/exception.hpp>
#include <protozero/varint.hpp>
#include <string_view>

#include "base/error.h"
#include "formats/bundle/crc32c.h"
#include "formats/bundle/snappy.h"

namespace litesmith::formats {
namespace {

constexpr std::size_t kFooter = 48;
constexpr std::size_t kHandles = 40;
constexpr std::uint64_t kMagic = 0xDB4775248B80FB57;
/// Type byte and CRC behind a block.
constexpr std::size_t kTrailer = 5;
/// Sixteen keys share their beginnings; keys together do not exceed the file by more than this.
constexpr std::size_t kKeyExpansion = 64;
constexpr std::size_t kFreeKeyBytes = std::size_t{1} << 20;

struct Handle {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

std::uint32_t little32(const std::byte* at) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = (value << 8) | std::to_integer<std::uint32_t>(at[i]);
  return value;
}

std::uint64_t little64(const std::byte* at) { return little32(at) | (std::uint64_t{little32(at + 4)} << 32); }

class TableReader {
 public:
  TableReader(const Bytes& file, const std::string& path) : file_(file), path_(path) {}

  std::vector<TableEntry> read() {
    if (file_.size() < kFooter) refuse(0, concat("it has ", file_.size(), " bytes, a table has at least ", kFooter));
    const std::size_t footer = file_.size() - kFooter;
    if (!is_table(file_)) refuse(footer + kHandles, "it does not end as a table does; it is cut off or no checkpoint");
    Cursor handles{file_.slice(footer, kHandles), footer};
    read_handle(handles);
    std::vector<TableEntry> blocks;
    read_block(read_handle(handles), blocks);
    std::vector<TableEntry> entries;
    for (const TableEntry& block : blocks) {
      Cursor cursor{block.value, footer};
      const Handle handle = read_handle(cursor);
      if (handle.offset < unread_) refuse(handle.offset, "its blocks overlap");
      unread_ = handle.offset + handle.size + kTrailer;
      read_block(handle, entries);
    }
    return entries;
  }

 private:
  struct Cursor {
    Bytes bytes;
    std::uint64_t origin;
    std::size_t position = 0;
  };

  [[noreturn]] void refuse(std::uint64_t offset, const std::string& what) const {
    fail(ErrorKind::value, "'", path_, "' is damaged at byte ", offset, ": ", what,
         ". Copy the checkpoint again from where it was written");
  }

  std::uint64_t varint(Cursor& cursor) const {
    const char* const start = reinterpret_cast<const char*>(cursor.bytes.data());
    const char* at = start + cursor.position;
    try {
      const std::uint64_t value = protozero::decode_varint(&at, start + cursor.bytes.size());
      cursor.position = static_cast<std::size_t>(at - start);
      return value;
    } catch (const protozero::exception&) {
      refuse(cursor.origin, "a number does not end where its block does");
    }
  }

  Handle read_handle(Cursor& cursor) const {
    const std::uint64_t offset = varint(cursor);
    const std::uint64_t size = varint(cursor);
    const std::uint64_t end = file_.size() - kFooter;
    if (offset > end || size > end - offset || end - offset - size < kTrailer)
      refuse(cursor.origin, concat("a block of ", size, " bytes at byte ", offset, " of ", end, " does not exist"));
    return {offset, size};
  }

  Bytes block_content(const Handle& handle) const {
    const auto size = static_cast<std::size_t>(handle.size);
    const Bytes stored = file_.slice(static_cast<std::size_t>(handle.offset), size + kTrailer);
    const std::uint32_t computed = masked(crc32c(stored.view().first(size + 1)));
    const std::uint32_t stated = little32(stored.data() + size + 1);
    if (computed != stated)
      refuse(handle.offset, concat("the block's CRC is ", computed, " where the file says ", stated));
    const auto type = std::to_integer<unsigned>(stored.view()[size]);
    if (type > 1) refuse(handle.offset + size, concat("a block is compressed in the unknown way ", type));
    if (type == 0) return stored.slice(0, size);
    try {
      return Bytes::take(decompress_snappy(stored.view().first(size)));
    } catch (const Error& error) {
      refuse(handle.offset, error.what());
    }
  }

  void read_block(const Handle& handle, std::vector<TableEntry>& entries) {
    const Bytes block = block_content(handle);
    if (block.size() < 4) refuse(handle.offset, "a block has no count of restarts");
    const std::size_t restarts = little32(block.data() + block.size() - 4);
    if (restarts > (block.size() - 4) / 4) refuse(handle.offset, concat("a block says it has ", restarts, " restarts"));
    Cursor cursor{block.slice(0, block.size() - 4 - restarts * 4), handle.offset};
    std::string key;
    while (cursor.position != cursor.bytes.size()) {
      const std::uint64_t shared = varint(cursor);
      const std::uint64_t own = varint(cursor);
      const std::uint64_t size = varint(cursor);
      const std::size_t left = cursor.bytes.size() - cursor.position;
      if (shared > key.size() || own > left || size > left - own)
        refuse(handle.offset, concat("an entry of ", own, " + ", size, " bytes does not fit into ", left));
      append_entry(cursor, {shared, own, size}, key, entries);
    }
  }

  struct Lengths {
    std::uint64_t shared, own, value;
  };

  void append_entry(Cursor& cursor, const Lengths& lengths, std::string& key, std::vector<TableEntry>& entries) {
    const auto own = static_cast<std::size_t>(lengths.own);
    key.resize(static_cast<std::size_t>(lengths.shared));
    key.append(reinterpret_cast<const char*>(cursor.bytes.data()) + cursor.position, own);
    cursor.position += own;
    if (!entries.empty() && key <= entries.back().key) refuse(cursor.origin, "its keys are not in order");
    key_bytes_ += key.size();
    if (key_bytes_ > file_.size() * kKeyExpansion + kFreeKeyBytes)
      fail(ErrorKind::limit, "'", path_, "' of ", file_.size(), " bytes would expand to ", key_bytes_,
           " bytes of names, which no checkpoint does");
    entries.push_back({key, cursor.bytes.slice(cursor.position, static_cast<std::size_t>(lengths.value))});
    cursor.position += static_cast<std::size_t>(lengths.value);
  }

  const Bytes& file_;
  const std::string& path_;
  std::uint64_t unread_ = 0;
  std::size_t key_bytes_ = 0;
};

}  // namespace

bool is_table(const Bytes& file) noexcept {
  return file.size() >= kFooter && little64(file.data() + file.size() - 8) == kMagic;
}

std::vector<TableEntry> read_table(const Bytes& file, const std::string& path) {
  return TableReader(file, path).read();
}

}  // namespace litesmith::formats
