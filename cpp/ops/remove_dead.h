#pragma once

#include <cstddef>

#include "ir/model.h"

namespace litesmith::ops {

/// Removes nodes whose results nobody needs and that have no effect (has_effect), and tensors that nothing refers
/// to (inputs of the graph stay). The order of what stays is kept; tensor ids change. Returns the number of nodes
/// removed.
std::size_t remove_dead(ir::Model& model);

/// Removes the graphs that neither graph 0, nor a signature, nor a node of those runs, and renumbers the others.
/// Returns their number.
std::size_t remove_unreached_graphs(ir::Model& model);

}  // namespace litesmith::ops
