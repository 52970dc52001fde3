#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "base/thread_pool.h"
#include "simd/cpu.h"

/// One pass over values for what calibration needs of them.
namespace litesmith::quantization {

/// Least and greatest of the values that are numbers, and whether some were not. Equal on every instruction set.
struct Extent {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
  bool has_nan = false;

  /// No value was a number.
  bool empty() const noexcept { return min > max; }
  bool is_finite() const noexcept {
    return !has_nan && min >= -std::numeric_limits<float>::max() && max <= std::numeric_limits<float>::max();
  }
  void join(const Extent& other) noexcept {
    if (other.min < min) min = other.min;
    if (other.max > max) max = other.max;
    has_nan = has_nan || other.has_nan;
  }
  bool operator==(const Extent&) const = default;
};

/// The extent of x[0, n). A zero is +0. Large arrays are shared with the pool.
Extent scan(const float* x, std::int64_t n, simd::Isa isa, ThreadPool& pool);

using ScanFunction = Extent (*)(const float* x, std::int64_t n) noexcept;
Extent scan_scalar(const float* x, std::int64_t n) noexcept;
Extent scan_avx2(const float* x, std::int64_t n) noexcept;
Extent scan_avx512(const float* x, std::int64_t n) noexcept;

/// peaks[c] = max(peaks[c], |x[i]|) for every i with i mod channels = c: the greatest size of each channel. Values that
/// are no numbers are left out. Equal on every instruction set.
void note_peaks(std::span<const float> x, std::span<float> peaks, simd::Isa isa, ThreadPool& pool);

using PeaksFunction = void (*)(const float* x, std::int64_t n, float* peaks, std::int64_t width) noexcept;
void peaks_scalar(const float* x, std::int64_t n, float* peaks, std::int64_t width) noexcept;
void peaks_avx2(const float* x, std::int64_t n, float* peaks, std::int64_t width) noexcept;
void peaks_avx512(const float* x, std::int64_t n, float* peaks, std::int64_t width) noexcept;

}  // namespace litesmith::quantization
