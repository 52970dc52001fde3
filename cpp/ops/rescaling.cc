#include "ops/rescaling.h"

namespace litesmith::ops {

kernels::Multiplier rescaling(const PrepareContext& context, float from, float to, float slope) {
  if (context.arithmetic() == Arithmetic::tflm)
    return multiplier_of_scales(context, double{from} * double{slope} / double{to});
  return multiplier_of_scales(context, double{from * slope / to});
}

}  // namespace litesmith::ops
