#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "passes/pass.h"

namespace litesmith::passes {

/// Result axis i is operand axis permutation[i].
using Permutation = std::vector<std::int32_t>;

/// The constant permutation of a TRANSPOSE; nullopt for other nodes.
std::optional<Permutation> permutation_of(const Site& site);
ir::TensorId add_permutation(ir::Patch& patch, const Permutation& permutation, const std::string& name);
bool is_identity(const Permutation& permutation);
Permutation inverse(const Permutation& permutation);
/// The constant that TRANSPOSE would turn into this one, ones put in front of its shape; nullopt for constants that
/// are sparse, quantized, packed below a byte or of too many dimensions.
std::optional<ir::Tensor> before_permutation(const ir::Tensor& constant, const Permutation& permutation);
/// The shape of TRANSPOSE(x, permutation).
Shape permuted(const Shape& shape, const Permutation& permutation);

}  // namespace litesmith::passes
