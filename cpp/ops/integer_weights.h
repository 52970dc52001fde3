#pragma once

#include <cstdint>
#include <vector>

#include "kernels/requantize/multiplier.h"
#include "ops/step.h"

/// Integer weights and their scales, one for the whole tensor or one per output channel along `axis`.
namespace litesmith::ops {

/// The weights' scale of each of `channels` output channels. Fails when there is none, when the count or the axis does
/// not fit, when one is not positive, or when a signed type has a zero point other than 0.
std::vector<float> weight_scales(const NodeView& view, const TensorInfo& weights, std::int64_t channels, int axis);

/// Multipliers of sums of x * weights for a result y, padded with zeros to a multiple of kernels::kScaleBlock:
/// s_x * s_w[c] / s_y in float64, the product in float32 for uint8 (reference: arithmetic.md §1).
std::vector<kernels::Multiplier> product_multipliers(const NodeView& view, const TensorInfo& x,
                                                     const TensorInfo& weights, const TensorInfo& y,
                                                     std::int64_t channels, int axis);

/// Fails when a multiplier is too large for sums of 64 bits.
void require_wide_multipliers(const NodeView& view, const std::vector<kernels::Multiplier>& multipliers);

/// Fails unless both zero points are 0, as those of int16 operands are.
void require_symmetric(const NodeView& view, const TensorInfo& x, const TensorInfo& y);

/// Whether sums of int16 x int8 products are kept in 64 bits: unless the bias is int32, or there is none and
/// `bias_type` (quantized_bias_type, float32 = not set) says int32.
bool has_wide_sums(const NodeView& view, int bias, DType bias_type = DType::float32);

}  // namespace litesmith::ops
