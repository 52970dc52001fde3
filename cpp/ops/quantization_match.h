#pragma once

#include "ops/infer.h"

namespace litesmith::ops {

/// Fails when both tensors are quantized and their parameters differ: for operators that move raw integers.
void require_same_quantization(const NodeView& view, const TensorInfo& a, const TensorInfo& b);

/// The zero point of a per-tensor quantized tensor; 0 when it is not quantized.
std::int64_t zero_point_of(const TensorInfo& tensor) noexcept;

}  // namespace litesmith::ops
