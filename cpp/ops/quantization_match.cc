#include "ops/quantization_match.h"

#include <cmath>

#include "ops/quantized_tensor.h"

namespace litesmith::ops {
namespace {

std::string parameters(const TensorInfo& tensor) {
  return concat("scale ", tensor.quantization->scales.front(), " and zero point ", zero_point_of(tensor));
}

}  // namespace

std::int64_t zero_point_of(const TensorInfo& tensor) noexcept {
  return is_quantized(tensor) && !tensor.quantization->zero_points.empty() ? tensor.quantization->zero_points.front()
                                                                           : 0;
}

bool same_quantization(const TensorInfo& a, const TensorInfo& b) noexcept {
  return a.quantization->scales == b.quantization->scales && zero_point_of(a) == zero_point_of(b);
}

void require_same_quantization(const NodeView& view, const TensorInfo& a, const TensorInfo& b) {
  if (!is_quantized(a) || !is_quantized(b)) return;
  if (same_quantization(a, b)) return;
  view.fail("'", a.name, "' has ", parameters(a), " but '", b.name, "' has ", parameters(b),
            "; it moves integers as they are, so requantize one of them (QUANTIZE) first");
}

void require_quantization(const NodeView& view, const TensorInfo& tensor, double scale, std::int64_t zero_point) {
  const PerTensor given = per_tensor_quantization(view, tensor);
  if (std::abs(static_cast<double>(given.scale) - scale) <= 1e-3 * scale && given.zero_point == zero_point) return;
  view.fail("'", tensor.name, "' has ", parameters(tensor), " but ", name(tensor.dtype), " results have scale ", scale,
            " and zero point ", zero_point, "; requantize behind the operator instead");
}

}  // namespace litesmith::ops
