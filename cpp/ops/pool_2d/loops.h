#pragma once

#include <limits>

#include "ops/pool_2d/float.h"
#include "ops/pool_2d/window_vectors.h"

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::pool_2d {
namespace {

void average(const FloatWindow& w) noexcept {
  const auto count = static_cast<float>(w.rows * w.columns);
  pool(w, 0.0F, [](auto& sum, const auto& x) { sum += x; }, [count](auto& sum) { sum /= count; });
}

void maximum(const FloatWindow& w) noexcept {
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  pool(w, kLowest, Larger{}, [](auto&) {});
}

void root_mean_square(const FloatWindow& w) noexcept {
  const auto count = static_cast<float>(w.rows * w.columns);
  pool(
      w, 0.0F, [](auto& sum, const auto& x) { sum += x * x; },
      [count](auto& sum) {
        float means[sizeof(sum) / sizeof(float)];
        sum /= count;
        std::memcpy(means, &sum, sizeof(sum));
        for (float& mean : means) mean = __builtin_sqrtf(mean);
        std::memcpy(&sum, means, sizeof(sum));
      });
}

}  // namespace
}  // namespace litesmith::ops::pool_2d
