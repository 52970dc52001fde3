#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace litesmith {

/// Alignment of every buffer that kernels see.
inline constexpr std::size_t kAlignment = 64;

/// `size` rounded up to the alignment; sizes stay below 2^62.
constexpr std::size_t align_up(std::size_t size) noexcept { return (size + kAlignment - 1) / kAlignment * kAlignment; }

/// `size` zeroed bytes, 64-byte aligned, with shared ownership; never null. Pages are touched at their first use only.
/// Throws std::bad_alloc.
inline std::shared_ptr<std::byte[]> aligned_buffer(std::size_t size) {
  const std::shared_ptr<void> block(std::calloc(size + kAlignment, 1), [](void* p) { std::free(p); });
  if (block == nullptr) throw std::bad_alloc();
  const auto address = reinterpret_cast<std::uintptr_t>(block.get());
  return {block, reinterpret_cast<std::byte*>(align_up(address))};
}

}  // namespace litesmith
