#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "conversion_object.h"
#include "importers/graphdef/importer.h"

namespace litesmith::bindings {

/// (name in the signature, array, name in the file, shape or None, element type or None); -1 = unknown dim.
using PythonPort = std::tuple<std::string, std::string, std::string, std::optional<std::vector<std::int32_t>>,
                              std::optional<std::string>>;
/// (signature key, inputs, outputs)
using PythonInterface = std::tuple<std::string, std::vector<PythonPort>, std::vector<PythonPort>>;

/// The fields of litesmith.sources.graph_source.GraphOptions.
importers::graphdef::Options graph_options(const pybind11::object& options);
std::vector<importers::graphdef::Interface> interfaces_of(const std::vector<PythonInterface>& interfaces);

/// `graph`: a GraphDef as bytes, or the path of a binary one. `variables`: arrays by the node that makes the handle.
ConversionObject import_graph(const pybind11::object& graph, const std::map<std::string, pybind11::array>& variables,
                              const std::vector<PythonInterface>& interfaces, const pybind11::object& options,
                              const std::string& source, converter::Conversion::Options conversion);

}  // namespace litesmith::bindings
