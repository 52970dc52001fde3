#pragma once

#include <optional>

#include "passes/permutation.h"

namespace litesmith::passes {

/// A node as it must be to work before a transpose instead of after it: attributes and constant operands moved to the
/// axes of the untransposed operand. Operands that carry data are filled in by the caller.
struct Sunk {
  ir::Node node;
  /// Of the new result, to get the old one.
  Permutation permutation;
};

/// Whether an operator works on one operand, or on operands that are transposed alike, axis by axis.
bool has_sink_rule(const Site& site);

/// The node of an operator that has a rule, for operands before `permutation`; nullopt when its constants are not
/// known. Adds constants to the patch.
std::optional<Sunk> sunk(ir::Patch& patch, const Site& site, const Permutation& permutation);

}  // namespace litesmith::passes
