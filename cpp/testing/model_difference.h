#pragma once

#include <string>

#include "ir/model.h"

namespace litesmith::testing {

/// The first difference between two models ("graph 0, tensor 3 ('x'): shape [1] and [2]"); empty when they are equal.
/// What the writer always makes anew does not count: the metadata entry `min_runtime_version`, and the description
/// where `a` has none.
std::string difference(const ir::Model& a, const ir::Model& b);

}  // namespace litesmith::testing
