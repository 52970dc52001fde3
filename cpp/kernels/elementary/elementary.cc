#include "kernels/elementary/elementary.h"

#include "kernels/elementary/tables.h"

namespace litesmith::kernels {

const Elementary& elementary_functions(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  if (simd::usable(simd::Isa::avx512, isa)) return kElementaryAvx512;
  if (simd::usable(simd::Isa::avx2, isa)) return kElementaryAvx2;
#endif
  static_cast<void>(isa);
  return kElementaryScalar;
}

void exp_f32(const float* x, float* y, std::int64_t n) noexcept { kElementaryScalar.exp(x, y, n); }
void log_f32(const float* x, float* y, std::int64_t n) noexcept { kElementaryScalar.log(x, y, n); }
void tanh_f32(const float* x, float* y, std::int64_t n) noexcept { kElementaryScalar.tanh(x, y, n); }
void sigmoid_f32(const float* x, float* y, std::int64_t n) noexcept { kElementaryScalar.sigmoid(x, y, n); }

}  // namespace litesmith::kernels
