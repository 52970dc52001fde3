#pragma once

#include <limits>

#include "kernels/lane_sum.h"
#include "ops/softmax/softmax.h"

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::softmax {
namespace {

using kernels::kLanes;
using kernels::Lanes;

/// The largest value; a NaN never is.
float largest(const float* x, std::int64_t n) noexcept {
  float most = -std::numeric_limits<float>::infinity();
  std::int64_t i = 0;
  if (n >= kLanes) {
    Lanes mosts;
    Lanes next;
    std::memcpy(&mosts, x, sizeof(mosts));
    mosts = mosts == mosts ? mosts : most - Lanes{};
    for (i = kLanes; i + kLanes <= n; i += kLanes) {
      std::memcpy(&next, x + i, sizeof(next));
      mosts = mosts < next ? next : mosts;
    }
    for (std::int64_t lane = 0; lane < kLanes; ++lane) most = most < mosts[lane] ? mosts[lane] : most;
  }
  for (; i < n; ++i) most = most < x[i] ? x[i] : most;
  return most;
}

float sum(const float* x, std::int64_t n) noexcept {
  return kernels::lane_sum(x, n, [](Lanes&) {});
}

void softmax(const FloatRows& r) noexcept {
  for (std::int64_t row = 0; row < r.rows; ++row) {
    const float* x = r.x + row * r.columns;
    float* y = r.y + row * r.columns;
    const float most = largest(x, r.columns);
#pragma GCC ivdep
    for (std::int64_t i = 0; i < r.columns; ++i) y[i] = (x[i] - most) * r.beta;
    r.exp(y, y, r.columns);
    const float total = sum(y, r.columns);
    for (std::int64_t i = 0; i < r.columns; ++i) y[i] /= total;
  }
}

void log_softmax(const FloatRows& r) noexcept {
  constexpr std::int64_t kBlock = 256;
  float exponentials[kBlock];
  for (std::int64_t row = 0; row < r.rows; ++row) {
    const float* x = r.x + row * r.columns;
    float* y = r.y + row * r.columns;
    const float most = largest(x, r.columns);
#pragma GCC ivdep
    for (std::int64_t i = 0; i < r.columns; ++i) y[i] = x[i] - most;
    float total = 0;
    for (std::int64_t i = 0; i < r.columns; i += kBlock) {
      const std::int64_t n = i + kBlock < r.columns ? kBlock : r.columns - i;
      r.exp(y + i, exponentials, n);
      total += sum(exponentials, n);
    }
    kernels::log_f32(&total, &total, 1);
    for (std::int64_t i = 0; i < r.columns; ++i) y[i] -= total;
  }
}

/// Both roundings are half up: no factor is negative.
void byte_levels(const ByteLevels& r) noexcept {
  const std::uint64_t reciprocal = r.reciprocal;
  const int shift = r.shift;
  const std::uint64_t half = std::uint64_t{1} << (shift - 1);
  const std::uint32_t* exponential = r.exponential;
  std::int32_t* levels = r.levels;
  const auto span = static_cast<std::uint32_t>(r.highest - r.lowest);
  const std::int32_t lowest = r.lowest;
  const std::int64_t count = r.count;
#pragma GCC ivdep
  for (std::int64_t k = 0; k < count; ++k) {
    const std::uint64_t product = (exponential[k] * reciprocal + (std::uint64_t{1} << 30)) >> 31;
    const auto steps = static_cast<std::uint32_t>((product + half) >> shift);
    levels[k] = static_cast<std::int32_t>(steps < span ? steps : span) + lowest;
  }
}

}  // namespace
}  // namespace litesmith::ops::softmax
