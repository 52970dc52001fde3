#pragma once

#include <cstdint>

#include "base/dtype.h"
#include "ops/activation/activation.h"
#include "ops/padding.h"

namespace litesmith::ops {

/// TRANSPOSE_CONV: output_shape [N, H, W, O] (int32), filter [O, H, W, I], input NHWC, optional bias [O]. The gradient
/// of a CONV_2D with these attributes by its input.
struct TransposeConvAttrs {
  Padding padding = Padding::same;
  std::int32_t stride_h = 1;
  std::int32_t stride_w = 1;
  Activation activation = Activation::none;
  /// int32 or int64 for 16x8; float32 = not set.
  DType quantized_bias_type = DType::float32;
  bool operator==(const TransposeConvAttrs&) const = default;
};

}  // namespace litesmith::ops
