#pragma once

#include <cstdint>

#include "ops/activation/activation.h"
#include "ops/padding.h"

namespace litesmith::ops {

/// CONV_3D: input NDHWC, filter [D, H, W, I, O], optional bias [O]. CONV_3D_TRANSPOSE: output_shape [N, D, H, W, O],
/// filter [D, H, W, O, I], input, optional bias.
struct Conv3dAttrs {
  Padding padding = Padding::same;
  std::int32_t stride_d = 1;
  std::int32_t stride_h = 1;
  std::int32_t stride_w = 1;
  std::int32_t dilation_d = 1;
  std::int32_t dilation_h = 1;
  std::int32_t dilation_w = 1;
  Activation activation = Activation::none;
  bool operator==(const Conv3dAttrs&) const = default;
};

}  // namespace litesmith::ops
