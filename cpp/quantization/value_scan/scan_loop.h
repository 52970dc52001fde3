#pragma once

#include <cstdint>
#include <cstring>

/// For files compiled per ISA; the unnamed namespace keeps one file's code out of every other.
namespace litesmith::quantization {
namespace {

constexpr float kInfinity = __builtin_inff();

template <int kWidth>
struct Vectors {
  typedef float Vec __attribute__((vector_size(kWidth * sizeof(float))));
  typedef std::int32_t Mask __attribute__((vector_size(kWidth * sizeof(float))));
};

/// x[0, n) with kAccumulators vectors of kWidth floats; calls done(min, max, nan) once.
template <int kWidth, class Done>
inline auto scan_vectors(const float* x, std::int64_t n, Done done) noexcept {
  constexpr int kAccumulators = 4;
  using Vec = typename Vectors<kWidth>::Vec;
  using Mask = typename Vectors<kWidth>::Mask;
  Vec least[kAccumulators], greatest[kAccumulators];
  Mask nan[kAccumulators] = {};
  for (int a = 0; a < kAccumulators; ++a) {
    least[a] = Vec{} + kInfinity;
    greatest[a] = Vec{} - kInfinity;
  }
  const auto take = [&](const Vec& v, int a) noexcept {
    least[a] = v < least[a] ? v : least[a];
    greatest[a] = v > greatest[a] ? v : greatest[a];
    nan[a] |= v != v;
  };
  constexpr std::int64_t kStride = kWidth * kAccumulators;
  std::int64_t i = 0;
  Vec v;
  for (; i + kStride <= n; i += kStride)
    for (int a = 0; a < kAccumulators; ++a) {
      std::memcpy(&v, x + i + a * kWidth, sizeof(v));
      take(v, a);
    }
  for (; i < n; i += kWidth) {
    v = Vec{} + x[i];
    std::memcpy(&v, x + i, static_cast<std::size_t>(n - i < kWidth ? n - i : kWidth) * sizeof(float));
    take(v, 0);
  }
  float min = kInfinity, max = -kInfinity;
  bool has_nan = false;
  for (int a = 0; a < kAccumulators; ++a)
    for (int lane = 0; lane < kWidth; ++lane) {
      min = least[a][lane] < min ? least[a][lane] : min;
      max = greatest[a][lane] > max ? greatest[a][lane] : max;
      has_nan = has_nan || nan[a][lane] != 0;
    }
  return done(min + 0.0F, max + 0.0F, has_nan);
}

/// peaks[i % width] = max(peaks[i % width], |x[i]|) for i in [0, n).
template <int kWidth>
inline void peak_vectors(const float* x, std::int64_t n, float* peaks, std::int64_t width) noexcept {
  using Vec = typename Vectors<kWidth>::Vec;
  Vec v, kept;
  for (std::int64_t start = 0; start < n; start += width) {
    const float* row = x + start;
    const std::int64_t count = n - start < width ? n - start : width;
    std::int64_t i = 0;
    for (; i + kWidth <= count; i += kWidth) {
      std::memcpy(&v, row + i, sizeof(v));
      std::memcpy(&kept, peaks + i, sizeof(kept));
      v = v < 0 ? -v : v;
      kept = v > kept ? v : kept;
      std::memcpy(peaks + i, &kept, sizeof(kept));
    }
    for (; i < count; ++i) {
      const float size = row[i] < 0 ? -row[i] : row[i];
      peaks[i] = size > peaks[i] ? size : peaks[i];
    }
  }
}

}  // namespace
}  // namespace litesmith::quantization
