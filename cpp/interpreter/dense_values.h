#pragma once

#include "interpreter/arena.h"
#include "ir/model.h"

namespace litesmith::interpreter {

/// The dense values of a sparse constant, in memory of the budget. Throws Error(limit) when there is not enough, and
/// what ir::expand_sparse throws.
Bytes dense_values(const ir::Tensor& constant, Budget& budget);

}  // namespace litesmith::interpreter
