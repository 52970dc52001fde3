#pragma once

#include <optional>
#include <span>

#include "passes/pass.h"

namespace litesmith::lowering {

/// Replaces source-only operators by TFLite builtins and brings operands into the form that runtimes expect.
void lower(ir::Model& model);

/// Throws Error(unsupported) listing every node that has no TFLite form, with its layer.
void verify_lowered(const ir::Model& model);

/// before:  y = BATCH_NORMALIZATION(x, gamma, beta, mean, variance)          after:  y = ADD(MUL(x, scale), shift)
std::optional<ir::Patch> lower_batch_normalization(const passes::Site& site);

/// before:  y = ERF(x)          after:  y = x P(x^2) / Q(x^2) for x limited to where erf is not 1 (see erf.cc)
std::optional<ir::Patch> lower_erf(const passes::Site& site);

/// before:  CONV_2D | DEPTHWISE_CONV_2D without a bias          after:  with a bias of zeros, which microcontrollers
/// require
std::optional<ir::Patch> add_zero_bias(const passes::Site& site);

/// before:  FULLY_CONNECTED with a bias of zeros          after:  without
std::optional<ir::Patch> drop_zero_bias(const passes::Site& site);

/// Gives graph inputs and outputs the tensor names of the first signature that names them.
void name_interface(ir::Model& model);

/// Makes constants with equal bytes, type and shape one tensor.
void share_constants(ir::Model& model);

}  // namespace litesmith::lowering
