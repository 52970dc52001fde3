#pragma once

#include "ops/activation/activation.h"

namespace litesmith::ops {

/// ADD, SUB, MUL and DIV. `pot_scale_int16` matters for quantized int16 ADD and SUB only: scales are powers of two.
struct ArithmeticAttrs {
  Activation activation = Activation::none;
  bool pot_scale_int16 = true;
  bool operator==(const ArithmeticAttrs&) const = default;
};

}  // namespace litesmith::ops
