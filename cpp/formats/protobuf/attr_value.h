#pragma once

#include "formats/protobuf/graph_def.h"
#include "formats/protobuf/wire.h"

namespace litesmith::formats {

/// A DataType without the 100 that marks references.
TypeCode read_type(Message& field);

/// Adds the entry of a map<string, AttrValue> that is the current field of `owner`. Throws Error(value) when the name
/// is there already.
void read_attr(Message& owner, AttrMap& attrs);

}  // namespace litesmith::formats
