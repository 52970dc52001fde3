#include <pybind11/stl.h>

#include "conversion_object.h"
#include "register.h"

namespace litesmith::bindings {
namespace {

namespace py = pybind11;
using quantization::Observations;

/// What was seen of a tensor, for Python.
struct ObservedTensor {
  std::string name;
  int graph = 0;
  int tensor = 0;
  quantization::TensorStatistics statistics;
};

std::vector<ObservedTensor> tensors(const Observations& self) {
  std::vector<ObservedTensor> list;
  for (const auto& [key, statistics] : self.tensors())
    list.push_back({statistics.name, key.first, key.second, statistics});
  return list;
}

py::bytes to_bytes(const Observations& self) {
  const std::vector<std::byte> bytes = self.to_bytes();
  return py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Observations from_bytes(const py::bytes& bytes) {
  const std::string_view view = bytes;
  return Observations::from_bytes(std::as_bytes(std::span(view)));
}

std::vector<std::pair<float, std::uint64_t>> pairs(const std::array<quantization::Extreme, 2>& extremes) {
  return {{extremes[0].value, extremes[0].sample}, {extremes[1].value, extremes[1].sample}};
}

void register_tensor(py::module_& module) {
  using Bins = std::vector<std::tuple<double, double, std::uint64_t>>;
  py::class_<ObservedTensor>(module, "ObservedTensor", "What calibration saw of one tensor.")
      .def_readonly("name", &ObservedTensor::name)
      .def_readonly("graph", &ObservedTensor::graph)
      .def_readonly("tensor", &ObservedTensor::tensor)
      .def_property_readonly("samples", [](const ObservedTensor& it) { return it.statistics.samples; })
      .def_property_readonly("values", [](const ObservedTensor& it) { return it.statistics.values; })
      .def_property_readonly(
          "lowest", [](const ObservedTensor& it) { return pairs(it.statistics.lowest); },
          "The two lowest values of different samples, each with its sample.")
      .def_property_readonly(
          "highest", [](const ObservedTensor& it) { return pairs(it.statistics.highest); },
          "The two highest values of different samples, each with its sample.")
      .def_property_readonly("channel_peaks", [](const ObservedTensor& it) { return it.statistics.channel_peaks; })
      .def_property_readonly(
          "histogram",
          [](const ObservedTensor& it) {
            Bins bins;
            for (const auto& bin : it.statistics.histogram.bins()) bins.emplace_back(bin.low, bin.high, bin.count);
            return bins;
          },
          "Bins (low, high, count) that hold values, ascending.");
}

}  // namespace

void register_quantization(py::module_& module) {
  register_tensor(module);
  py::class_<Observations>(module, "Observations", "Statistics of a model's tensors over calibration samples.")
      .def("merge", &Observations::merge, py::arg("other"), py::call_guard<py::gil_scoped_release>(),
           "Add the samples of another part.")
      .def("copy", [](const Observations& self) { return Observations(self); })
      .def_property_readonly("samples", &Observations::samples)
      .def("tensors", &tensors)
      .def("to_bytes", &to_bytes)
      .def_static("from_bytes", &from_bytes, py::arg("bytes"));
  py::class_<ConversionInput>(module, "ConversionInput", "An input that calibration samples feed.")
      .def_readonly("name", &ConversionInput::name)
      .def_readonly("tensor_name", &ConversionInput::tensor_name)
      .def_readonly("tensor", &ConversionInput::tensor)
      .def_readonly("dtype", &ConversionInput::dtype)
      .def_readonly("shape", &ConversionInput::shape);
  py::class_<ConversionSignature>(module, "ConversionSignature", "A signature that calibration samples are for.")
      .def_readonly("key", &ConversionSignature::key)
      .def_readonly("graph", &ConversionSignature::graph)
      .def_readonly("inputs", &ConversionSignature::inputs)
      .def_readonly("outputs", &ConversionSignature::outputs, "Tensors of the graph's outputs.");
  py::class_<ConversionOperator>(module, "ConversionOperator", "An operator of the float model.")
      .def_readonly("graph", &ConversionOperator::graph)
      .def_readonly("name", &ConversionOperator::name)
      .def_readonly("layers", &ConversionOperator::layers, "The layers that it came from, owner first.")
      .def_readonly("inputs", &ConversionOperator::inputs)
      .def_readonly("outputs", &ConversionOperator::outputs);
}

}  // namespace litesmith::bindings
