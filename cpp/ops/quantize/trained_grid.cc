#include "ops/quantize/trained_grid.h"

#include <algorithm>
#include <cmath>

namespace litesmith::ops {
namespace {

constexpr int kHighest = 255;

}  // namespace

TrainedGrid::TrainedGrid(float min, float max, bool narrow) noexcept : lowest(narrow ? 1 : 0) {
  const double exact = (double{max} - double{min}) / (kHighest - lowest);
  scale = static_cast<float>(exact);
  zero_point = static_cast<int>(std::round(std::clamp<double>(lowest - double{min} / exact, lowest, kHighest)));
}

float TrainedGrid::snap(float value) const noexcept {
  const auto level = [&](int q) { return static_cast<float>(q - zero_point) * scale; };
  const float low = level(lowest);
  const float clamped = std::clamp(value, low, level(kHighest));
  return level(lowest + static_cast<int>(std::floor((clamped - low) / scale + 0.5F)));
}

}  // namespace litesmith::ops
