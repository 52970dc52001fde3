#include "ops/integer_weights.h"

#include <algorithm>
#include <cmath>

#include "kernels/requantize/requantize.h"
#include "ops/quantized_tensor.h"

namespace litesmith::ops {

std::vector<float> weight_scales(const NodeView& view, const TensorInfo& weights, std::int64_t channels, int axis) {
  if (!is_quantized(weights))
    view.fail("the weights '", weights.name, "' are ", name(weights.dtype), " but have no scale; quantize them");
  const ir::Quantization& q = *weights.quantization;
  const bool is_symmetric = weights.dtype != DType::uint8;
  const auto count = static_cast<std::int64_t>(q.scales.size());
  if (count != 1 && (count != channels || q.dimension != axis || !is_symmetric))
    view.fail("the weights '", weights.name, "' (", name(weights.dtype), ", ", weights.shape, ") have ", count,
              " scales along dimension ", q.dimension, "; possible are one for all",
              is_symmetric ? concat(", or ", channels, " along dimension ", axis) : "");
  for (const float scale : q.scales)
    if (!std::isfinite(scale) || scale < 0)
      view.fail("the weights '", weights.name, "' have the scale ", scale, "; a scale is a positive number");
  const auto not_zero = std::find_if(q.zero_points.begin(), q.zero_points.end(), [](auto z) { return z != 0; });
  if (is_symmetric && not_zero != q.zero_points.end())
    view.fail("the weights '", weights.name, "' (", name(weights.dtype), ") have the zero point ", *not_zero,
              "; signed weights have zero point 0");
  return count == 1 ? std::vector<float>(static_cast<std::size_t>(channels), q.scales.front()) : q.scales;
}

std::vector<kernels::Multiplier> product_multipliers(const NodeView& view, const TensorInfo& x,
                                                     const TensorInfo& weights, const TensorInfo& y,
                                                     std::int64_t channels, int axis) {
  const float s_x = per_tensor_quantization(view, x).scale;
  const double s_y = static_cast<double>(per_tensor_quantization(view, y).scale);
  std::vector<kernels::Multiplier> multipliers;
  for (const float s_w : weight_scales(view, weights, channels, axis)) {
    const double product =
        x.dtype == DType::uint8 ? static_cast<double>(s_x * s_w) : static_cast<double>(s_x) * static_cast<double>(s_w);
    multipliers.push_back(multiplier_of_scales(view, product / s_y));
  }
  const std::int64_t padded = (channels + kernels::kScaleBlock - 1) / kernels::kScaleBlock * kernels::kScaleBlock;
  multipliers.resize(static_cast<std::size_t>(padded));
  return multipliers;
}

void require_wide_multipliers(const NodeView& view, const std::vector<kernels::Multiplier>& multipliers) {
  for (const kernels::Multiplier& m : multipliers)
    if (m.exponent > kernels::kHighestWideExponent)
      view.fail("the ratio of its scales is ", std::ldexp(m.q, m.exponent - 31),
                "; kernels multiply sums of 64 bits by ", "less than ", 1 << kernels::kHighestWideExponent,
                ", so check the scales");
}

void require_symmetric(const NodeView& view, const TensorInfo& x, const TensorInfo& y) {
  for (const TensorInfo* tensor : {&x, &y}) {
    const std::int32_t zero_point = per_tensor_quantization(view, *tensor).zero_point;
    if (zero_point != 0)
      view.fail("its ", name(tensor->dtype), " operand '", tensor->name, "' has the zero point ", zero_point,
                "; it must be 0");
  }
}

bool has_wide_sums(const NodeView& view, int bias, DType bias_type) {
  return view.has_input(bias) ? view.input(bias).dtype == DType::int64 : bias_type != DType::int32;
}

}  // namespace litesmith::ops
