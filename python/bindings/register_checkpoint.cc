#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "dense_array.h"
#include "formats/bundle/checkpoint.h"
#include "importers/saved_model/checkpoint_graph.h"
#include "importers/saved_model/saved_model.h"
#include "register.h"
#include "tensor_values.h"

namespace litesmith::bindings {
namespace {

namespace py = pybind11;
namespace saved_model = importers::saved_model;

using Arrays = py::typing::Dict<py::str, py::array>;

/// Type ("float32") and dimensions; None where there is no such tensor.
py::object stored(const formats::Checkpoint& checkpoint, const std::string& name) {
  const auto found = checkpoint.find(name);
  if (!found) return py::none();
  return py::make_tuple(formats::type_name(found->type), found->shape.dims());
}

Arrays arrays(const saved_model::VariableValues& variables) {
  Arrays values;
  for (const auto& [name, tensor] : variables) values[py::str(name)] = dense_array(tensor);
  return values;
}

Arrays checkpoint_variables(const std::string& path, const py::bytes& graph, const std::string& graph_name,
                            const std::vector<std::string>& outputs) {
  return arrays(saved_model::open_checkpoint({path, borrow(graph), graph_name, {}, outputs}).surroundings.variables);
}

Arrays saved_model_variables(const std::string& folder, const std::set<std::string>& tags,
                             const std::vector<std::string>& outputs) {
  const std::vector<saved_model::WantedPart> parts{{"the graph before the outputs", {}, outputs}};
  return arrays(saved_model::SavedModel::open(folder, tags).surroundings(parts).variables);
}

}  // namespace

void register_checkpoint(py::module_& module) {
  py::class_<formats::Checkpoint>(module, "Checkpoint", "An open checkpoint of TensorFlow.")
      .def(py::init(&formats::Checkpoint::open), py::arg("path"),
           "Open a prefix, a file of one or a folder's newest checkpoint.")
      .def_property_readonly("prefix", &formats::Checkpoint::prefix)
      .def("names", &formats::Checkpoint::names, "Names of the tensors, sorted.")
      .def("stored", &stored, py::arg("name"), "Type and shape of a tensor without reading it; None: not there.")
      .def(
          "read",
          [](const formats::Checkpoint& checkpoint, const std::string& name) {
            return dense_array(checkpoint.read(name));
          },
          py::arg("name"), "A tensor's values.");
  module.def("checkpoint_variables", &checkpoint_variables, py::arg("path"), py::arg("graph"), py::arg("graph_name"),
             py::arg("outputs"), "Values of the variables behind the outputs of a GraphDef, by the variable's node.");
  module.def("saved_model_variables", &saved_model_variables, py::arg("folder"), py::arg("tags"), py::arg("outputs"),
             "Values of the variables behind outputs of a SavedModel's graph, by the variable's node.");
}

}  // namespace litesmith::bindings
