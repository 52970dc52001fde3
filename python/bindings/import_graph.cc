#include "import_graph.h"

#include <pybind11/stl.h>

#include "array_bytes.h"
#include "base/mapped_file.h"
#include "tensor_values.h"

namespace py = pybind11;

namespace litesmith::bindings {
namespace {

namespace graphdef = importers::graphdef;

graphdef::Port port_of(const PythonPort& port) {
  const auto& [name, array, tensor_name, shape, dtype] = port;
  graphdef::Port result{name, array, tensor_name, std::nullopt, std::nullopt};
  if (shape) result.shape = Shape(*shape);
  if (dtype) {
    result.dtype = dtype_from_name(*dtype);
    if (!result.dtype) fail(ErrorKind::type, "the array '", array, "' shall have the type ", *dtype);
  }
  return result;
}

}  // namespace

graphdef::Options graph_options(const py::object& options) {
  graphdef::Options result;
  result.allow_custom_ops = options.attr("allow_custom_ops").cast<bool>();
  result.select_tf_ops = options.attr("select_tf_ops").cast<bool>();
  result.resource_variables = options.attr("resource_variables").cast<bool>();
  result.custom_ops = options.attr("custom_ops").cast<std::set<std::string>>();
  return result;
}

std::vector<graphdef::Interface> interfaces_of(const std::vector<PythonInterface>& interfaces) {
  std::vector<graphdef::Interface> result;
  for (const auto& [key, inputs, outputs] : interfaces) {
    result.push_back({key, {}, {}});
    for (const PythonPort& port : inputs) result.back().inputs.push_back(port_of(port));
    for (const PythonPort& port : outputs) result.back().outputs.push_back(port_of(port));
  }
  return result;
}

ConversionObject import_graph(const py::object& graph, const std::map<std::string, py::array>& variables,
                              const std::vector<PythonInterface>& interfaces, const py::object& options,
                              const std::string& source, converter::Conversion::Options conversion) {
  graphdef::Source from;
  for (const auto& [name, array] : variables) {
    ArrayBytes bytes = bytes_of(array, "the variable '" + name + "'");
    from.variables.emplace(name, formats::DenseTensor{bytes.dtype, std::move(bytes.shape), std::move(bytes.data)});
  }
  const graphdef::Options imported_options = graph_options(options);
  const std::vector<graphdef::Interface> ports = interfaces_of(interfaces);
  const bool is_path = py::isinstance<py::str>(graph);
  const std::string path = is_path ? graph.cast<std::string>() : std::string();
  const Bytes held = is_path ? Bytes() : borrow(graph.cast<py::bytes>());
  const py::gil_scoped_release release;
  try {
    from.graph = formats::read_graph(is_path ? map_file(path) : held, is_path ? path : source);
    graphdef::Imported imported = graphdef::import_graph(from, ports, imported_options);
    from = {};
    return {converter::Conversion(std::move(imported.model), conversion), std::move(imported.warnings)};
  } catch (Error& error) {
    throw error.add_context("while reading " + source);
  }
}

}  // namespace litesmith::bindings
