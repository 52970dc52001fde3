#include "kernels/requantize/requantize.h"

namespace litesmith::kernels {
namespace {

template <class T, class Sum, class Factor, class Function>
void typed_rows(const RequantizeRows& rows, const Sum* sums, const Factor* factors, Function function) noexcept {
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    T* y = static_cast<T*>(rows.y) + row * rows.y_stride;
    const Sum* from = sums + row * rows.sum_stride;
    for (std::int64_t c = 0; c < rows.channels; ++c) y[c] = static_cast<T>(function(from[c], factors[c], rows.range));
  }
}

template <class Sum, class Factor, class Function>
void all_rows(const RequantizeRows& rows, const Sum* sums, const Factor* factors, Function function) noexcept {
  switch (rows.type) {
    case OutputType::int8: typed_rows<std::int8_t>(rows, sums, factors, function); break;
    case OutputType::uint8: typed_rows<std::uint8_t>(rows, sums, factors, function); break;
    case OutputType::int16: typed_rows<std::int16_t>(rows, sums, factors, function); break;
  }
}

template <class Sum>
void fixed_point(const RequantizeRows& rows, const Sum* sums, const Multiplier* scales) noexcept {
  all_rows(rows, sums, scales, [](Sum x, Multiplier m, const OutputRange& range) { return requantize(x, m, range); });
}

template <class Sum>
void float64(const RequantizeRows& rows, const Sum* sums, const double* scales) noexcept {
  all_rows(rows, sums, scales,
           [](Sum x, double factor, const OutputRange& range) { return requantize_float64(x, factor, range); });
}

}  // namespace

namespace requantize_scalar {
const RequantizeLoops loops{simd::Isa::scalar, fixed_point<std::int32_t>, fixed_point<std::int64_t>,
                            float64<std::int32_t>, float64<std::int64_t>};
}

const RequantizeLoops& requantize_loops(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  if (simd::usable(simd::Isa::avx512, isa)) return requantize_avx512::loops;
  if (simd::usable(simd::Isa::avx2, isa)) return requantize_avx2::loops;
#endif
  static_cast<void>(isa);
  return requantize_scalar::loops;
}

}  // namespace litesmith::kernels
