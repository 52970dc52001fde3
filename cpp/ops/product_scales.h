#pragma once

#include <cstdint>
#include <vector>

#include "ops/infer.h"

/// Scales of products of two quantized operands.
namespace litesmith::ops {

/// Scales of weights, one or one for each index along an axis, and their zero point.
struct AffineWeights {
  std::vector<float> scales;
  std::int32_t zero_point = 0;  ///< 0 when there is more than one scale
};

/// Unlike weight_scales() this takes zero points of signed weights. Fails unless the scales are one or as many as the
/// tensor has indices along `axis`, and their zero points 0 when there are several.
AffineWeights affine_weights(const NodeView& view, const TensorInfo& weights, int axis);

/// How the scale of a product is rounded before it is divided by the result's: not at all, or to float32.
enum class ScaleProduct : std::uint8_t { exact, float32 };

/// scale of x * scale of w / scale of y for each scale of w.
std::vector<double> product_factors(float x, const AffineWeights& w, float y, ScaleProduct product);

}  // namespace litesmith::ops
