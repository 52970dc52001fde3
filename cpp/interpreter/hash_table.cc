#include "interpreter/hash_table.h"

#include <cstring>

#include "base/error.h"
#include "base/string_buffer.h"

namespace litesmith::interpreter {
namespace {

/// What an entry takes besides the bytes of its string: the number, the string's place, the entry of the index.
constexpr std::size_t kBytesPerEntry = 96;

template <class Index>
std::int64_t position(const Index& index, const typename Index::key_type& key) {
  const auto found = index.find(key);
  return found == index.end() ? -1 : found->second;
}

}  // namespace

std::int64_t HashTable::size() const {
  return static_cast<std::int64_t>(key_type_ == DType::string ? by_string_.size() : by_integer_.size());
}

void HashTable::fill(const ops::TensorValue& keys, const ops::TensorValue& values) {
  if (is_filled_) return;
  const bool by_string = key_type_ == DType::string;
  const std::span<const std::byte> text = by_string ? keys.bytes : values.bytes;
  const std::span<const std::byte> numbers = by_string ? values.bytes : keys.bytes;
  const std::size_t count = numbers.size() / sizeof(std::int64_t);
  auto memory = budget_.allocate(text.size(), "the strings of a table");
  auto counted = budget_.reserve(count * kBytesPerEntry, "the index of a table");
  if (!text.empty()) std::memcpy(memory.get(), text.data(), text.size());
  std::vector<std::string_view> strings = strings_in({memory.get(), text.size()});
  if (strings.size() != count)
    fail(ErrorKind::value, "a table has ", by_string ? strings.size() : count, " keys but ",
         by_string ? count : strings.size(), " values");
  memory_ = std::move(memory);
  counted_ = std::move(counted);
  strings_ = std::move(strings);
  integers_.resize(count);
  if (count > 0) std::memcpy(integers_.data(), numbers.data(), numbers.size());
  for (std::size_t i = 0; i < count; ++i)
    if (by_string)
      by_string_.emplace(strings_[i], static_cast<std::int64_t>(i));
    else
      by_integer_.emplace(integers_[i], static_cast<std::int64_t>(i));
  is_filled_ = true;
}

std::int64_t HashTable::find(std::string_view key) const { return position(by_string_, key); }
std::int64_t HashTable::find(std::int64_t key) const { return position(by_integer_, key); }

}  // namespace litesmith::interpreter
