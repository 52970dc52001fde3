#include "base/string_buffer.h"

#include <cstdint>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace litesmith {
namespace {

constexpr std::size_t kNumber = sizeof(std::int32_t);

std::size_t number_at(std::span<const std::byte> buffer, std::size_t i) {
  std::int32_t value = -1;
  if ((i + 1) * kNumber <= buffer.size()) std::memcpy(&value, buffer.data() + i * kNumber, kNumber);
  if (value < 0) fail(ErrorKind::value, "a string tensor of ", buffer.size(), " bytes has a damaged table of offsets");
  return static_cast<std::size_t>(value);
}

}  // namespace

std::vector<std::string_view> strings_in(std::span<const std::byte> buffer) {
  std::vector<std::string_view> strings;
  if (buffer.empty()) return strings;
  const std::size_t count = number_at(buffer, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = number_at(buffer, i + 1);
    const std::size_t end = number_at(buffer, i + 2);
    if (begin > end || end > buffer.size())
      fail(ErrorKind::value, "string ", i, " of a string tensor stands at bytes ", begin, " to ", end, " of ",
           buffer.size());
    strings.emplace_back(reinterpret_cast<const char*>(buffer.data()) + begin, end - begin);
  }
  return strings;
}

std::vector<std::byte> string_buffer(std::span<const std::string_view> strings) {
  std::size_t total = (strings.size() + 2) * kNumber;
  std::vector<std::int32_t> table{static_cast<std::int32_t>(strings.size())};
  for (std::size_t i = 0; i <= strings.size(); ++i) {
    if (total > std::numeric_limits<std::int32_t>::max())
      fail(ErrorKind::limit, "the strings of a tensor take more than 2 GiB");
    table.push_back(static_cast<std::int32_t>(total));
    if (i < strings.size()) total += strings[i].size();
  }
  std::vector<std::byte> buffer(total);
  std::memcpy(buffer.data(), table.data(), table.size() * kNumber);
  for (std::size_t i = 0; i < strings.size(); ++i)
    if (!strings[i].empty()) std::memcpy(buffer.data() + table[i + 1], strings[i].data(), strings[i].size());
  return buffer;
}

}  // namespace litesmith
