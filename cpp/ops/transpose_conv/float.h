#pragma once

#include <cstdint>

#include "ops/activation/activation.h"
#include "ops/step.h"

namespace litesmith::ops::transpose_conv {

/// One spatial axis: output o collects input i by tap o + pad - i * stride.
struct Axis {
  std::int64_t input;
  std::int64_t output;
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t pad;
};

struct TransposedConv {
  std::int64_t batch;
  std::int64_t in_c;
  std::int64_t out_c;
  Axis h;
  Axis w;
  Clamp clamp;
};

/// Result 0 = input operand 2 by filter operand 1 and bias operand 3, split by output position modulo stride into
/// ordinary convolutions of stride 1: sums and bits as in kernels/gemm, the taps in descending order.
Step float_step(const PrepareContext& context, simd::Isa isa, const TransposedConv& shape);

}  // namespace litesmith::ops::transpose_conv
