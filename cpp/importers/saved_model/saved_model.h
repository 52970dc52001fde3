#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "formats/protobuf/graph_def.h"
#include "importers/saved_model/variable_values.h"

/// SavedModel folders and checkpoints (importers.md §1.2, §1.5) brought into the form that graphs are imported from.
namespace litesmith::importers::saved_model {

/// An input or output of a signature.
struct SignaturePort {
  std::string name;
  /// "node:k".
  std::string array;
  formats::TypeCode type;
  Shape shape;
};

struct Signature {
  std::string key, method;
  /// In the order in which the signature's function takes and returns them, else by name, numbers in names as numbers.
  std::vector<SignaturePort> inputs, outputs;
};

/// A graph, and what lies outside of it for the signatures that were asked for.
struct SavedModelSource {
  formats::GraphRecord graph;
  VariableValues variables;
  /// Content of files in `assets/`, by the node that holds the file's name.
  std::map<std::string, Bytes, std::less<>> assets;
  /// Nodes that are run once, before all else (they fill hash tables).
  std::vector<std::string> initializers;
  /// Sorted by key.
  std::vector<Signature> signatures;
  /// It was written by TF1: it has no objects.
  bool is_tf1 = false;
};

struct SavedModelRequest {
  std::set<std::string> tags{"serve"};
  /// None = all of them; of what Keras 3 exports, which has every signature twice, `serving_default` alone.
  std::vector<std::string> signature_keys{};
  /// The message of saved_model.pb where it does not come from that file (saved_model.pbtxt); empty = read the file.
  Bytes message{};
};

/// Throws Error(io) where the folder holds no SavedModel or a file is missing, Error(value) for tags and keys that are
/// not there (with those that are), for variables without values and for damaged files, Error(unsupported) for
/// `saved_model.cpb` and for compiled programs. Files outside of the folder are not read.
SavedModelSource open_saved_model(const std::string& folder, const SavedModelRequest& request);

}  // namespace litesmith::importers::saved_model
