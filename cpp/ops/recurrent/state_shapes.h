#pragma once

#include <vector>

#include "ops/infer.h"

namespace litesmith::ops::recurrent {

/// A state (operand of a node) and the shape that the input's batch asks for.
struct StateShape {
  int operand;
  Shape shape;
};

/// States of a recurrent node that have rows for another batch than its input; none for other operators.
std::vector<StateShape> state_shapes(const NodeView& view);

}  // namespace litesmith::ops::recurrent
