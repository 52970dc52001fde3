#pragma once

#include <cstdint>
#include <vector>

#include "ir/model.h"

namespace litesmith::quantization {

/// Stores the weights of dense layers and 2-D convolutions sparsely where TensorFlow does: at least 30 % of them are
/// zero. FULLY_CONNECTED reads blocks of 1x4 floats or 1x16 int8 values directly when nearly all zeros lie in such
/// blocks; everything else stands behind DENSIFY. Runs after quantization, on constants as they will be written.
void sparsify(ir::Model& model);

/// The codes of CONVERSION_METADATA for what is stored sparsely: 3001 element by element, 3002 in blocks.
std::vector<std::int32_t> sparsity_codes(const ir::Model& model);

}  // namespace litesmith::quantization
