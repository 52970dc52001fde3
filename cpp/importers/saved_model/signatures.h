#pragma once

#include <string>
#include <vector>

#include "formats/protobuf/saved_model.h"
#include "importers/saved_model/saved_model.h"

namespace litesmith::importers::saved_model {

/// The signatures that `keys` name, or all that are no pseudo-signatures. Throws Error(value) for a key that is not
/// there and where there are none, Error(unsupported) for tensors that are put together of several.
std::vector<Signature> chosen_signatures(const formats::MetaGraphRecord& meta, const formats::GraphRecord& graph,
                                         const std::vector<std::string>& keys);

/// Nodes that are to run once (importers.md §1.2, rule 2); those that do nothing are left out.
std::vector<std::string> initializers(const formats::MetaGraphRecord& meta, const formats::GraphRecord& graph);

}  // namespace litesmith::importers::saved_model
