#pragma once

#include "ops/integer_product.h"

namespace litesmith::ops {

/// Whether packing the weights pays and kernels/integer_gemm computes the product: constant weights and bias, and
/// enough rows to read every weight more than once.
bool packs_weights(const PrepareContext& context, const IntegerProduct& product);

/// integer_product_step() over packed weights.
Step packed_product_step(const PrepareContext& context, IntegerProduct product, std::string_view family);

}  // namespace litesmith::ops
