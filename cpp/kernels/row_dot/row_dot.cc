#include "kernels/row_dot/row_dot.h"

#include "kernels/row_dot/loops.h"

namespace litesmith::kernels {

const RowDots& row_dots(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  for (const RowDots* loops : {&kRowDotsAvx512Vnni, &kRowDotsAvx512, &kRowDotsAvx2})
    if (simd::usable(loops->isa, isa)) return *loops;
#endif
  static_cast<void>(isa);
  return kRowDotsScalar;
}

}  // namespace litesmith::kernels
