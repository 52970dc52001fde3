#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "formats/protobuf/graph_def.h"
#include "importers/emit/imported.h"

namespace litesmith::importers::graphdef {

/// A graph of TensorFlow with what lies outside of it.
struct Source {
  formats::GraphRecord graph;
  /// Values by the name of the node that makes the handle (VarHandleOp, VariableV2, a Placeholder of type resource).
  std::map<std::string, formats::DenseTensor, std::less<>> variables;
  /// Content of asset files, by the name of the node that holds the file's name.
  std::map<std::string, Bytes, std::less<>> assets;
  /// Nodes that initialize tables, run once before anything else; those of the main graph by name.
  std::vector<std::string> initializers;
};

/// An input or output of the model.
struct Port {
  /// In the signature; empty = the array's.
  std::string name;
  /// "node" or "node:1".
  std::string array;
  /// Name of the tensor in the file; empty = `array`.
  std::string tensor_name;
  /// Replace what the graph says of an input; dims that the graph fixes must agree.
  std::optional<Shape> shape;
  std::optional<DType> dtype;
};

/// A graph of the model to make.
struct Interface {
  /// Key of the signature; empty = the graph has none.
  std::string key;
  std::vector<Port> inputs, outputs;
};

struct Options {
  /// Operators without a conversion become custom operators with their attributes in a flexbuffer.
  bool allow_custom_ops = false;
  /// Operators without a conversion become "Flex" + name, as TensorFlow's delegate reads them.
  bool select_tf_ops = false;
  /// Variables that the graph assigns stay variables; else that is an error.
  bool resource_variables = true;
  /// Names for which `allow_custom_ops` holds although it is false.
  std::set<std::string> custom_ops;
};

using emit::Imported;

/// Imports a graph per interface, graph 0 being that of the first; functions that loops and branches run become further
/// graphs. Throws Error(value) for what contradicts itself or does not exist, naming nodes and arrays and what is
/// similar; one Error(unsupported) that lists every node without a conversion.
Imported import_graph(const Source& source, std::span<const Interface> interfaces, const Options& options);

/// A supported operator, for documentation.
struct SupportedOperator {
  std::string name;
  std::string note;
};
std::vector<SupportedOperator> supported_operators();

}  // namespace litesmith::importers::graphdef
