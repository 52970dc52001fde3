#pragma once

#include <cstdint>

#include "simd/cpu.h"

/// Quantization of float32 activations to int8 while a model runs, for operators whose weights are integers
/// (reference: operators.md §4.3). A row is whatever shares one scale: a row of a matrix, an image of a batch.
///
/// Use: limits() of the row, row_scale() once, quantize() of the row or of any part of it. All instruction sets give
/// equal bits.
namespace litesmith::kernels {

/// Smallest and largest value of a row, widened to contain 0; both NaN when the row contains one.
struct RowLimits {
  float low = 0;
  float high = 0;
};

/// real = scale * (q - zero_point) with q in [lowest, 127].
struct RowScale {
  float scale = 1;
  float inverse = 0;
  std::int32_t zero_point = 0;
  std::int32_t lowest = -127;
  bool operator==(const RowScale&) const = default;
};

enum class RowRange : std::uint8_t { symmetric, asymmetric };

/// symmetric: scale = max |x| / 127, zero point 0. asymmetric: scale = (high - low) / 255, the difference in float32
/// and the quotient in float64, zero point from the end with the smaller error by that quotient, rounded half away from
/// zero. A row of zeros has scale 1 and zero point 0; one with a
/// NaN has scale NaN, so that its results are NaN too.
RowScale row_scale(RowLimits limits, RowRange range) noexcept;

struct RowQuantizer {
  RowLimits (*limits)(const float* x, std::int64_t n) noexcept;
  /// q[i] = zero_point + (x[i] * inverse in float32, rounded half away from zero), clamped; NaN becomes the zero point.
  void (*quantize)(const float* x, std::int64_t n, RowScale scale, std::int8_t* q) noexcept;
};

/// The fastest loops up to `isa` that this CPU can run.
const RowQuantizer& row_quantizer(simd::Isa isa) noexcept;

/// limits(), row_scale() and quantize() of a whole row.
inline RowScale quantize_row(const RowQuantizer& quantizer, const float* x, std::int64_t n, RowRange range,
                             std::int8_t* q) noexcept {
  const RowScale scale = row_scale(quantizer.limits(x, n), range);
  quantizer.quantize(x, n, scale, q);
  return scale;
}

}  // namespace litesmith::kernels
