#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "base/mapped_file.h"
#include "interpreter_object.h"
#include "ops/op_def.h"
#include "register.h"
#include "tensor_values.h"
#include "tflite/reader.h"

namespace litesmith::bindings {
namespace {

namespace py = pybind11;

ops::Arithmetic arithmetic_of(const std::string& name) {
  if (name == "litert") return ops::Arithmetic::litert;
  if (name == "tflm") return ops::Arithmetic::tflm;
  fail(ErrorKind::value, "arithmetic is '", name, "' but must be 'litert' or 'tflm'");
}

std::unique_ptr<InterpreterObject> make(Bytes file, const std::string& source, const interpreter::Options& options) {
  const py::gil_scoped_release release;
  return std::make_unique<InterpreterObject>(std::make_shared<const ir::Model>(tflite::read(std::move(file), source)),
                                             options);
}

interpreter::Options make_options(int threads, bool reference, const std::string& arithmetic, bool preserve_all_tensors,
                                  std::optional<std::size_t> memory_limit) {
  return {.threads = threads,
          .isa = reference ? simd::Isa::scalar : simd::active_isa(),
          .arithmetic = arithmetic_of(arithmetic),
          .preserve_all_tensors = preserve_all_tensors,
          .memory_limit = memory_limit.value_or(interpreter::Budget::kUnlimited)};
}

void register_details(py::module_& module) {
  py::class_<ir::Sparsity::Dimension>(module, "SparseDimension")
      .def_readonly("csr", &ir::Sparsity::Dimension::csr)
      .def_readonly("dense_size", &ir::Sparsity::Dimension::dense_size)
      .def_readonly("segments", &ir::Sparsity::Dimension::segments)
      .def_readonly("indices", &ir::Sparsity::Dimension::indices);
  py::class_<ir::Sparsity>(module, "Sparsity")
      .def_readonly("traversal_order", &ir::Sparsity::traversal_order)
      .def_readonly("block_map", &ir::Sparsity::block_map)
      .def_readonly("has_block_map", &ir::Sparsity::has_block_map)
      .def_readonly("dimensions", &ir::Sparsity::dimensions);
  py::class_<TensorDetails>(module, "TensorDetails")
      .def_readonly("name", &TensorDetails::name)
      .def_readonly("index", &TensorDetails::index)
      .def_readonly("dtype", &TensorDetails::dtype)
      .def_property_readonly("numpy_dtype",
                             [](const TensorDetails& it) { return numpy_type(dtype_from_name(it.dtype).value()); })
      .def_readonly("shape", &TensorDetails::shape)
      .def_readonly("shape_signature", &TensorDetails::shape_signature)
      .def_readonly("scales", &TensorDetails::scales)
      .def_readonly("zero_points", &TensorDetails::zero_points)
      .def_readonly("quantized_dimension", &TensorDetails::quantized_dimension)
      .def_readonly("block_size", &TensorDetails::block_size)
      .def_property_readonly("sparsity", [](const TensorDetails& it) -> std::optional<ir::Sparsity> {
        return it.sparsity ? std::optional(*it.sparsity) : std::nullopt;
      });
  py::class_<OperatorDetails>(module, "OperatorDetails")
      .def_readonly("name", &OperatorDetails::name)
      .def_readonly("inputs", &OperatorDetails::inputs)
      .def_readonly("outputs", &OperatorDetails::outputs);
  py::class_<SignatureDetails>(module, "SignatureDetails")
      .def_readonly("key", &SignatureDetails::key)
      .def_readonly("graph", &SignatureDetails::graph)
      .def_readonly("inputs", &SignatureDetails::inputs)
      .def_readonly("outputs", &SignatureDetails::outputs);
}

}  // namespace

void register_interpreter(py::module_& module) {
  register_details(module);
  py::class_<InterpreterObject>(module, "Interpreter")
      .def_static(
          "from_bytes",
          [](const py::bytes& content, int threads, bool reference, const std::string& arithmetic, bool preserve,
             std::optional<std::size_t> limit) {
            return make(borrow(content), "model_content",
                        make_options(threads, reference, arithmetic, preserve, limit));
          },
          py::arg("content"), py::arg("threads"), py::arg("reference"), py::arg("arithmetic"),
          py::arg("preserve_all_tensors"), py::arg("memory_limit"))
      .def_static(
          "from_file",
          [](const py::bytes& path, int threads, bool reference, const std::string& arithmetic, bool preserve,
             std::optional<std::size_t> limit) {
            const std::string text = path;
            return make(map_file(text), text, make_options(threads, reference, arithmetic, preserve, limit));
          },
          py::arg("path"), py::arg("threads"), py::arg("reference"), py::arg("arithmetic"),
          py::arg("preserve_all_tensors"), py::arg("memory_limit"))
      .def("allocate", &InterpreterObject::allocate, py::arg("graph") = 0)
      .def("invoke", &InterpreterObject::invoke, py::arg("graph") = 0)
      .def("is_allocated", &InterpreterObject::is_allocated, py::arg("graph") = 0)
      .def("resize", &InterpreterObject::resize, py::arg("graph"), py::arg("index"), py::arg("shape"))
      .def("reset_variables", &InterpreterObject::reset_variables)
      .def("graph_count", &InterpreterObject::graph_count)
      .def("memory_in_use", &InterpreterObject::memory_in_use)
      .def("plan_text", &InterpreterObject::plan_text, py::arg("graph") = 0)
      .def("invoke_timed", &InterpreterObject::invoke_timed, py::arg("graph") = 0)
      .def("inputs", &InterpreterObject::inputs, py::arg("graph") = 0)
      .def("outputs", &InterpreterObject::outputs, py::arg("graph") = 0)
      .def("tensor_count", &InterpreterObject::tensor_count, py::arg("graph") = 0)
      .def("operator_count", &InterpreterObject::operator_count, py::arg("graph") = 0)
      .def("tensor", &InterpreterObject::tensor, py::arg("graph"), py::arg("index"))
      .def("operator_at", &InterpreterObject::operator_at, py::arg("graph"), py::arg("index"))
      .def("signatures", &InterpreterObject::signatures)
      .def("get", &InterpreterObject::get, py::arg("graph"), py::arg("index"))
      .def("view", &InterpreterObject::view, py::arg("graph"), py::arg("index"))
      .def("set", &InterpreterObject::set, py::arg("graph"), py::arg("index"), py::arg("values"))
      .def("set_strings", &InterpreterObject::set_strings, py::arg("graph"), py::arg("index"), py::arg("values"))
      .def("live_views", &InterpreterObject::live_views)
      .def("require_no_views", &InterpreterObject::require_no_views)
      .def("clone", &InterpreterObject::clone);
}

}  // namespace litesmith::bindings
