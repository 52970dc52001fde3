#pragma once

#include <cstddef>

#include "ir/model.h"

namespace litesmith::quantization {

/// Cross-layer equalization (Nagel et al. 2019, arXiv 1906.04721, section 4.1): where a convolution or dense operator
/// feeds another one channel by channel, channel c of the first is divided by s[c] = sqrt(r1[c] / r2[c]) and the
/// weights of the second that read it are multiplied by it, r being the greatest |weight| of the channel in either.
/// What the model computes stays the same up to rounding. Between the two may stand what commutes with positive
/// factors: no activation, RELU, LEAKY_RELU, PAD, pooling, RESHAPE; RELU6 and others stop it. No bias grows beyond the
/// largest one of its operator. Filters and biases that are changed get "_equalized" behind their names, recorded
/// ranges of what lies between are dropped. `model` is a lowered float model. Returns the number of pairs.
std::size_t equalize(ir::Model& model);

}  // namespace litesmith::quantization
