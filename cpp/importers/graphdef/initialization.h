#pragma once

#include "importers/graphdef/graph_import.h"

namespace litesmith::importers::graphdef {

/// Where the model has variables that are assigned, or tables: a graph that gives them their first values, and
/// CALL_ONCE as the first node of the first `interfaces` graphs. Throws Error(value) for a variable without a first
/// value.
void add_initialization(ModelImport& model, std::size_t interfaces);

}  // namespace litesmith::importers::graphdef
