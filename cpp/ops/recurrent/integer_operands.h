#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/model.h"

namespace litesmith::ops::recurrent {

/// How an integer LSTM stores an operand (reference: operators.md §4.6).
enum class Storage : std::uint8_t {
  weights,       ///< int8 with one scale, zero point 0
  peephole,      ///< int16 with one scale
  bias,          ///< int32, input's scale * scale of its weights
  output_state,  ///< int8 as the result
  cell_state,    ///< int16, the scale a power of two
};

struct StoredOperand {
  int operand;
  Storage storage;
  /// The weights that a bias is added to their products of.
  int weights = -1;
};

/// The float operands of a node that has an integer form of its own, but for its input; empty when this node cannot
/// take it: with a projection or layer normalization, whose inner scales calibration does not see, with another
/// activation than tanh, or with weights that are computed. nullopt for operators that have no such form.
std::optional<std::vector<StoredOperand>> integer_operands(const ir::Graph& graph, const ir::Node& node);

}  // namespace litesmith::ops::recurrent
