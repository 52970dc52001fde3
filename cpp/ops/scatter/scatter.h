#pragma once

namespace litesmith::ops {

/// SPARSE_TO_DENSE. Indices are always checked against the shape, whatever the file says.
struct SparseToDenseAttrs {
  bool validate_indices = false;
  bool operator==(const SparseToDenseAttrs&) const = default;
};

}  // namespace litesmith::ops
