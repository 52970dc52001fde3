#pragma once

#include <string>
#include <vector>

#include "formats/protobuf/graph_def.h"
#include "formats/protobuf/object_graph.h"
#include "importers/saved_model/restored_values.h"

namespace litesmith::importers::saved_model {

/// Keys of the variables that functions capture: the object that stands behind a handle is the one that the called
/// function binds at its place, whichever child of the model owns it; its key is what the checkpoint's object graph has
/// on the same path (importers.md §1.2, rules 5 and 6b). Variables that no function captures are found by their unique
/// names in the object graph.
StoredValues object_values(const formats::GraphRecord& graph, const formats::SavedObjectGraph& objects,
                           const std::vector<formats::TrackableObject>& stored);

}  // namespace litesmith::importers::saved_model
