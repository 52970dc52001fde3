#include "kernels/lookup/lookup.h"

namespace litesmith::kernels {

namespace lookup_scalar {
void bytes(const std::uint8_t* table, const std::uint8_t* x, std::uint8_t* y, std::int64_t n) noexcept {
  for (std::int64_t i = 0; i < n; ++i) y[i] = table[x[i]];
}
}  // namespace lookup_scalar

ByteLookup byte_lookup(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  if (simd::usable(simd::Isa::avx512, isa)) return lookup_avx512::bytes;
  if (simd::usable(simd::Isa::avx2, isa)) return lookup_avx2::bytes;
#endif
  return lookup_scalar::bytes;
}

}  // namespace litesmith::kernels
