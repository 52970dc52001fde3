#include "ops/quantization_match.h"

namespace litesmith::ops {
namespace {

bool is_quantized(const TensorInfo& tensor) {
  return tensor.quantization != nullptr && !tensor.quantization->scales.empty();
}

std::string parameters(const TensorInfo& tensor) {
  return concat("scale ", tensor.quantization->scales.front(), " and zero point ", zero_point_of(tensor));
}

}  // namespace

std::int64_t zero_point_of(const TensorInfo& tensor) noexcept {
  return is_quantized(tensor) && !tensor.quantization->zero_points.empty() ? tensor.quantization->zero_points.front()
                                                                           : 0;
}

void require_same_quantization(const NodeView& view, const TensorInfo& a, const TensorInfo& b) {
  if (!is_quantized(a) || !is_quantized(b)) return;
  if (a.quantization->scales == b.quantization->scales && zero_point_of(a) == zero_point_of(b)) return;
  view.fail("'", a.name, "' has ", parameters(a), " but '", b.name, "' has ", parameters(b),
            "; it moves integers as they are, so requantize one of them (QUANTIZE) first");
}

}  // namespace litesmith::ops
