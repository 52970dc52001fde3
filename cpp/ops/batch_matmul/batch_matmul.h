#pragma once

namespace litesmith::ops {

/// BATCH_MATMUL: x [..., M, K] by y [..., K, N] with broadcasting of the dimensions before; adj_x and adj_y say that
/// the last two dimensions of an operand are swapped.
struct BatchMatmulAttrs {
  bool adj_x = false;
  bool adj_y = false;
  bool asymmetric_quantize_inputs = false;
  bool operator==(const BatchMatmulAttrs&) const = default;
};

}  // namespace litesmith::ops
