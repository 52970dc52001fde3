#include "importers/graphdef/importer.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/initialization.h"
#include "importers/graphdef/node_context.h"
#include "importers/graphdef/op_rule.h"
#include "ir/verify.h"
#include "ops/remove_dead.h"

namespace litesmith::importers::graphdef {
namespace {

std::vector<ArrayName> array_names(const std::vector<Port>& ports) {
  std::vector<ArrayName> names;
  for (const Port& port : ports) names.push_back(parse_array_name(port.array));
  return names;
}

const std::string& name_in_file(const Port& port) { return port.tensor_name.empty() ? port.array : port.tensor_name; }
const std::string& name_in_signature(const Port& port) { return port.name.empty() ? port.array : port.name; }

/// What the graph says of the array that an input replaces.
DType declared_type(const FlowNode& node, const Port& port) {
  for (const std::string_view name : {"dtype", "T", "DstT", "output_type", "out_type"})
    if (const auto found = node.attrs.find(name); found != node.attrs.end())
      if (const auto* type = std::get_if<formats::TypeCode>(&found->second))
        return import_type(*type, concat("the input array '", port.array, "'"));
  return DType::float32;
}

Shape declared_shape(const FlowNode& node, int output, int producer) {
  // Graphs of old TensorFlow say "scalar" where they mean "unknown".
  constexpr int kFirstWithScalars = 22;
  if (const auto found = node.attrs.find("shape"); found != node.attrs.end())
    if (const auto* shape = std::get_if<Shape>(&found->second))
      return shape->has_rank() && shape->rank() == 0 && producer < kFirstWithScalars ? Shape::unknown_rank() : *shape;
  if (const auto found = node.attrs.find("_output_shapes"); found != node.attrs.end())
    if (const auto* list = std::get_if<formats::AttrList>(&found->second))
      if (static_cast<std::size_t>(output) < list->shapes.size()) return list->shapes[static_cast<std::size_t>(output)];
  return Shape::unknown_rank();
}

/// The shape of an input: the wished one, which must not contradict the graph's.
Shape input_shape(const FlowNode& node, const Port& port, const formats::GraphRecord& graph) {
  const Shape declared = declared_shape(node, parse_array_name(port.array).output, graph.producer);
  if (!port.shape) {
    if (!declared.has_rank())
      fail(ErrorKind::value, "the graph does not say what shape the input array '", port.array,
           "' has; give it by input_shapes={'", port.array, "': [1, ...]}");
    return declared;
  }
  bool fits = !declared.has_rank() || declared.rank() == port.shape->rank();
  for (int i = 0; fits && i < declared.rank(); ++i)
    fits = declared[i] == kUnknownDim || declared[i] == (*port.shape)[i] || (*port.shape)[i] == kUnknownDim;
  if (!fits)
    fail(ErrorKind::value, "the input array '", port.array, "' has shape ", declared,
         " in the graph, which cannot become ", *port.shape, "; only dimensions that are unknown there can be set");
  Shape shape = *port.shape;
  for (int i = 0; i < declared.rank(); ++i)
    if (shape[i] == kUnknownDim) shape[i] = declared[i];
  return shape;
}

class InterfaceImport {
 public:
  InterfaceImport(ModelImport& model, const Interface& interface, const FlowGraph& flow, std::size_t number)
      : model_(model), interface_(interface), flow_(flow), number_(number), import_(model) {}

  void run() {
    import_.graph().name = interface_.key.empty() ? "main" : interface_.key;
    std::vector<Value> arguments;
    for (std::size_t i = 0; i < interface_.inputs.size(); ++i) {
      const Port& port = interface_.inputs[i];
      const FlowNode& node = flow_.nodes[static_cast<std::size_t>(flow_.arguments[i])];
      arguments.push_back(
          Value::of(import_.builder().add_tensor(name_in_file(port), port.dtype.value_or(declared_type(node, port)),
                                                 input_shape(node, port, model_.source().graph))));
      import_.graph().inputs.push_back(arguments.back().tensor);
    }
    import_.run(flow_, arguments);
    for (std::size_t i = 0; i < interface_.outputs.size(); ++i) {
      if (import_.results()[i].kind != Value::Kind::none) continue;
      if (model_.has_unsupported()) return;  // what was noted says why
      const FlowNode& node = flow_.nodes[static_cast<std::size_t>(flow_.results[i].node)];
      fail(ErrorKind::value, "the output array '", interface_.outputs[i].array, "' is result ", flow_.results[i].output,
           " of '", node.name, "' (", node.op, "), which has no such result; results count from 0");
    }
    add_outputs();
  }

  ir::Graph take() { return std::move(import_.graph()); }
  std::vector<std::string>& warnings() { return import_.builder().warnings(); }
  const std::optional<ir::Signature>& signature() const { return signature_; }

 private:
  void add_outputs() {
    ir::Signature signature{
        .key = interface_.key, .graph = static_cast<std::int32_t>(number_), .inputs = {}, .outputs = {}};
    for (std::size_t i = 0; i < interface_.inputs.size(); ++i)
      signature.inputs.push_back({name_in_signature(interface_.inputs[i]), import_.graph().inputs[i]});
    std::set<ir::TensorId> named(import_.graph().inputs.begin(), import_.graph().inputs.end());
    for (std::size_t i = 0; i < interface_.outputs.size(); ++i) {
      const Port& port = interface_.outputs[i];
      const Value& value = import_.results()[i];
      if (value.kind != Value::Kind::tensor && value.kind != Value::Kind::tensor_list)
        fail(ErrorKind::value, "the output array '", port.array, "' is a handle, not a tensor");
      if (named.insert(value.tensor).second) import_.builder().rename(value.tensor, name_in_file(port));
      import_.graph().outputs.push_back(value.tensor);
      signature.outputs.push_back({name_in_signature(port), value.tensor});
    }
    if (!interface_.key.empty()) signature_ = std::move(signature);
  }

  ModelImport& model_;
  const Interface& interface_;
  const FlowGraph& flow_;
  const std::size_t number_;
  GraphImport import_;
  std::optional<ir::Signature> signature_;
};

}  // namespace

Imported import_graph(const Source& source, std::span<const Interface> interfaces, const Options& options) {
  ModelImport model(source, options);
  std::vector<FlowGraph> flows;
  for (const Interface& interface : interfaces) {
    if (interface.outputs.empty()) fail(ErrorKind::value, "no output array is given, so there is nothing to convert");
    flows.push_back(main_graph(source.graph, array_names(interface.inputs), array_names(interface.outputs)));
    flows.back().name = interface.key.empty() ? "main" : interface.key;
    model.library().prepare(flows.back());
  }
  model.find_assigned(flows);
  model.model().graphs.resize(interfaces.size());
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    InterfaceImport one(model, interfaces[i], flows[i], i);
    one.run();
    if (one.signature()) model.model().signatures.push_back(*one.signature());
    std::move(one.warnings().begin(), one.warnings().end(), std::back_inserter(model.warnings()));
    model.model().graphs[i] = one.take();
  }
  model.refuse_unsupported();
  model.warn_of_flex();
  add_initialization(model, interfaces.size());
  Imported imported{std::move(model.model()), std::move(model.warnings())};
  ops::remove_dead(imported.model);
  ir::verify(imported.model, "after the importer of TensorFlow graphs");
  return imported;
}

}  // namespace litesmith::importers::graphdef
