#include "formats/bundle/snappy.h"

#include <cstdint>

#include "base/error.h"

namespace litesmith::formats {
namespace {

class Block {
 public:
  explicit Block(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool at_end() const { return position_ == bytes_.size(); }
  std::size_t byte() { return std::to_integer<std::size_t>(take(1)[0]); }
  std::size_t number(std::size_t width) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value |= byte() << (8 * i);
    return value;
  }
  std::size_t varint32() {
    std::size_t value = 0;
    for (std::size_t shift = 0; shift < 35; shift += 7) {
      const std::size_t part = byte();
      value |= (part & 0x7F) << shift;
      if (part < 0x80) return value;
    }
    refuse("its length has more than five bytes");
  }
  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size() - position_) refuse("it ends early");
    position_ += count;
    return bytes_.subspan(position_ - count, count);
  }
  [[noreturn]] void refuse(const char* why) const {
    fail(ErrorKind::value, "a compressed block is damaged at its byte ", position_, " of ", bytes_.size(), ": ", why);
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

struct Copy {
  std::size_t length;
  std::size_t offset;
};

/// The low two bits of `tag` are 1, 2 or 3: an offset of eleven bits, of two or of four bytes.
Copy read_copy(Block& block, std::size_t tag) {
  if ((tag & 3) == 1) return {4 + ((tag >> 2) & 7), ((tag >> 5) << 8) | block.byte()};
  return {1 + (tag >> 2), block.number((tag & 3) == 2 ? 2 : 4)};
}

std::size_t literal_length(Block& block, std::size_t tag) {
  const std::size_t stated = tag >> 2;
  return 1 + (stated < 60 ? stated : block.number(stated - 59));
}

}  // namespace

std::vector<std::byte> decompress_snappy(std::span<const std::byte> bytes) {
  Block block(bytes);
  const std::size_t size = block.varint32();
  if (size > bytes.size() * kMostExpansion) block.refuse("it says that it holds more than it can");
  std::vector<std::byte> out;
  out.reserve(size);
  while (!block.at_end()) {
    const std::size_t tag = block.byte();
    if ((tag & 3) == 0) {
      const auto literal = block.take(literal_length(block, tag));
      if (literal.size() > size - out.size()) block.refuse("it holds more than it says");
      out.insert(out.end(), literal.begin(), literal.end());
      continue;
    }
    const Copy copy = read_copy(block, tag);
    if (copy.offset == 0 || copy.offset > out.size()) block.refuse("it copies from before its start");
    if (copy.length > size - out.size()) block.refuse("it holds more than it says");
    for (std::size_t i = 0; i < copy.length; ++i) out.push_back(out[out.size() - copy.offset]);
  }
  if (out.size() != size) block.refuse("it holds less than it says");
  return out;
}

}  // namespace litesmith::formats
