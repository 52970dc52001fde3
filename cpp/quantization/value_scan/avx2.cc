#include "quantization/value_scan/scan_loop.h"
#include "quantization/value_scan/value_scan.h"

namespace litesmith::quantization {

Extent scan_avx2(const float* x, std::int64_t n) noexcept {
  return scan_vectors<8>(x, n, [](float min, float max, bool has_nan) noexcept { return Extent{min, max, has_nan}; });
}

void peaks_avx2(const float* x, std::int64_t n, float* peaks, std::int64_t width) noexcept {
  peak_vectors<8>(x, n, peaks, width);
}

}  // namespace litesmith::quantization
