#include "tflite/constant_pool.h"

#include <functional>
#include <string_view>

namespace litesmith::tflite {

std::uint32_t ConstantPool::add_private(const Bytes& bytes) {
  constexpr std::uint64_t kLargestPadding = 16;
  buffers_.push_back(bytes);
  total_bytes_ += bytes.size() + kLargestPadding;
  return static_cast<std::uint32_t>(buffers_.size() - 1);
}

std::uint32_t ConstantPool::add(const Bytes& bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::uint64_t hash = std::hash<std::string_view>()(text);
  const auto [begin, end] = by_hash_.equal_range(hash);
  for (auto known = begin; known != end; ++known)
    if (buffers_[known->second] == bytes) return known->second;
  const std::uint32_t index = add_private(bytes);
  by_hash_.emplace(hash, index);
  return index;
}

}  // namespace litesmith::tflite
