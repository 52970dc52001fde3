#pragma once

namespace litesmith::ops {

/// The 8-bit grid that training over [min, max] rounds to, moved so that zero lies on it (reference: operators.md
/// §4.5).
struct TrainedGrid {
  float scale = 0;
  int zero_point = 0;  // unsigned
  int lowest = 0;      // level

  /// `narrow`: levels 1 to 255 instead of 0 to 255. The range must contain 0 and more.
  TrainedGrid(float min, float max, bool narrow) noexcept;
  /// The real number of the nearest level.
  float snap(float value) const noexcept;
  int int8_zero_point() const noexcept { return zero_point - 128; }
};

}  // namespace litesmith::ops
