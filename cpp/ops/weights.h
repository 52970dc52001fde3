#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ops/step.h"

/// Operands of operators that multiply an input by weights: types, bias, constants.
namespace litesmith::ops {

/// Element types of an input and its weights that go together.
struct TypePair {
  DType input;
  DType weights;
};

/// Fails unless operands `input` and `weights` have types of one of the pairs.
void require_pair(const NodeView& view, int input, int weights, std::span<const TypePair> pairs);

/// Checks the bias, if there is one: `channels` values (-1 = unknown) of the type that goes with the input's type.
void require_bias(const NodeView& view, int bias, std::int64_t channels, DType input);

/// Float activations, signed integer weights.
bool is_hybrid(const VersionQuery& query, int input, int weights);
bool is_per_channel(const VersionQuery& query, int operand);

/// Whether an operand is absent or its value is known.
bool is_known(const NodeView& view, int operand);

/// The bytes of a known operand; null when it is absent. Fails when they do not fit its shape.
const std::byte* known_bytes(const NodeView& view, int operand);

/// A copy of a known float32 operand; empty when it is absent or only known at run time. Fails when its bytes do not
/// fit its shape.
std::vector<float> known_floats(const NodeView& view, int operand);

}  // namespace litesmith::ops
