#pragma once

#include <cstdint>

/// Loops between float32 and stored integers, compiled once for every instruction set.
namespace litesmith::ops::quantize {

/// y[i] is the level of x[i] with scale[i * step] and zero_point[i * step], the step 0 or 1.
template <class X, class Y>
using Stretch = void (*)(const X* x, const float* scale, const std::int32_t* zero_point, int step, Y* y,
                         std::int64_t n) noexcept;

struct Loops {
  Stretch<float, std::int8_t> to_i8;
  Stretch<float, std::uint8_t> to_u8;
  Stretch<float, std::int16_t> to_i16;
  Stretch<std::int8_t, float> from_i8;
  Stretch<std::uint8_t, float> from_u8;
  Stretch<std::int16_t, float> from_i16;
};

namespace scalar {
extern const Loops loops;
}
namespace avx2 {
extern const Loops loops;
}
namespace avx512 {
extern const Loops loops;
}

}  // namespace litesmith::ops::quantize
