#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/shape.h"
#include "formats/protobuf/wire.h"

namespace litesmith::formats {

/// A box of a tensor: [start, start + length) of every dimension, -1 = the whole dimension.
struct TensorSlice {
  struct Extent {
    std::int64_t start = 0;
    std::int64_t length = -1;
    bool operator==(const Extent&) const = default;
  };
  std::vector<Extent> extents;
  bool operator==(const TensorSlice&) const = default;
};

/// A TensorSliceProto.
TensorSlice read_tensor_slice(Message message);

/// "d0 d1 start,length:-" as RestoreV2 has it: the whole tensor's shape and the slice. Throws Error(value).
struct ShapeAndSlice {
  Shape shape;
  TensorSlice slice;
};
ShapeAndSlice parse_shape_and_slice(std::string_view text);

/// The key under which a table holds this slice of the tensor `name` (importers.md §1.3: ordered code).
std::string slice_key(std::string_view name, const TensorSlice& slice);

/// Whole dimensions replaced by their lengths. Throws Error(value) where the slice leaves the shape or has another
/// rank.
TensorSlice resolved(const TensorSlice& slice, const Shape& whole, std::string_view name);
Shape shape_of(const TensorSlice& resolved_slice);

/// The slice out of a whole tensor's bytes.
Bytes cut_out(const Bytes& whole, const Shape& shape, const TensorSlice& resolved_slice, std::size_t element_bytes);

/// A whole tensor of its slices, one for one. Throws Error(value) where they leave gaps or overlap or a part has a
/// wrong size, Error(limit) for more than kMostSlices.
inline constexpr std::size_t kMostSlices = 10'000;
Bytes assemble(const std::vector<TensorSlice>& resolved_slices, const std::vector<Bytes>& parts, const Shape& shape,
               std::size_t element_bytes, std::string_view name);

}  // namespace litesmith::formats
