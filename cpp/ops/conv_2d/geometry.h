#pragma once

#include <cstdint>

#include "kernels/gemm/gemm.h"
#include "ops/step.h"

namespace litesmith::ops::conv_2d {

/// Groups; fails unless the filter's channels divide the input's and groups divide the output channels.
std::int64_t groups(const NodeView& view);

/// The convolution that the kernels run.
struct Geometry {
  kernels::Conv2dShape shape;
  kernels::ImageStrides x;
  std::int64_t groups = 1;
  std::int64_t n = 1;  ///< output channels of one group

  std::int64_t channels() const noexcept { return groups * n; }
  std::int64_t terms() const noexcept { return shape.kernel_h * shape.kernel_w * shape.in_c; }
  bool is_empty() const noexcept { return shape.batch == 0 || shape.out_h == 0 || shape.out_w == 0; }
  double work() const noexcept {
    return static_cast<double>(shape.batch * shape.out_h * shape.out_w) * static_cast<double>(channels() * terms());
  }
};
Geometry geometry(const PrepareContext& context);

}  // namespace litesmith::ops::conv_2d
