#include "kernels/row_dot/dots_avx512.h"

namespace litesmith::kernels {

const RowDots kRowDotsAvx512 = {simd::Isa::avx512, blocked_dots<WordDot<std::int8_t, std::int32_t, 0>>,
                                blocked_dots<Int16ByInt8>, plain_dots};

}  // namespace litesmith::kernels
