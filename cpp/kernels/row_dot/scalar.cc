#include "kernels/row_dot/loops.h"

namespace litesmith::kernels {

const RowDots kRowDotsScalar = {simd::Isa::scalar, plain_dots, plain_dots, plain_dots};

}  // namespace litesmith::kernels
