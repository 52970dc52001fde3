#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "conversion_object.h"
#include "import_graph.h"

namespace litesmith::bindings {

/// A SavedModel folder (importers/saved_model/saved_model.h); `message` is that of saved_model.pb where the file is
/// text, else empty. Every signature becomes a graph, with the shapes of inputs in `interfaces` where there are some;
/// an interface with outputs names arrays that are wanted in place of the signature.
ConversionObject import_saved_model(const std::string& folder, const std::vector<std::string>& tags,
                                    const std::vector<std::string>& signature_keys, const pybind11::bytes& message,
                                    const std::vector<PythonInterface>& interfaces, const pybind11::object& options,
                                    converter::Conversion::Options conversion);

/// Arrays of the inputs of the first signature.
std::vector<std::string> saved_model_inputs(const std::string& folder, const std::vector<std::string>& tags,
                                            const std::vector<std::string>& signature_keys,
                                            const pybind11::bytes& message);

/// A checkpoint between arrays; `graph` is a GraphDef or MetaGraphDef, empty for the `.meta` file beside it.
ConversionObject import_checkpoint(const std::string& path, const pybind11::bytes& graph,
                                   const PythonInterface& interface, const pybind11::object& options,
                                   converter::Conversion::Options conversion);

}  // namespace litesmith::bindings
