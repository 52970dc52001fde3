#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/strided_copy/strided_copy.h"
#include "ops/step.h"

namespace litesmith::ops {

/// A strided copy from one operand to one result; offsets in bytes.
struct CopyPiece {
  int input = 0;
  int output = 0;
  std::int64_t from_offset = 0;
  std::int64_t to_offset = 0;
  kernels::StridedCopy copy;
};

/// A step that only moves elements. Pieces must not write the same bytes; tiles of all of them may run at once.
Step make_copy_step(std::vector<CopyPiece> pieces, std::string kernel_name);

/// Bytes of one element; fails with the list of widths for packed types (int4, int2) and for strings.
std::int64_t element_bytes(const PrepareContext& context, const TensorInfo& tensor);

/// Byte distance between neighbours along each axis of a dense tensor. The shape must be static; throws Error(limit)
/// when the tensor exceeds 2^62 bytes.
std::vector<std::int64_t> dense_strides(const Shape& shape, std::int64_t element_bytes);

}  // namespace litesmith::ops
