#pragma once

#include <cstdint>

namespace litesmith::ops {

/// BATCH_NORMALIZATION, source only: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta along `axis`.
/// Operands: x, gamma?, beta?, mean, variance; the last four are vectors as long as that axis.
struct BatchNormalizationAttrs {
  float epsilon = 1e-3f;
  /// Axis of x, counted from 0.
  std::int32_t axis = 0;
  bool operator==(const BatchNormalizationAttrs&) const = default;
};

}  // namespace litesmith::ops
