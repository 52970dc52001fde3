#pragma once

#include <map>
#include <string>
#include <string_view>

#include "formats/protobuf/graph_def.h"

namespace litesmith::importers::saved_model {

/// Where a checkpoint has the value of a variable; `shape_and_slice` as RestoreV2 has it, "" = the whole tensor.
struct StoredValue {
  std::string key, shape_and_slice;
};

/// By the name of the node that makes a variable's handle (VarHandleOp) or holds its value (VariableV2).
using StoredValues = std::map<std::string, StoredValue, std::less<>>;

/// What the node that restores a checkpoint assigns to which variable: TF1's assignments that it waits for, or those of
/// the functions that it calls (importers.md §1.2, rule 6a). Empty where the graph has no such node; what it does in
/// other ways than restoring and assigning is left out.
StoredValues restored_values(const formats::GraphRecord& graph, std::string_view restore_op);

}  // namespace litesmith::importers::saved_model
