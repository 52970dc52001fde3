#pragma once

#include "ops/infer.h"

namespace litesmith::ops {

/// Whether two quantized tensors have the same scales and zero point.
bool same_quantization(const TensorInfo& a, const TensorInfo& b) noexcept;

/// Fails when both tensors are quantized and their parameters differ: for operators that move raw integers.
void require_same_quantization(const NodeView& view, const TensorInfo& a, const TensorInfo& b);

/// Fails unless the tensor has one scale, within a thousandth of `scale`, and this zero point: for results whose
/// parameters the operator fixes.
void require_quantization(const NodeView& view, const TensorInfo& tensor, double scale, std::int64_t zero_point);

/// The zero point of a per-tensor quantized tensor; 0 when it is not quantized.
std::int64_t zero_point_of(const TensorInfo& tensor) noexcept;

}  // namespace litesmith::ops
