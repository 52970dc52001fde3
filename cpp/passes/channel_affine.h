#pragma once

#include <optional>
#include <vector>

#include "ops/activation/activation.h"
#include "passes/pass.h"

namespace litesmith::passes {

/// y = activation(scale[c] * x + shift[c]) for channel c, the innermost dimension.
struct ChannelAffine {
  std::vector<double> scale, shift;
  ops::Activation activation = ops::Activation::none;
};

/// scale = gamma / sqrt(variance + epsilon), shift = beta - mean * scale, in double precision. nullopt when an operand
/// is not constant.
std::optional<ChannelAffine> affine_of_batch_normalization(const Site& site);

/// MUL, ADD or SUB of operand `operand` and a constant with one number, or one per channel. nullopt for other nodes.
std::optional<ChannelAffine> affine_of_binary(const Site& site, int operand, std::int32_t channels);

}  // namespace litesmith::passes
