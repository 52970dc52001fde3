#include "ops/integer_clamp.h"

#include <algorithm>
#include <cmath>

namespace litesmith::ops {

IntegerClamp fused_integer_clamp(const NodeView& view, Activation activation, const TensorInfo& output) {
  const std::int64_t span = std::int64_t{1} << bit_width(output.dtype);
  const bool is_signed = output.dtype != DType::uint8;
  const std::int64_t lowest = is_signed ? -span / 2 : 0;
  const std::int64_t highest = lowest + span - 1;
  const Clamp clamp = fused_clamp(view, activation);
  if (activation == Activation::none) return {static_cast<std::int32_t>(lowest), static_cast<std::int32_t>(highest)};
  if (output.quantization == nullptr || output.quantization->scales.empty())
    view.fail("fuses ", name(activation), " but its ", name(output.dtype), " result '", output.name,
              "' has no scale; quantize it");
  const ir::Quantization& q = *output.quantization;
  const std::int64_t zero_point = q.zero_points.empty() ? 0 : q.zero_points.front();
  const auto bound = [&](float value) {
    const double steps = static_cast<double>(std::round(value / q.scales.front()));
    const double level =
        std::clamp(static_cast<double>(zero_point) + steps, static_cast<double>(lowest), static_cast<double>(highest));
    return static_cast<std::int32_t>(level);
  };
  return {bound(clamp.low), bound(clamp.high)};
}

}  // namespace litesmith::ops
