#include "formats/bundle/bundle_tensor.h"

#include <algorithm>
#include <array>
#include <limits>
#include <protozero/exception.hpp>
#include <protozero/varint.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/string_buffer.h"
#include "formats/bundle/crc32c.h"

namespace litesmith::formats {
namespace {

constexpr std::ptrdiff_t kCrcBytes = 4;
constexpr const char* kRemedy = ". Copy the checkpoint again from where it was written";

class StoredReader {
 public:
  StoredReader(const BundleTensor& tensor, const Bytes& shard, const std::string& path)
      : tensor_(tensor), path_(path), bytes_(within(shard)) {}

  Bytes numbers() const {
    const std::size_t expected = packed_bytes(tensor_.dtype, elements(tensor_.shape));
    if (bytes_.size() != expected)
      refuse(concat("it has ", bytes_.size(), " bytes where ", litesmith::name(tensor_.dtype), tensor_.shape, " takes ",
                    expected));
    check_crc(crc32c(bytes_.view()), tensor_.stored.crc);
    return tensor_.big_endian ? swapped() : bytes_;
  }

  Bytes strings() const {
    const std::int64_t count = elements(tensor_.shape);
    if (count > static_cast<std::int64_t>(bytes_.size()))
      refuse(concat("its ", bytes_.size(), " bytes cannot hold ", count, " strings"));
    const char* at = reinterpret_cast<const char*>(bytes_.data());
    const char* const end = at + bytes_.size();
    std::vector<std::uint64_t> lengths;
    std::uint32_t crc = 0;
    try {
      for (std::int64_t i = 0; i < count; ++i) {
        lengths.push_back(protozero::decode_varint(&at, end));
        crc = append_length(crc, lengths.back());
      }
    } catch (const protozero::exception&) {
      refuse(concat("the length of string ", lengths.size(), " of ", count, " does not end"));
    }
    if (end - at < kCrcBytes) refuse("it ends before the CRC of its lengths");
    const auto stored_crc = std::as_bytes(std::span(at, static_cast<std::size_t>(kCrcBytes)));
    check_crc(crc, number(stored_crc));
    return texts(lengths, {at + kCrcBytes, end}, crc32c(stored_crc, crc));
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    fail(ErrorKind::value, "'", path_, "' is damaged at byte ", tensor_.stored.offset, ", in '", tensor_.name,
         "': ", what, kRemedy);
  }

  Bytes within(const Bytes& shard) const {
    const auto [offset, size, crc] = tensor_.stored;
    const auto end = static_cast<std::int64_t>(shard.size());
    if (offset < 0 || size < 0 || offset > end || size > end - offset)
      fail(ErrorKind::value, "'", path_, "' has ", end, " bytes and is cut off: '", tensor_.name, "' should be ", size,
           " bytes from byte ", offset, " on", kRemedy);
    return shard.slice(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
  }

  void check_crc(std::uint32_t computed, std::uint32_t stated) const {
    if (masked(computed) != stated) refuse(concat("its CRC is ", masked(computed), " where the file says ", stated));
  }

  /// Lengths enter the CRC as the writer's machine holds them, in four bytes or, beyond 4 GiB, in eight.
  std::uint32_t append_length(std::uint32_t crc, std::uint64_t length) const {
    std::array<std::byte, 8> bytes = {};
    const std::size_t width = length > std::numeric_limits<std::uint32_t>::max() ? 8 : 4;
    for (std::size_t i = 0; i < width; ++i)
      bytes[tensor_.big_endian ? width - 1 - i : i] = static_cast<std::byte>((length >> (8 * i)) & 0xFF);
    return crc32c(std::span(bytes).first(width), crc);
  }

  std::uint32_t number(std::span<const std::byte> bytes) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= std::to_integer<std::uint32_t>(bytes[tensor_.big_endian ? bytes.size() - 1 - i : i]) << (8 * i);
    return value;
  }

  Bytes texts(const std::vector<std::uint64_t>& lengths, std::string_view rest, std::uint32_t crc) const {
    std::vector<std::string_view> strings;
    for (const std::uint64_t length : lengths) {
      if (length > rest.size())
        refuse(concat("string ", strings.size(), " has ", length, " bytes where ", rest.size(), " are left"));
      strings.push_back(rest.substr(0, static_cast<std::size_t>(length)));
      rest.remove_prefix(static_cast<std::size_t>(length));
      crc = crc32c(std::as_bytes(std::span(strings.back())), crc);
    }
    if (!rest.empty()) refuse(concat(rest.size(), " bytes follow its last string"));
    check_crc(crc, tensor_.stored.crc);
    return Bytes::take(string_buffer(strings));
  }

  Bytes swapped() const {
    const bool is_complex = tensor_.dtype == DType::complex64 || tensor_.dtype == DType::complex128;
    const auto width = static_cast<std::ptrdiff_t>(byte_width(tensor_.dtype) / (is_complex ? 2 : 1));
    std::vector<std::byte> bytes = bytes_.to_vector<std::byte>();
    for (auto at = bytes.begin(); at != bytes.end(); at += width) std::reverse(at, at + width);
    return Bytes::take(std::move(bytes));
  }

  const BundleTensor& tensor_;
  const std::string& path_;
  Bytes bytes_;
};

}  // namespace

Bytes read_bundle_tensor(const BundleTensor& tensor, const Bytes& shard, const std::string& path) {
  const StoredReader reader(tensor, shard, path);
  return tensor.dtype == DType::string ? reader.strings() : reader.numbers();
}

}  // namespace litesmith::formats
