#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernels/gemm/gemm.h"
#include "ops/activation/activation.h"
#include "ops/step.h"

namespace litesmith::ops::conv_3d {

/// One spatial axis: tap k of output o reads input source[o * kernel + k]; -1 = nothing (a zero).
struct Axis {
  std::int64_t input;
  std::int64_t output;
  std::int64_t kernel;
  std::vector<std::int32_t> source;
};

/// Convolution: input o * stride + k * dilation - pad.
Axis forward_axis(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride,
                  std::int64_t dilation, std::int64_t pad);
/// Its transpose: the i with i * stride + k * dilation - pad = o.
Axis transposed_axis(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride,
                     std::int64_t dilation, std::int64_t pad);

struct FloatConv3d {
  int input = 0;
  int weights = 1;
  int bias = 2;
  std::int64_t batch;
  std::int64_t in_c;
  std::int64_t out_c;
  std::array<Axis, 3> axes;  // depth, height, width
  kernels::WeightView view;  // k = (depth, height, width, input channel)
  Clamp clamp;
};

/// Result 0 by rows of gathered inputs times the weights: sums and bits as in kernels/gemm.
Step float_step(const PrepareContext& context, simd::Isa isa, FloatConv3d conv, std::string_view family);

}  // namespace litesmith::ops::conv_3d
