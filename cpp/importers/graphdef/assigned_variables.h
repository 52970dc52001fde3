#pragma once

#include <functional>
#include <set>
#include <string>

#include "importers/graphdef/function_library.h"

namespace litesmith::importers::graphdef {

/// Names of the nodes of a prepared graph whose handles something assigns, in the graph itself or in a function that
/// its loops and branches run.
std::set<std::string, std::less<>> assigned_variables(const FlowGraph& graph, FunctionLibrary& library);

}  // namespace litesmith::importers::graphdef
