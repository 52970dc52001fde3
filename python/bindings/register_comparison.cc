#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "quantization/bias_correction.h"
#include "quantization/comparison.h"
#include "register.h"
#include "sample_feeds.h"

namespace py = pybind11;

namespace litesmith::bindings {
namespace {

using quantization::BiasCorrection;
using quantization::Comparison;
using quantization::Difference;
using quantization::LayerComparison;
using quantization::Range;

template <class Runner>
void add(Runner& self, int graph, const SampleArrays& values) {
  const std::vector<quantization::Feed> feeds = feeds_of(values);
  const py::gil_scoped_release release;
  self.add(graph, feeds);
}

std::pair<float, float> pair(const Range& range) { return {range.min, range.max}; }

void register_layer(py::module_& module) {
  py::class_<Difference>(module, "Difference", "How far one layer's results are from the float model's.")
      .def_property_readonly("sqnr_db", &Difference::sqnr_db, "Signal to noise ratio; infinite when nothing differs.")
      .def_property_readonly("cosine", &Difference::cosine, "1 for equal directions.")
      .def_readonly("largest", &Difference::largest, "Greatest absolute difference.");
  py::class_<LayerComparison>(module, "LayerComparison", "The results of one layer in both models.")
      .def_readonly("layer", &LayerComparison::layer)
      .def_readonly("operators", &LayerComparison::operators)
      .def_property_readonly("dtype", [](const LayerComparison& it) { return std::string(name(it.dtype)); })
      .def_property_readonly("weights", [](const LayerComparison& it) { return std::string(name(it.weights)); })
      .def_readonly("cumulative", &LayerComparison::cumulative, "The whole model is quantized.")
      .def_readonly("isolated", &LayerComparison::isolated, "The layer's inputs are the float model's.")
      .def_property_readonly("seen", [](const LayerComparison& it) { return pair(it.seen); })
      .def_property_readonly("representable", [](const LayerComparison& it) { return pair(it.representable); })
      .def_readonly("values", &LayerComparison::values)
      .def_readonly("saturated", &LayerComparison::saturated)
      .def_property_readonly("bins", [](const LayerComparison& it) { return pair(it.bins); })
      .def_readonly("counts", &LayerComparison::counts)
      .def_readonly("quantized_counts", &LayerComparison::quantized_counts);
}

}  // namespace

void register_comparison(py::module_& module) {
  register_layer(module);
  py::class_<BiasCorrection>(module, "BiasCorrection", "Mean errors of linear operators' results over samples.")
      .def("add", &add<BiasCorrection>, py::arg("graph"), py::arg("values"), "Run a sample: arrays by tensor.")
      .def_property_readonly(
          "errors",
          [](const BiasCorrection& self) {
            std::map<std::pair<int, int>, std::vector<double>> errors;
            for (const auto& [key, error] : self.errors()) errors[{key.first, key.second}] = error.mean;
            return errors;
          },
          "Mean error per channel by (graph, tensor) of the float model.");
  py::class_<Comparison>(module, "Comparison", "A float model and a quantized one, run over the same samples.")
      .def("add", &add<Comparison>, py::arg("graph"), py::arg("values"), "Run a sample: arrays by tensor.")
      .def_property_readonly("samples", &Comparison::samples)
      .def("layers", &Comparison::layers, "In the order in which the float model computes them.");
}

}  // namespace litesmith::bindings
