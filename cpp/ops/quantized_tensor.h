#pragma once

#include <cstdint>

#include "kernels/requantize/multiplier.h"
#include "ops/infer.h"

namespace litesmith::ops {

/// Scale and zero point of a tensor that is quantized as a whole: real = scale * (integer - zero_point).
struct PerTensor {
  float scale;
  std::int32_t zero_point;
};

/// Fails unless the tensor has one positive scale and at most one zero point, which its type can hold.
PerTensor per_tensor_quantization(const NodeView& view, const TensorInfo& tensor);

/// multiplier_of() of a ratio of scales (signed: LEAKY_RELU's slope); fails when it is 2^31 or more, or not a number.
kernels::Multiplier multiplier_of_scales(const NodeView& view, double factor);

/// Whether the tensor has a scale.
bool is_quantized(const TensorInfo& tensor) noexcept;

/// Least and greatest integer of a type of 8 or 16 bits, or of int32.
struct IntegerLimits {
  std::int64_t lowest;
  std::int64_t highest;
};
IntegerLimits integer_limits(DType dtype) noexcept;

}  // namespace litesmith::ops
