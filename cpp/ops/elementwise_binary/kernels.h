#pragma once

#include "ops/step.h"

namespace litesmith::ops::elementwise_binary {

/// OpDef::prepare of the members: the first row of the operator's kernel table that fits.
Step prepare_add(const PrepareContext& context);
Step prepare_sub(const PrepareContext& context);
Step prepare_mul(const PrepareContext& context);
Step prepare_div(const PrepareContext& context);
Step prepare_maximum(const PrepareContext& context);
Step prepare_minimum(const PrepareContext& context);
Step prepare_squared_difference(const PrepareContext& context);
Step prepare_pow(const PrepareContext& context);
Step prepare_floor_div(const PrepareContext& context);
Step prepare_floor_mod(const PrepareContext& context);
Step prepare_atan2(const PrepareContext& context);
Step prepare_bitwise_xor(const PrepareContext& context);
Step prepare_right_shift(const PrepareContext& context);
Step prepare_add_n(const PrepareContext& context);

}  // namespace litesmith::ops::elementwise_binary
