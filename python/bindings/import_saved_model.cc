#include "import_saved_model.h"

#include <algorithm>
#include <utility>

#include "importers/saved_model/checkpoint_graph.h"
#include "importers/saved_model/saved_model.h"
#include "tensor_values.h"

namespace py = pybind11;

namespace litesmith::bindings {
namespace {

namespace graphdef = importers::graphdef;
namespace saved_model = importers::saved_model;

graphdef::Port port_of(const saved_model::SignaturePort& port, bool input) {
  graphdef::Port result{port.name, port.array, port.array, std::nullopt, std::nullopt};
  if (input) {
    result.shape = port.shape;
    result.dtype = formats::element_type(port.type);
  }
  return result;
}

graphdef::Interface interface_of(const saved_model::Signature& signature) {
  graphdef::Interface result{signature.key, {}, {}};
  for (const auto& port : signature.inputs) result.inputs.push_back(port_of(port, true));
  for (const auto& port : signature.outputs) result.outputs.push_back(port_of(port, false));
  return result;
}

bool is(const saved_model::SignaturePort& port, const std::string& name) {
  return port.name == name || port.array == name || port.array == name + ":0";
}

/// Shapes that the user gives for single inputs go into every signature that has them.
void set_shapes(std::vector<graphdef::Interface>& interfaces, const std::vector<saved_model::Signature>& signatures,
                const std::vector<graphdef::Port>& given) {
  for (const graphdef::Port& said : given) {
    bool found = false;
    for (std::size_t graph = 0; graph < signatures.size(); ++graph)
      for (std::size_t i = 0; i < signatures[graph].inputs.size(); ++i)
        if (is(signatures[graph].inputs[i], said.array)) {
          found = true;
          if (said.shape) interfaces[graph].inputs[i].shape = said.shape;
        }
    if (found) continue;
    std::string names;
    for (const auto& port : signatures.front().inputs) names += (names.empty() ? "" : ", ") + port.name;
    fail(ErrorKind::value, "Invalid tensor '", said.array,
         "' found in tensor shapes map or input_arrays; the inputs of '", signatures.front().key, "' are ", names);
  }
}

/// Arrays that are a signature's inputs or outputs may go by their names there.
void resolve(std::vector<graphdef::Port>& ports, const std::vector<saved_model::SignaturePort>& known, bool input) {
  if (ports.empty())
    for (const auto& port : known) ports.push_back(port_of(port, input));
  for (graphdef::Port& port : ports)
    for (const auto& candidate : known)
      if (is(candidate, port.array)) port.array = candidate.array;
}

/// What becomes a graph: the signatures, or the arrays that the user names in their place.
std::vector<graphdef::Interface> chosen(std::vector<graphdef::Interface> given,
                                        const std::vector<saved_model::Signature>& signatures) {
  if (given.empty() || given.front().outputs.empty()) {
    std::vector<graphdef::Interface> made;
    for (const saved_model::Signature& signature : signatures) made.push_back(interface_of(signature));
    if (!given.empty()) set_shapes(made, signatures, given.front().inputs);
    return made;
  }
  resolve(given.front().inputs, signatures.front().inputs, true);
  resolve(given.front().outputs, signatures.front().outputs, false);
  return given;
}

std::vector<saved_model::WantedPart> parts_of(const std::vector<graphdef::Interface>& interfaces) {
  std::vector<saved_model::WantedPart> parts;
  for (const graphdef::Interface& interface : interfaces) {
    parts.push_back({interface.key.empty() ? "the outputs" : "the signature '" + interface.key + "'", {}, {}});
    for (const graphdef::Port& port : interface.inputs) parts.back().inputs.push_back(port.array);
    for (const graphdef::Port& port : interface.outputs) parts.back().outputs.push_back(port.array);
  }
  return parts;
}

ConversionObject convert(formats::GraphRecord graph, saved_model::Surroundings around,
                         const std::vector<graphdef::Interface>& interfaces, const graphdef::Options& options,
                         const converter::Conversion::Options& conversion) {
  graphdef::Source source{std::move(graph), std::move(around.variables), std::move(around.assets),
                          std::move(around.initializers)};
  graphdef::Imported imported = graphdef::import_graph(source, interfaces, options);
  source = {};
  return {converter::Conversion(std::move(imported.model), conversion), std::move(imported.warnings)};
}

}  // namespace

ConversionObject import_saved_model(const std::string& folder, const std::vector<std::string>& tags,
                                    const std::vector<std::string>& signature_keys, const py::bytes& message,
                                    const std::vector<PythonInterface>& interfaces, const py::object& options,
                                    converter::Conversion::Options conversion) {
  const graphdef::Options wanted = graph_options(options);
  const std::vector<graphdef::Interface> given = interfaces_of(interfaces);
  const Bytes text = borrow(message);
  const py::gil_scoped_release release;
  try {
    saved_model::SavedModel opened = saved_model::SavedModel::open(folder, {tags.begin(), tags.end()}, text);
    const std::vector<graphdef::Interface> made = chosen(given, opened.signatures(signature_keys));
    saved_model::Surroundings around = opened.surroundings(parts_of(made));
    return convert(std::move(opened).release_graph(), std::move(around), made, wanted, conversion);
  } catch (Error& error) {
    throw error.add_context("while reading the SavedModel '" + folder + "'");
  }
}

std::vector<std::string> saved_model_inputs(const std::string& folder, const std::vector<std::string>& tags,
                                            const std::vector<std::string>& signature_keys, const py::bytes& message) {
  const Bytes text = borrow(message);
  const py::gil_scoped_release release;
  const auto opened = saved_model::SavedModel::open(folder, {tags.begin(), tags.end()}, text);
  std::vector<std::string> arrays;
  for (const auto& port : opened.signatures(signature_keys).front().inputs) arrays.push_back(port.array);
  return arrays;
}

ConversionObject import_checkpoint(const std::string& path, const py::bytes& graph, const PythonInterface& interface,
                                   const py::object& options, converter::Conversion::Options conversion) {
  const graphdef::Options wanted = graph_options(options);
  const std::vector<graphdef::Interface> given = interfaces_of({interface});
  saved_model::CheckpointRequest request{path, borrow(graph), "the graph", {}, {}};
  for (const graphdef::Port& port : given.front().inputs) request.inputs.push_back(port.array);
  for (const graphdef::Port& port : given.front().outputs) request.outputs.push_back(port.array);
  const py::gil_scoped_release release;
  try {
    saved_model::CheckpointGraph opened = saved_model::open_checkpoint(request);
    return convert(std::move(opened.graph), std::move(opened.surroundings), given, wanted, conversion);
  } catch (Error& error) {
    throw error.add_context("while reading the checkpoint '" + path + "'");
  }
}

}  // namespace litesmith::bindings
