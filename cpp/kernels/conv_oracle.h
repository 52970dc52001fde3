#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
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

/// The ISAs of this CPU that have float loops, ascending.
inline std::vector<simd::Isa> float_isas() {
  std::vector<simd::Isa> isas;
  for (const simd::Isa isa : {simd::Isa::scalar, simd::Isa::avx2, simd::Isa::avx512}) {
    if (simd::supported(isa)) isas.push_back(isa);
  }
  return isas;
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
