#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"

namespace litesmith::tflite {

/// The buffers of a file in order. Buffer 0 is the one without data.
class ConstantPool {
 public:
  ConstantPool() : buffers_(1) {}

  /// The number of the buffer with this content; equal contents share one.
  std::uint32_t add(const Bytes& bytes);
  /// A buffer of its own, for metadata that other programs may change in place.
  std::uint32_t add_private(const Bytes& bytes);

  const std::vector<Bytes>& buffers() const noexcept { return buffers_; }
  /// Bytes of all contents with the padding between them.
  std::uint64_t total_bytes() const noexcept { return total_bytes_; }

 private:
  std::vector<Bytes> buffers_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;
  std::uint64_t total_bytes_ = 0;
};

}  // namespace litesmith::tflite
