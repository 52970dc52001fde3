#pragma once

#include <string>
#include <string_view>

#include "formats/protobuf/graph_def.h"

namespace litesmith::formats {

/// A NodeDef as TensorFlow's converter puts it into the options of an operator for the Flex delegate: the operator,
/// one empty name per operand and the attributes, by name; neither a name of its own nor a device.
std::string write_node(std::string_view op, std::size_t operands, const AttrMap& attrs);

}  // namespace litesmith::formats
