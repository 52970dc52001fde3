#pragma once

#include <vector>

#include "base/bytes.h"
#include "quantization/form.h"
#include "quantization/ranges.h"

/// Numbers of constants (reference: operators.md §4.1, oracle.md §3).
namespace litesmith::quantization {

/// Every axis has one scale.
inline constexpr int kPerTensor = -1;

/// Greatest |w| per index of `axis`, or of all for kPerTensor. Throws Error(value) naming the tensor when it is not a
/// float32 constant of a static shape or holds a value that is not finite.
std::vector<float> greatest_magnitudes(const ir::Tensor& weights, int axis);

/// Least and greatest value of a float32 constant; {0, 0} when it has no elements. Throws as above.
Range value_range(const ir::Tensor& constant);

/// Symmetric int8, -127..127: scale = f32(max|w| / 127); all-zero channels get the scale of +-5e-7.
Form symmetric_int8(const ir::Tensor& weights, int axis);

/// The values of a float32 constant as the form's integers: round(w * f32(1 / scale)), halves away from zero, plus the
/// zero point, clamped to the type (int16 to -32767..32767). Throws as above, and Error(value) when the scales do not
/// fit the shape.
Bytes quantized_values(const ir::Tensor& constant, const Form& form);

/// The values that dynamic range stores with the scales of symmetric_int8: round(w / (max|w| / 127)) in float64, with
/// the scale before it is rounded to float32 (TensorFlow's two engines differ on halves).
Bytes dynamic_range_values(const ir::Tensor& weights, int axis);

}  // namespace litesmith::quantization
