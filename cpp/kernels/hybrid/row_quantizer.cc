#include "kernels/hybrid/row_quantizer.h"

#include <algorithm>
#include <cmath>

#include "kernels/hybrid/loops.h"

namespace litesmith::kernels {
namespace {

constexpr double kLowest = -128;
constexpr double kHighest = 127;

RowScale symmetric_scale(RowLimits limits) noexcept {
  const float range = std::max(-limits.low, limits.high);
  return {.scale = range / 127.0F, .inverse = 127.0F / range};
}

RowScale asymmetric_scale(RowLimits limits) noexcept {
  const double quotient = static_cast<double>(limits.high - limits.low) / 255;
  const double from_low = static_cast<double>(limits.low) / quotient;
  const double from_high = static_cast<double>(limits.high) / quotient;
  const bool low_is_closer = -kLowest + std::abs(from_low) < kHighest + std::abs(from_high);
  const double point = std::round(low_is_closer ? kLowest - from_low : kHighest - from_high);
  const double inside = point > kLowest ? std::min(point, kHighest) : kLowest;
  const auto scale = static_cast<float>(quotient);
  return {.scale = scale,
          .inverse = 1.0F / scale,
          .zero_point = static_cast<std::int32_t>(inside),
          .lowest = static_cast<std::int32_t>(kLowest)};
}

}  // namespace

RowScale row_scale(RowLimits limits, RowRange range) noexcept {
  if (limits.low == limits.high) return {};
  return range == RowRange::symmetric ? symmetric_scale(limits) : asymmetric_scale(limits);
}

const RowQuantizer& row_quantizer(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  if (simd::usable(simd::Isa::avx512, isa)) return kRowQuantizerAvx512;
  if (simd::usable(simd::Isa::avx2, isa)) return kRowQuantizerAvx2;
#endif
  static_cast<void>(isa);
  return kRowQuantizerScalar;
}

}  // namespace litesmith::kernels
