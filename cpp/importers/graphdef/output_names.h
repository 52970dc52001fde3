#pragma once

#include <string_view>

#include "formats/protobuf/graph_def.h"

namespace litesmith::importers::graphdef {

/// The number of the result that a function body calls "node:name:index". Throws Error(value) where the operator has
/// no such result.
int output_number(const formats::GraphRecord& graph, const formats::NodeRecord& node, std::string_view name, int index);

}  // namespace litesmith::importers::graphdef
