#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array_bytes.h"
#include "base/error.h"
#include "base/mapped_file.h"
#include "conversion_object.h"
#include "import_graph.h"
#include "import_saved_model.h"
#include "importers/keras/importer.h"
#include "register.h"
#include "schema_text.h"
#include "tensor_values.h"
#include "tflite/reader.h"
#include "tools/describe.h"

namespace py = pybind11;

namespace litesmith::bindings {
namespace {

namespace keras = importers::keras;

keras::WeightView view_of(const py::array& array, std::size_t index) {
  ArrayBytes bytes = bytes_of(array, concat("weight ", index));
  return {bytes.dtype, std::move(bytes.shape), std::move(bytes.data)};
}

converter::Conversion::Options make_options(bool conversion_metadata, int api_version,
                                            int model_type = converter::Conversion::kKeras) {
  converter::Conversion::Options options;
  options.conversion_metadata = conversion_metadata;
  options.api_version = api_version;
  options.model_type = model_type;
  return options;
}

ConversionObject from_keras(const std::string& graph, const std::vector<py::array>& weights, const std::string& source,
                            bool conversion_metadata, int api_version) {
  std::vector<keras::WeightView> views;
  for (const py::array& array : weights) views.push_back(view_of(array, views.size()));
  const py::gil_scoped_release release;
  try {
    importers::emit::Imported imported = keras::import_keras(graph, views);
    return {converter::Conversion(std::move(imported.model), make_options(conversion_metadata, api_version)),
            std::move(imported.warnings)};
  } catch (Error& error) {
    throw error.add_context("while reading " + source);
  }
}

ConversionObject from_tflite(const py::bytes& content, const std::string& source, bool conversion_metadata,
                             int api_version) {
  Bytes file = borrow(content);
  const py::gil_scoped_release release;
  return {converter::Conversion::from_tflite(std::move(file), source, make_options(conversion_metadata, api_version)),
          {}};
}

std::string describe_content(const py::bytes& content, const std::string& source) {
  Bytes file = borrow(content);
  const py::gil_scoped_release release;
  return tools::to_json(tflite::read(std::move(file), source));
}

ConversionObject from_graph(const py::object& graph, const std::map<std::string, py::array>& variables,
                            const std::vector<PythonInterface>& interfaces, const py::object& options,
                            const std::string& source, bool conversion_metadata, int api_version, int model_type) {
  return import_graph(graph, variables, interfaces, options, source,
                      make_options(conversion_metadata, api_version, model_type));
}

ConversionObject from_saved_model(const std::string& folder, const std::vector<std::string>& tags,
                                  const std::vector<std::string>& signature_keys, const py::bytes& message,
                                  const std::vector<PythonInterface>& interfaces, const py::object& options,
                                  bool conversion_metadata, int api_version) {
  return import_saved_model(folder, tags, signature_keys, message, interfaces, options,
                            make_options(conversion_metadata, api_version, converter::Conversion::kSavedModel));
}

ConversionObject from_checkpoint(const std::string& path, const py::bytes& graph, const PythonInterface& interface,
                                 const py::object& options, bool conversion_metadata, int api_version) {
  return import_checkpoint(path, graph, interface, options,
                           make_options(conversion_metadata, api_version, converter::Conversion::kGraph));
}

using Row = std::tuple<std::string, std::string, std::string>;

std::vector<Row> layer_rows(const std::vector<keras::SupportedLayer>& rows) {
  std::vector<Row> list;
  for (const keras::SupportedLayer& row : rows) list.emplace_back(row.name, row.aliases, row.note);
  return list;
}

void register_tables(py::module_& module) {
  module.def(
      "describe_file", [](const std::string& path) { return tools::to_json(tflite::read(map_file(path), path)); },
      py::arg("path"), "A .tflite file as JSON text (cpp/tools/describe.h).");
  module.def("describe_content", &describe_content, py::arg("content"), py::arg("source"),
             "The bytes of a .tflite file as JSON text (cpp/tools/describe.h).");
  module.def("schema", [] { return std::string(kSchemaText); }, "The file format's schema, in flatbuffers' language.");
  module.def("saved_model_inputs", &saved_model_inputs, py::arg("folder"), py::arg("tags"), py::arg("signature_keys"),
             py::arg("message"), "Arrays of the inputs of the first signature of a SavedModel.");
  module.def(
      "supported_keras_layers", [] { return layer_rows(keras::keras_layers()); },
      "Rows (class, aliases, note) of the layers that convert.");
  module.def(
      "supported_keras_operations", [] { return layer_rows(keras::keras_operations()); },
      "Rows (name, aliases, note) of the operations on Keras tensors that convert.");
  module.def(
      "supported_keras_activations", [] { return layer_rows(keras::keras_activations()); },
      "Rows (name, aliases, note) of the activation functions that convert.");
  module.def(
      "supported_tensorflow_operators",
      [] {
        std::vector<std::pair<std::string, std::string>> rows;
        for (const auto& op : importers::graphdef::supported_operators()) rows.emplace_back(op.name, op.note);
        return rows;
      },
      "Rows (name, note) of TensorFlow's operators that convert.");
}

void register_sources(py::class_<ConversionObject>& type) {
  type.def_static("from_keras", &from_keras, py::arg("graph"), py::arg("weights"), py::arg("source"),
                  py::arg("conversion_metadata"), py::arg("api_version"),
                  "Import a Keras record (litesmith.sources.keras_record).")
      .def_static("from_tflite", &from_tflite, py::arg("content"), py::arg("source"), py::arg("conversion_metadata"),
                  py::arg("api_version"), "Take a float .tflite file as it is.")
      .def_static("from_graph", &from_graph, py::arg("graph"), py::arg("variables"), py::arg("interfaces"),
                  py::arg("options"), py::arg("source"), py::arg("conversion_metadata"), py::arg("api_version"),
                  py::arg("model_type"), "Import a GraphDef: bytes or the path of a binary file (import_graph.h).")
      .def_static("from_saved_model", &from_saved_model, py::arg("folder"), py::arg("tags"), py::arg("signature_keys"),
                  py::arg("message"), py::arg("interfaces"), py::arg("options"), py::arg("conversion_metadata"),
                  py::arg("api_version"), "Import a SavedModel folder (import_saved_model.h).")
      .def_static("from_checkpoint", &from_checkpoint, py::arg("path"), py::arg("graph"), py::arg("interface"),
                  py::arg("options"), py::arg("conversion_metadata"), py::arg("api_version"),
                  "Import a checkpoint between arrays (import_saved_model.h).");
}

}  // namespace

void register_conversion(py::module_& module) {
  using Release = py::call_guard<py::gil_scoped_release>;
  py::class_<ConversionObject> type(module, "Conversion", "A model on its way to a .tflite file.");
  register_sources(type);
  type.def_property_readonly("warnings", &ConversionObject::warnings)
      .def("lower", &ConversionObject::lower, Release(), "Run the passes and lower to TFLite builtins.")
      .def("describe", &ConversionObject::describe, Release(),
           "The model as it is now as JSON text (cpp/tools/describe.h).")
      .def("signatures", &ConversionObject::signatures, Release(), "What calibration samples can be for.")
      .def("operators", &ConversionObject::operators, "The operators of all graphs, in the order of execution.")
      .def("constant", &ConversionObject::constant, py::arg("graph"), py::arg("tensor"),
           "A copy of a float32 constant; None for other tensors.")
      .def("has_fake_quant", &ConversionObject::has_fake_quant, "Whether the model was trained with FAKE_QUANT.")
      .def("recorded_ranges", &ConversionObject::recorded_ranges, "Ranges that a calibrated float file has.")
      .def("record_ranges", &ConversionObject::record_ranges, py::arg("ranges"), "Store ranges with the tensors.")
      .def("quantize", &ConversionObject::quantize, py::arg("policy"), py::arg("ranges"),
           "Make the quantized model that write() writes, by a litesmith.quantization.policy.QuantizationPolicy.")
      .def("start_observation", &ConversionObject::start_observation, py::arg("method"), py::arg("threads"),
           py::arg("channels"), Release(), "Begin to observe the tensors for a calibration method.")
      .def("observe", &ConversionObject::observe, py::arg("graph"), py::arg("values"), py::arg("sample"),
           "Run a sample: arrays by tensor, and the number of the sample.")
      .def("observed_results", &ConversionObject::observed_results, py::arg("graph"),
           "The float32 results of a graph in the sample that ran last, by tensor.")
      .def("observations", &ConversionObject::observations, "A copy of what was observed so far.")
      .def("end_observation", &ConversionObject::end_observation, "Give the memory of the observation back.")
      .def("layer_of", &ConversionObject::layer_of, py::arg("tensor"),
           "The layer that owns the operator whose result has this name.")
      .def("layers", &ConversionObject::layers,
           "(path, paths of merged layers, operators) of each layer, in the order of the model.")
      .def("ranges_of", &ConversionObject::ranges_of, py::arg("observations"), py::arg("method"), py::arg("steps"),
           py::arg("symmetric"), Release(), "Ranges by (graph, tensor) as a calibration method makes them.")
      .def("equalize", &ConversionObject::equalize, Release(),
           "Balance the channels of neighbouring operators in the float model; the number of pairs.")
      .def("bias_correction", &ConversionObject::bias_correction, py::arg("threads"), Release(),
           "What measures errors of biases in the model that quantize() made.")
      .def("correct_biases", &ConversionObject::correct_biases, py::arg("measured"),
           "Correct biases by measured errors from the next quantize() on.")
      .def("compare", &ConversionObject::compare, py::arg("ranges"), py::arg("threads"), Release(),
           "The float model beside the quantized one, to be run over samples.")
      .def("write", &ConversionObject::write, py::arg("keep") = false,
           "The bytes of the .tflite file; ends the conversion unless it is kept.");
  register_tables(module);
}

}  // namespace litesmith::bindings
