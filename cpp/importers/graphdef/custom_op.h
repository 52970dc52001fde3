#pragma once

#include <vector>

#include "importers/graphdef/graph_import.h"

namespace litesmith::importers::graphdef {

struct CustomForm {
  /// How many results the node has, as far as the graph tells.
  int results = 1;
  /// For TensorFlow's delegate: the operator "Flex" + name, whose options are name and NodeDef in a flexbuffer vector
  /// (formats/protobuf/node_writer.h).
  bool flex = false;
};

/// A node that stays as it is: a custom operator of the node's name with its attributes in a flexbuffer map. Throws
/// Error(unsupported) where an operand is no tensor.
std::vector<Value> import_custom(GraphImport& graph, const FlowNode& node, const std::vector<Value>& inputs,
                                 const emit::Owner& owner, const CustomForm& form);

}  // namespace litesmith::importers::graphdef
