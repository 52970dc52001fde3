#pragma once

#include <cstdint>

/// ADD, SUB, MUL and DIV of float32 with a fused activation.
namespace litesmith::ops::elementwise_binary {

/// y[i] = f(a[i], b[i]) inside [low, high], NaN as it is. An operand whose step is 0 stands still. `length` is at
/// least 1; y may be a or b.
struct FloatRun {
  const float* a;
  const float* b;
  float* y;
  std::int64_t length;
  std::int64_t a_step, b_step;
  float low, high;
};
using FloatFunction = void (*)(const FloatRun& run) noexcept;

struct FloatFunctions {
  FloatFunction add, sub, mul, div;
};

namespace avx2 {
extern const FloatFunctions float_functions;
}
namespace avx512 {
extern const FloatFunctions float_functions;
}

}  // namespace litesmith::ops::elementwise_binary
