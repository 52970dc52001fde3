#pragma once

#include "kernels/hybrid/row_quantizer.h"

namespace litesmith::kernels {

// One pair of loops per instruction set, defined in the file of that name.
extern const RowQuantizer kRowQuantizerScalar, kRowQuantizerAvx2, kRowQuantizerAvx512;

namespace {

inline RowLimits join(RowLimits a, RowLimits b) noexcept {
  return {b.low < a.low ? b.low : a.low, b.high > a.high ? b.high : a.high};
}

/// One step of limits(). NaN is left out.
inline RowLimits with_value(RowLimits limits, float x) noexcept { return join(limits, {x, x}); }

inline RowLimits unless_nan(bool has_nan, RowLimits limits) noexcept {
  return has_nan ? RowLimits{__builtin_nanf(""), __builtin_nanf("")} : limits;
}

/// Bounds of x * inverse, so that the level stays inside the type.
inline float lowest_step(const RowScale& scale) noexcept { return static_cast<float>(scale.lowest - scale.zero_point); }
inline float highest_step(const RowScale& scale) noexcept { return static_cast<float>(127 - scale.zero_point); }

/// The largest float below 0.5: added before truncation it rounds half away from zero.
inline constexpr float kHalf = 0.49999997F;

/// One value of quantize().
inline std::int8_t quantized(float x, const RowScale& scale) noexcept {
  const float product = x * scale.inverse;
  const float steps = product == product ? product : 0.0F;
  const float low = lowest_step(scale);
  const float high = highest_step(scale);
  const float inside = steps < low ? low : (steps > high ? high : steps);
  return static_cast<std::int8_t>(static_cast<std::int32_t>(inside + (inside < 0 ? -kHalf : kHalf)) + scale.zero_point);
}

}  // namespace
}  // namespace litesmith::kernels
