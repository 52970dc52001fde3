#pragma once

#include <vector>

namespace litesmith::ops {

/// BUCKETIZE: ascending boundaries; a value that equals one belongs to the bucket above it.
struct BucketizeAttrs {
  std::vector<float> boundaries;
  bool operator==(const BucketizeAttrs&) const = default;
};

}  // namespace litesmith::ops
