#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/shape.h"
#include "formats/protobuf/graph_def.h"

/// SavedModels as records: what the messages SavedModel and MetaGraphDef say (importers.md §1.1, §1.2). Graphs stay
/// bytes until they are read (read_graph, read_object_graph).
namespace litesmith::formats {

/// TensorInfo. `name` is "node:k"; empty where the tensor is put together of several (sparse, composite).
struct TensorInfoRecord {
  std::string name;
  TypeCode type;
  Shape shape;
};

/// SignatureDef; inputs and outputs by their names in the signature.
struct SignatureRecord {
  std::string method;
  std::map<std::string, TensorInfoRecord> inputs, outputs;
};

/// SaverDef: names of nodes or tensors in the graph.
struct SaverRecord {
  std::string filename_tensor, save_tensor, restore_op;
};

/// AssetFileDef: the tensor that holds the name of a file in `assets/`.
struct AssetRecord {
  std::string tensor, file;
};

/// CollectionDef of names (node_list) or messages (bytes_list, any_list).
struct CollectionRecord {
  std::vector<std::string> names;
  std::vector<Bytes> messages;
};

/// MetaGraphDef.
struct MetaGraphRecord {
  std::set<std::string> tags;
  std::string tensorflow_version;
  Bytes graph;
  SaverRecord saver;
  std::map<std::string, CollectionRecord> collections;
  std::map<std::string, SignatureRecord> signatures;
  std::vector<AssetRecord> assets;
  /// SavedObjectGraph; empty in models of TF1.
  Bytes object_graph;
};

/// Throw Error(value) naming `source` and the byte where the message is damaged.
std::vector<MetaGraphRecord> read_saved_model(const Bytes& message, std::string_view source);
MetaGraphRecord read_meta_graph(const Bytes& message, std::string_view source);

/// VariableDef: an entry of a collection of variables.
struct VariableRecord {
  /// Name of the node that makes the handle, or holds the value.
  std::string node;
  /// Name in a checkpoint where the variable is a slice of a larger one: then `shape_and_slice` as RestoreV2 has it.
  std::string full_name, shape_and_slice;
};
VariableRecord read_variable(const Bytes& message, std::string_view source);

}  // namespace litesmith::formats
