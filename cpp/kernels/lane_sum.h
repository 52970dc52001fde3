#pragma once

#include <cstdint>
#include <cstring>

/// Sums with the same bits on every instruction set: element i joins lane i % 16, then the lanes are added by halves
/// (lane j + lane j + 8, then 4, 2, 1). For files compiled per ISA; the unnamed namespace keeps one file's code out of
/// every other.
namespace litesmith::kernels {
namespace {

constexpr std::int64_t kLanes = 16;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

inline float add_lanes(const Lanes& lanes) noexcept {
  float sums[kLanes];
  std::memcpy(sums, &lanes, sizeof(sums));
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2)
    for (std::int64_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  return sums[0];
}

/// Sum of map(x[i]) for i < n, where `map` changes Lanes in place and maps 0 to 0.
template <class Map>
inline float lane_sum(const float* x, std::int64_t n, Map map) noexcept {
  Lanes sum = {};
  Lanes terms;
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    std::memcpy(&terms, x + i, sizeof(terms));
    map(terms);
    sum += terms;
  }
  if (i < n) {
    terms = Lanes{};
    std::memcpy(&terms, x + i, static_cast<std::size_t>(n - i) * sizeof(float));
    map(terms);
    sum += terms;
  }
  return add_lanes(sum);
}

}  // namespace
}  // namespace litesmith::kernels
