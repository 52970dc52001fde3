#pragma once

#include <cstdint>

#include "kernels/gemm/gemm.h"
#include "ops/padding.h"
#include "ops/step.h"

/// Windows over operand 0, an image [N, H, W, C].
namespace litesmith::ops {

/// The window of a filter [., H, W, .] of known or unknown rank under attributes with strides and dilations.
template <class Attrs>
Window2d filter_window(const Attrs& a, const Shape& filter) {
  const auto size = [&](int axis) { return filter.has_rank() ? std::int64_t{filter[axis]} : kUnknownDim; };
  return {a.padding, size(1), size(2), a.stride_h, a.stride_w, a.dilation_h, a.dilation_w};
}

/// The result's shape [N, H, W, channels]. Fails as fit_window() does.
Shape windowed_shape(const NodeView& view, const Window2d& window, std::int32_t channels);

/// What the kernels know of a convolution; a sum takes `in_c` channels of each pixel.
kernels::Conv2dShape conv2d_shape(const PrepareContext& context, const Window2d& window, std::int64_t in_c);

}  // namespace litesmith::ops
