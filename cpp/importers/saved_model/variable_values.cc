#include "importers/saved_model/variable_values.h"

#include <set>

#include "base/error.h"
#include "base/string_buffer.h"
#include "formats/protobuf/object_graph.h"
#include "importers/saved_model/graph_nodes.h"
#include "importers/saved_model/object_keys.h"

namespace litesmith::importers::saved_model {
namespace {

using formats::NodeRecord;

constexpr const char* kObjectGraph = "_CHECKPOINTABLE_OBJECT_GRAPH";
constexpr const char* kValue = "/.ATTRIBUTES/VARIABLE_VALUE";

std::vector<formats::TrackableObject> stored_objects(const formats::Checkpoint& checkpoint) {
  if (!checkpoint.has(kObjectGraph)) return {};
  const formats::DenseTensor tensor = checkpoint.read(kObjectGraph);
  if (tensor.dtype != DType::string || elements(tensor.shape) != 1)
    fail(ErrorKind::value, "'", kObjectGraph, "' in '", checkpoint.prefix(), "' is no single string");
  const std::string_view text = strings_in(tensor.data.view()).at(0);
  return formats::read_trackable_object_graph(Bytes::copy_of<char>(text), checkpoint.prefix() + ".index");
}

/// Slices that TF1's collections list.
StoredValues listed_values(const formats::MetaGraphRecord& meta) {
  StoredValues values;
  for (const auto& [name, collection] : meta.collections) {
    if (name != "variables" && name != "trainable_variables" && name != "model_variables") continue;
    for (const Bytes& message : collection.messages) {
      const formats::VariableRecord variable = formats::read_variable(message, "collection '" + name + "'");
      if (variable.full_name.empty()) continue;
      values.try_emplace(variable.node, StoredValue{variable.full_name, variable.shape_and_slice});
    }
  }
  return values;
}

bool fits(const Shape& shape, const Shape& declared) {
  if (!declared.has_rank()) return true;
  if (shape.rank() != declared.rank()) return false;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (declared[axis] != kUnknownDim && declared[axis] != shape[axis]) return false;
  return true;
}

bool fits(const NodeRecord& node, const Shape& shape, std::optional<DType> dtype) {
  const auto* declared = attr<Shape>(node, "shape");
  const auto* type = attr<formats::TypeCode>(node, "dtype");
  return (declared == nullptr || fits(shape, *declared)) && (type == nullptr || formats::element_type(*type) == dtype);
}

void check_fits(const NodeRecord& node, const formats::DenseTensor& value, const StoredValue& stored) {
  if (fits(node, value.shape, value.dtype)) return;
  const auto* declared = attr<Shape>(node, "shape");
  const auto* type = attr<formats::TypeCode>(node, "dtype");
  fail(ErrorKind::value, "the variable '", node.name, "' is ", type == nullptr ? "" : type_name(*type),
       declared == nullptr ? Shape::unknown_rank() : *declared, " in the graph but ", name(value.dtype), value.shape,
       " in the checkpoint, under '", stored.key, "'; graph and checkpoint belong to different models");
}

void add_functions(const formats::AttrMap& attrs, std::vector<std::string_view>& names) {
  for (const auto& [name, value] : attrs) {
    if (const auto* function = std::get_if<formats::FunctionReference>(&value)) names.push_back(function->name);
    if (const auto* list = std::get_if<formats::AttrList>(&value))
      for (const formats::FunctionReference& function : list->functions) names.push_back(function.name);
  }
}

void refuse_compiled(const NodeRecord& node, std::string_view who) {
  if (node.op != "XlaCallModule") return;
  fail(ErrorKind::unsupported, "the node '", node.name, "' of ", who,
       " is an XlaCallModule: the SavedModel was exported from JAX, or from Keras with the JAX backend, and holds a "
       "compiled "
       "program instead of a graph. Pass the live Keras model to TFLiteConverter.from_keras_model, or save it as "
       ".keras");
}

}  // namespace

VariableFinder::VariableFinder(const formats::GraphRecord& graph, const formats::MetaGraphRecord& meta,
                               const formats::Checkpoint& checkpoint)
    : checkpoint_(checkpoint), restored_(restored_values(graph, meta.saver.restore_op)), listed_(listed_values(meta)) {
  const std::vector<formats::TrackableObject> stored = stored_objects(checkpoint);
  if (!meta.object_graph.empty())
    objects_ = object_values(graph, formats::read_saved_object_graph(meta.object_graph, "the object graph"), stored);
  for (const formats::TrackableObject& object : stored)
    for (const auto& attribute : object.attributes) {
      const auto [entry, is_new] = full_names_.emplace(attribute.full_name, attribute.checkpoint_key);
      if (!is_new && entry->second != attribute.checkpoint_key) entry->second.clear();
    }
}

std::optional<StoredValue> VariableFinder::find_by_name(const NodeRecord& node) const {
  const auto* shared = attr<std::string>(node, "shared_name");
  const std::string name = shared == nullptr || shared->empty() ? node.name : *shared;
  const auto full = full_names_.find(name);
  for (const std::string& key :
       {full == full_names_.end() ? std::string() : full->second, name, name + kValue, node.name}) {
    const std::optional<formats::StoredTensor> stored = checkpoint_.find(key);
    if (stored && fits(node, stored->shape, formats::element_type(stored->type))) return StoredValue{key, {}};
  }
  return std::nullopt;
}

std::optional<StoredValue> VariableFinder::find(const NodeRecord& node) const {
  for (const StoredValues* values : {&restored_, &objects_, &listed_})
    if (const auto found = values->find(node.name); found != values->end() && is_there(found->second))
      return found->second;
  return find_by_name(node);
}

std::optional<formats::DenseTensor> VariableFinder::read(const NodeRecord& node) const {
  const std::optional<StoredValue> stored = find(node);
  if (!stored) return std::nullopt;
  formats::DenseTensor value = checkpoint_.read_slice(stored->key, stored->shape_and_slice);
  check_fits(node, value, *stored);
  return value;
}

std::vector<const NodeRecord*> nodes_behind(const formats::GraphRecord& graph, const WantedPart& part) {
  const NodesByName nodes = by_name(graph.nodes);
  std::set<std::string_view> seen;
  for (const std::string& input : part.inputs) seen.insert(node_of(input));
  std::vector<const NodeRecord*> found;
  std::vector<std::string_view> waiting(part.outputs.begin(), part.outputs.end());
  while (!waiting.empty()) {
    const std::string_view name = node_of(waiting.back());
    waiting.pop_back();
    const auto node = nodes.find(name);
    if (node == nodes.end() || !seen.insert(name).second) continue;
    found.push_back(node->second);
    waiting.insert(waiting.end(), node->second->inputs.begin(), node->second->inputs.end());
  }
  return found;
}

VariableValues variable_values(const formats::GraphRecord& graph, std::span<const WantedPart> parts,
                               const VariableFinder* finder, std::string_view where) {
  VariableValues values;
  for (const WantedPart& part : parts)
    for (const NodeRecord* node : nodes_behind(graph, part)) {
      if (!is_variable_node(*node) || values.contains(node->name)) continue;
      std::optional<formats::DenseTensor> value = finder == nullptr ? std::nullopt : finder->read(*node);
      if (!value)
        fail(ErrorKind::value, "the variable '", node->name, "', which ", part.who, " reads, has no value: ", where,
             finder == nullptr ? " does not exist" : " holds none for it",
             ". Save the model again so that it tracks this variable (an attribute of the module, or a layer's), or "
             "give "
             "the checkpoint that belongs to this graph");
      values.emplace(node->name, std::move(*value));
    }
  return values;
}

void refuse_compiled_parts(const formats::GraphRecord& graph, std::span<const WantedPart> parts) {
  for (const WantedPart& part : parts) {
    std::set<std::string_view> seen;
    std::vector<std::string_view> waiting;
    const auto look_at = [&](const NodeRecord& node) {
      refuse_compiled(node, part.who);
      waiting.push_back(node.op);
      add_functions(node.attrs, waiting);
    };
    for (const NodeRecord* node : nodes_behind(graph, part)) look_at(*node);
    while (!waiting.empty()) {
      const auto function = graph.functions.find(waiting.back());
      waiting.pop_back();
      if (function == graph.functions.end() || !seen.insert(function->first).second) continue;
      for (const NodeRecord& node : function->second.nodes) look_at(node);
    }
  }
}

}  // namespace litesmith::importers::saved_model
