#include "ops/product_scales.h"

#include <algorithm>
#include <cmath>

#include "ops/quantized_tensor.h"

namespace litesmith::ops {

AffineWeights affine_weights(const NodeView& view, const TensorInfo& weights, int axis) {
  if (!is_quantized(weights))
    view.fail("'", weights.name, "' is ", name(weights.dtype), " but has no scale; quantize it");
  const ir::Quantization& q = *weights.quantization;
  if (q.scales.size() == 1) return {q.scales, per_tensor_quantization(view, weights).zero_point};
  const auto channels = static_cast<std::int64_t>(q.scales.size());
  if (q.dimension != axis || weights.shape[axis] != channels)
    view.fail("'", weights.name, "' of shape ", weights.shape, " has ", channels, " scales along dimension ",
              q.dimension, "; it needs one, or ", weights.shape[axis], " along dimension ", axis);
  for (const float scale : q.scales)
    if (!std::isfinite(scale) || scale < 0)
      view.fail("'", weights.name, "' has the scale ", scale, "; a scale is a positive number");
  if (std::any_of(q.zero_points.begin(), q.zero_points.end(), [](std::int64_t point) { return point != 0; }))
    view.fail("'", weights.name, "' has one scale per channel and zero points other than 0; quantize it symmetrically");
  return {q.scales, 0};
}

std::vector<double> product_factors(float x, const AffineWeights& w, float y, ScaleProduct product) {
  std::vector<double> factors;
  for (const float scale : w.scales) {
    const double both =
        product == ScaleProduct::exact ? static_cast<double>(x) * scale : static_cast<double>(x * scale);
    factors.push_back(both / static_cast<double>(y));
  }
  return factors;
}

}  // namespace litesmith::ops
