#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/bundle/checkpoint.h"
#include "formats/protobuf/graph_def.h"
#include "formats/protobuf/saved_model.h"
#include "importers/saved_model/restored_values.h"

namespace litesmith::importers::saved_model {

/// By the name of the node that makes a variable's handle or holds its value.
using VariableValues = std::map<std::string, formats::DenseTensor, std::less<>>;

/// Tells which value of a checkpoint belongs to which variable of a graph: by what the restoring node assigns, then by
/// the object graphs, then by the slices and names that the graph's collections and the checkpoint state
/// (importers.md §1.2, rule 6).
class VariableFinder {
 public:
  /// The arguments must outlive it. `meta` is what belongs to the graph: its saver, collections and object graph.
  VariableFinder(const formats::GraphRecord& graph, const formats::MetaGraphRecord& meta,
                 const formats::Checkpoint& checkpoint);

  /// nullopt where the checkpoint has no value. Throws Error(value) for one of another shape or type than the node
  /// says.
  std::optional<formats::DenseTensor> read(const formats::NodeRecord& node) const;

 private:
  bool is_there(const StoredValue& stored) const { return checkpoint_.has(stored.key); }
  std::optional<StoredValue> find(const formats::NodeRecord& node) const;
  std::optional<StoredValue> find_by_name(const formats::NodeRecord& node) const;

  const formats::Checkpoint& checkpoint_;
  StoredValues restored_, objects_, listed_;
  /// Keys by the variables' full names, "" where several have one.
  std::map<std::string, std::string, std::less<>> full_names_;
};

/// The part of a graph that a signature, or the user, asks for.
struct WantedPart {
  /// For messages: "the signature 'serving_default'".
  std::string who;
  /// Arrays ("node:k"): what lies before the inputs is not part of it.
  std::vector<std::string> inputs, outputs;
};

/// Nodes of the main graph that compute the outputs, those that they wait for included.
std::vector<const formats::NodeRecord*> nodes_behind(const formats::GraphRecord& graph, const WantedPart& part);

/// Values of the variables that the parts read. `finder` is null where there is no checkpoint. Throws Error(value) for
/// one without a value, naming variable, part and `where` the values should have come from.
VariableValues variable_values(const formats::GraphRecord& graph, std::span<const WantedPart> parts,
                               const VariableFinder* finder, std::string_view where);

/// Throws Error(unsupported) where the parts, or functions that they call, hold operators that carry programs of
/// another compiler (XlaCallModule), with the way out.
void refuse_compiled_parts(const formats::GraphRecord& graph, std::span<const WantedPart> parts);

}  // namespace litesmith::importers::saved_model
