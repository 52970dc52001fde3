#include "kernels/hybrid/loops.h"

namespace litesmith::kernels {
namespace {

RowLimits limits(const float* x, std::int64_t n) noexcept {
  RowLimits result;
  bool has_nan = false;
  for (std::int64_t i = 0; i < n; ++i) {
    result = with_value(result, x[i]);
    has_nan = has_nan || x[i] != x[i];
  }
  return unless_nan(has_nan, result);
}

void quantize(const float* x, std::int64_t n, RowScale scale, std::int8_t* q) noexcept {
  for (std::int64_t i = 0; i < n; ++i) q[i] = quantized(x[i], scale);
}

}  // namespace

const RowQuantizer kRowQuantizerScalar = {limits, quantize};

}  // namespace litesmith::kernels
