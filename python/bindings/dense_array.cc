#include "dense_array.h"

#include "tensor_values.h"

namespace litesmith::bindings {
namespace {

namespace py = pybind11;

py::array string_array(const interpreter::TensorView& view) {
  const std::vector<py::ssize_t> shape(view.shape.begin(), view.shape.end());
  py::array array(py::dtype("object"), shape);
  auto* const target = static_cast<PyObject**>(array.mutable_data());
  const std::vector<std::string> strings = unpack_strings(view);
  for (std::size_t i = 0; i < strings.size(); ++i) Py_XSETREF(target[i], py::bytes(strings[i]).release().ptr());
  return array;
}

}  // namespace

py::array dense_array(const formats::DenseTensor& tensor) {
  interpreter::TensorView view;
  view.dtype = tensor.dtype;
  view.shape = tensor.shape;
  view.data = tensor.data.data();
  view.bytes = tensor.data.size();
  if (view.dtype == DType::string) return string_array(view);
  py::array array = empty_array(view);
  unpack_values(view, {static_cast<std::byte*>(array.mutable_data()), static_cast<std::size_t>(array.nbytes())});
  return array;
}

}  // namespace litesmith::bindings
