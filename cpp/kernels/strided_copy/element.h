#pragma once

#include <cstddef>
#include <cstring>

namespace litesmith::kernels {

/// `width` bytes at an address of any alignment, moved at once.
template <std::size_t width>
struct Element {
  std::byte bytes[width];
};
template <std::size_t width>
Element<width> load(const std::byte* from) noexcept {
  Element<width> element;
  std::memcpy(&element, from, width);
  return element;
}
template <std::size_t width>
void store(std::byte* to, const Element<width>& element) noexcept {
  std::memcpy(to, &element, width);
}

}  // namespace litesmith::kernels
