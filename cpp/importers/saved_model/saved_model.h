#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "formats/protobuf/graph_def.h"
#include "formats/protobuf/saved_model.h"
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

/// What lies outside of a graph and is needed to convert parts of it.
struct Surroundings {
  VariableValues variables;
  /// Content of files in `assets/`, by the node that holds the file's name.
  std::map<std::string, Bytes, std::less<>> assets;
  /// Nodes that are run once, before all else (they fill hash tables).
  std::vector<std::string> initializers;
};

/// An open SavedModel: one of its graphs. Throws Error(io) where the folder holds no SavedModel or a file is missing,
/// Error(value) for tags and keys that are not there (with those that are), for variables without values and for
/// damaged files, Error(unsupported) for `saved_model.cpb` and for compiled programs. Files outside of the folder are
/// not read.
class SavedModel {
 public:
  /// The graph with these tags. `message` is that of saved_model.pb where it does not come from that file
  /// (saved_model.pbtxt); empty = the file is read.
  static SavedModel open(const std::string& folder, const std::set<std::string>& tags, const Bytes& message = {});

  const formats::GraphRecord& graph() const noexcept { return graph_; }
  /// It was written by TF1: it has no objects.
  bool is_tf1() const noexcept { return meta_.object_graph.empty(); }
  /// The signatures of these keys, sorted by key. No keys = all of them; of what Keras 3 exports, which has every
  /// signature twice, `serving_default` alone.
  std::vector<Signature> signatures(const std::vector<std::string>& keys) const;
  Surroundings surroundings(std::span<const WantedPart> parts) const;
  /// The graph, for good.
  formats::GraphRecord release_graph() && { return std::move(graph_); }

 private:
  std::string folder_;
  formats::MetaGraphRecord meta_;
  formats::GraphRecord graph_;
};

/// The part that a signature asks for.
WantedPart part_of(const Signature& signature);

}  // namespace litesmith::importers::saved_model
