#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstring>

#include "quantization/verification.h"
#include "register.h"
#include "sample_feeds.h"
#include "simd/cpu.h"
#include "tensor_values.h"
#include "tflite/reader.h"

namespace py = pybind11;

namespace litesmith::bindings {
namespace {

using quantization::Verification;

struct VerifiedResult {
  int tensor = 0;
  py::array stored, actual, expected;
};

py::array array_of(const py::dtype& type, const Shape& shape, std::span<const std::byte> bytes) {
  py::array array(type, std::vector<py::ssize_t>(shape.dims().begin(), shape.dims().end()));
  if (!bytes.empty()) std::memcpy(array.mutable_data(), bytes.data(), bytes.size());
  return array;
}

std::unique_ptr<Verification> open(const py::bytes& reference, const py::bytes& quantized, int threads) {
  Bytes float_file = borrow(reference);
  Bytes quantized_file = borrow(quantized);
  const py::gil_scoped_release release;
  return std::make_unique<Verification>(
      std::make_shared<const ir::Model>(tflite::read(std::move(float_file), "the float model")),
      std::make_shared<const ir::Model>(tflite::read(std::move(quantized_file), "the quantized model")),
      Verification::Options{.threads = threads, .isa = simd::active_isa()});
}

std::vector<VerifiedResult> run(Verification& self, int graph, const SampleArrays& values) {
  const std::vector<quantization::Feed> feeds = feeds_of(values);
  std::vector<quantization::VerifiedResult> results;
  {
    const py::gil_scoped_release release;
    results = self.run(graph, feeds);
  }
  const py::dtype real = numpy_type(DType::float32);
  std::vector<VerifiedResult> list;
  for (const quantization::VerifiedResult& it : results)
    list.push_back({it.tensor, array_of(numpy_type(it.dtype), it.shape, it.stored),
                    array_of(real, it.shape, std::as_bytes(std::span(it.actual))),
                    array_of(real, it.shape, std::as_bytes(std::span(it.expected)))});
  return list;
}

}  // namespace

void register_verification(py::module_& module) {
  py::class_<VerifiedResult>(module, "VerifiedResult",
                             "A result of the quantized model beside the float operator's on the same inputs.")
      .def_readonly("tensor", &VerifiedResult::tensor, "Its number in the quantized model.")
      .def_readonly("stored", &VerifiedResult::stored, "The integers of the quantized model.")
      .def_readonly("actual", &VerifiedResult::actual, "What the quantized model computed, as real numbers.")
      .def_readonly("expected", &VerifiedResult::expected, "What the float operator makes of the same inputs.");
  py::class_<Verification>(module, "Verification",
                           "A quantized model whose operators are compared with float operators on the same inputs.")
      .def(py::init(&open), py::arg("reference"), py::arg("quantized"), py::arg("threads"),
           "Two .tflite files; tensors are matched by name.")
      .def("tensors", &Verification::tensors, py::arg("graph"),
           "Tensors of the quantized model that are compared, and their names in the float model.")
      .def("run", &run, py::arg("graph"), py::arg("values"), "Run a sample: arrays by tensor of the float model.");
}

}  // namespace litesmith::bindings
