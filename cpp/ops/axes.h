#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ops/infer.h"

namespace litesmith::ops {

/// Most dimensions that a tensor may have.
inline constexpr int kMaxRank = 32;

/// `axis` of a tensor of `rank` dimensions, made non-negative; fails when outside of [-rank, rank).
int axis_within(const NodeView& view, std::int64_t axis, int rank, const TensorInfo& tensor);

/// The operand's shape; fails when its rank is above `most`.
const Shape& shape_up_to(const NodeView& view, int i, int most = kMaxRank);

/// A dimension computed from others; fails when it is negative or above 2^31 - 1.
std::int32_t dimension(const NodeView& view, std::int64_t size, int result = 0);

/// dimension() of a size that may be kUnknownDim.
std::int32_t dimension_or_unknown(const NodeView& view, std::int64_t size);

/// A shape given by the values of operand i; fails for negative or too large ones.
Shape shape_from_values(const NodeView& view, int i, const std::vector<std::int64_t>& values);

/// The shape that operand i will give when its values arrive: as many unknown dims as it has entries.
Shape shape_from_length(const NodeView& view, int i);

/// A shape of `rank` unknown dims.
Shape unknown_dims(const NodeView& view, std::int64_t rank);

/// Fails unless operand i is int32 or int64 and a vector (a scalar counts as one entry when `scalar` is set).
void require_index_vector(const NodeView& view, int i, bool scalar = false);

/// Fails when operand i is known to hold more or less than one value.
void require_one_value(const NodeView& view, int i);

/// The single value of operand i; nullopt when not known. Fails when it has not exactly one entry.
std::optional<std::int64_t> scalar_value(const NodeView& view, int i);

}  // namespace litesmith::ops
