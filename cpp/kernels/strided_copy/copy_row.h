#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace litesmith::kernels {

/// memcpy whose usual short lengths are single moves.
inline void copy_row(std::byte* to, const std::byte* from, std::int64_t bytes) noexcept {
  switch (bytes) {
    case 0: return;
    case 1: *to = *from; return;
    case 2: std::memcpy(to, from, 2); return;
    case 4: std::memcpy(to, from, 4); return;
    case 8: std::memcpy(to, from, 8); return;
    case 16: std::memcpy(to, from, 16); return;
    default: std::memcpy(to, from, static_cast<std::size_t>(bytes));
  }
}

/// Entry i of integers at an address of any alignment.
template <class T>
std::int64_t integer_at(const std::byte* values, std::int64_t i) noexcept {
  T value;
  std::memcpy(&value, values + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return static_cast<std::int64_t>(value);
}

}  // namespace litesmith::kernels
