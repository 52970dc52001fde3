#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/dtype.h"
#include "base/shape.h"

namespace litesmith::formats {

/// Where a tensor lies in a shard.
struct StoredBytes {
  std::int64_t offset = 0;
  std::int64_t size = 0;
  /// Masked.
  std::uint32_t crc = 0;
};

struct BundleTensor {
  const std::string& name;
  DType dtype;
  const Shape& shape;
  StoredBytes stored;
  bool big_endian;
};

/// The tensor's bytes out of a shard: a view, or a copy where bytes were swapped or strings unpacked. Throws
/// Error(value) naming `path`, tensor and offset where it does not lie in the shard, has another size than its shape or
/// a wrong CRC.
Bytes read_bundle_tensor(const BundleTensor& tensor, const Bytes& shard, const std::string& path);

}  // namespace litesmith::formats
