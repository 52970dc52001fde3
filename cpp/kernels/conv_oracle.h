#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "kernels/gemm/gemm.h"
#include "simd/cpu.h"

/// What tests and benches of the convolution loops share: naive loops and comparison of bits.
namespace litesmith::kernels::oracle {

/// A 64-byte aligned buffer of exactly the given size, so that sanitizers see every overrun.
template <typename T>
class Aligned {
 public:
  explicit Aligned(std::size_t bytes)
      : data_{static_cast<T*>(::operator new(bytes == 0 ? 1 : bytes, std::align_val_t{64}))} {}
  ~Aligned() { ::operator delete(data_, std::align_val_t{64}); }
  Aligned(const Aligned&) = delete;
  Aligned& operator=(const Aligned&) = delete;
  T* data() { return data_; }

 private:
  T* data_;
};

/// Those of the ISAs that this CPU has, in their order.
inline std::vector<simd::Isa> supported(std::initializer_list<simd::Isa> isas) {
  std::vector<simd::Isa> found;
  for (const simd::Isa isa : isas) {
    if (simd::supported(isa)) found.push_back(isa);
  }
  return found;
}

/// The ISAs of this CPU that have float loops, ascending.
inline std::vector<simd::Isa> float_isas() {
  return supported({simd::Isa::scalar, simd::Isa::avx2, simd::Isa::avx512});
}

inline std::vector<float> random_floats(std::mt19937& random, std::int64_t count) {
  std::uniform_real_distribution<float> value(-1.0F, 1.0F);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = value(random);
  return values;
}

inline std::int64_t pick(std::mt19937& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

/// Sizes that reach every loop of a convolution: pads beyond the image on any side, strides, dilations.
inline Conv2dShape random_shape(std::mt19937& random, std::int64_t most_images) {
  Conv2dShape s{.batch = pick(random, 1, most_images),
                .in_h = pick(random, 1, 12),
                .in_w = pick(random, 1, 12),
                .in_c = pick(random, 1, 40),
                .kernel_h = pick(random, 1, 4),
                .kernel_w = pick(random, 1, 4),
                .stride_h = pick(random, 1, 3),
                .stride_w = pick(random, 1, 3),
                .dilation_h = pick(random, 1, 2),
                .dilation_w = pick(random, 1, 2),
                .pad_top = pick(random, -1, 3),
                .pad_left = pick(random, -1, 3)};
  s.out_h = pick(random, 1, 9);
  s.out_w = pick(random, 1, 9);
  return s;
}

/// Sizes that reach every loop of a depthwise convolution: every other one is 3x3 or 5x5 without dilation.
inline Conv2dShape random_depthwise_shape(std::mt19937& random) {
  const bool square = pick(random, 0, 1) == 1;
  const std::int64_t size = pick(random, 0, 1) == 1 ? 3 : 5, stride = pick(random, 1, 2);
  return {.batch = pick(random, 1, 2),
          .in_h = pick(random, 1, 14),
          .in_w = pick(random, 1, 14),
          .in_c = pick(random, 1, 70),
          .out_h = pick(random, 1, 11),
          .out_w = pick(random, 1, 11),
          .kernel_h = square ? size : pick(random, 1, 6),
          .kernel_w = square ? size : pick(random, 1, 6),
          .stride_h = square ? stride : pick(random, 1, 3),
          .stride_w = square ? stride : pick(random, 1, 3),
          .dilation_h = square ? 1 : pick(random, 1, 3),
          .dilation_w = square ? 1 : pick(random, 1, 3),
          .pad_top = pick(random, -1, 3),
          .pad_left = pick(random, -1, 3)};
}

/// A first layer: three channels, 7x7, stride 2, odd sizes, pads on every side.
inline constexpr Conv2dShape kFirstLayer{.in_h = 33,
                                         .in_w = 31,
                                         .in_c = 3,
                                         .out_h = 17,
                                         .out_w = 16,
                                         .kernel_h = 7,
                                         .kernel_w = 7,
                                         .stride_h = 2,
                                         .stride_w = 2,
                                         .pad_top = 3,
                                         .pad_left = 3};

/// A 3x3 convolution of an image whose size it keeps.
constexpr Conv2dShape padded_3x3(std::int64_t height, std::int64_t width, std::int64_t channels) {
  return {.in_h = height,
          .in_w = width,
          .in_c = channels,
          .out_h = height,
          .out_w = width,
          .kernel_h = 3,
          .kernel_w = 3,
          .pad_top = 1,
          .pad_left = 1};
}

/// visit(m, n, k) for matrix products of every small width, depth and height.
template <typename Visit>
void for_each_small_product(Visit visit) {
  for (std::int64_t size = 1; size <= 33; ++size) {
    visit(size, 9, 5);
    visit(3, size, 7);
    visit(7, 17, size);
    visit(size, size, size);
  }
}

/// run(begin, end) over `tiles` in `calls` ranges, the last first, as threads might.
template <typename Run>
void run_in_ranges(std::int64_t tiles, std::int64_t calls, Run run) {
  for (std::int64_t i = calls - 1; i >= 0; --i) run(tiles * i / calls, tiles * (i + 1) / calls);
}

/// A matrix [n, k] as [k, n].
template <typename T>
std::vector<T> transposed(const std::vector<T>& w, std::int64_t n, std::int64_t k) {
  std::vector<T> result(w.size());
  for (std::int64_t i = 0; i < n * k; ++i) {
    result[static_cast<std::size_t>(i % k * n + i / k)] = w[static_cast<std::size_t>(i)];
  }
  return result;
}

inline std::string describe(const Conv2dShape& s) {
  const std::int64_t all[] = {s.batch,    s.in_h,     s.in_w,     s.in_c,       s.out_h,      s.out_w,   s.kernel_h,
                              s.kernel_w, s.stride_h, s.stride_w, s.dilation_h, s.dilation_w, s.pad_top, s.pad_left};
  std::string text = "batch in_h in_w in_c out_h out_w kh kw sh sw dh dw pt pl =";
  for (const std::int64_t v : all) text.append(" ").append(std::to_string(v));
  return text;
}

/// Index of the first element whose bits differ, -1 when there is none. All NaNs count as equal.
inline std::int64_t first_difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i])) return static_cast<std::int64_t>(i);
  }
  return -1;
}

inline float clamp(float v, float lo, float hi) {
  if (v < lo) v = lo;
  if (v > hi) v = hi;
  return v;
}

template <typename Visit>
void for_each_pixel(const Conv2dShape& s, Visit visit) {
  for (std::int64_t b = 0; b < s.batch; ++b) {
    for (std::int64_t oy = 0; oy < s.out_h; ++oy) {
      for (std::int64_t ox = 0; ox < s.out_w; ++ox) visit(b, oy, ox);
    }
  }
}

/// visit(tap, iy, ix, inside) for all taps of one output pixel in the order of the sum.
template <typename Visit>
void for_each_tap(const Conv2dShape& s, std::int64_t oy, std::int64_t ox, Visit visit) {
  for (std::int64_t ky = 0; ky < s.kernel_h; ++ky) {
    for (std::int64_t kx = 0; kx < s.kernel_w; ++kx) {
      const std::int64_t iy = oy * s.stride_h + ky * s.dilation_h - s.pad_top;
      const std::int64_t ix = ox * s.stride_w + kx * s.dilation_w - s.pad_left;
      visit(ky * s.kernel_w + kx, iy, ix, iy >= 0 && iy < s.in_h && ix >= 0 && ix < s.in_w);
    }
  }
}

}  // namespace litesmith::kernels::oracle
