#include "ops/quantized_tensor.h"

#include <cmath>

namespace litesmith::ops {

bool is_quantized(const TensorInfo& tensor) noexcept {
  return tensor.quantization != nullptr && !tensor.quantization->scales.empty();
}

IntegerLimits integer_limits(DType dtype) noexcept {
  const std::int64_t span = std::int64_t{1} << bit_width(dtype);
  const bool is_unsigned = dtype == DType::uint8 || dtype == DType::uint16 || dtype == DType::uint4;
  const std::int64_t lowest = is_unsigned ? 0 : -span / 2;
  return {lowest, lowest + span - 1};
}

PerTensor per_tensor_quantization(const NodeView& view, const TensorInfo& tensor) {
  if (!is_quantized(tensor)) view.fail("'", tensor.name, "' is ", name(tensor.dtype), " but has no scale; quantize it");
  const ir::Quantization& q = *tensor.quantization;
  if (q.scales.size() > 1)
    view.fail("'", tensor.name, "' has ", q.scales.size(), " scales; this operator takes one for the whole tensor");
  if (!std::isfinite(q.scales.front()) || q.scales.front() <= 0)
    view.fail("'", tensor.name, "' has the scale ", q.scales.front(), "; a scale is a positive number");
  const std::int64_t zero_point = q.zero_points.empty() ? 0 : q.zero_points.front();
  const IntegerLimits limits = integer_limits(tensor.dtype);
  if (zero_point < limits.lowest || zero_point > limits.highest)
    view.fail("'", tensor.name, "' has the zero point ", zero_point, ", which ", name(tensor.dtype), " (",
              limits.lowest, " to ", limits.highest, ") cannot hold");
  return {q.scales.front(), static_cast<std::int32_t>(zero_point)};
}

kernels::Multiplier multiplier_of_scales(const NodeView& view, double factor) {
  if (!(std::abs(factor) < 0x1p30))
    view.fail("the ratio of its scales is ", factor, "; kernels multiply by less than 2^30, so check the scales");
  return kernels::multiplier_of(factor);
}

}  // namespace litesmith::ops
