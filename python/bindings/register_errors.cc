#include "base/error.h"
#include "register.h"

namespace litesmith::bindings {
namespace {

namespace py = pybind11;

py::object exception_of(ErrorKind kind) {
  const auto builtin = [](PyObject* type) { return py::reinterpret_borrow<py::object>(type); };
  switch (kind) {
    case ErrorKind::value: return builtin(PyExc_ValueError);
    case ErrorKind::type: return builtin(PyExc_TypeError);
    case ErrorKind::io: return builtin(PyExc_OSError);
    case ErrorKind::unsupported: return py::module_::import("litesmith.errors").attr("ConverterError");
    case ErrorKind::limit: return py::module_::import("litesmith.errors").attr("ModelLimitError");
    case ErrorKind::runtime: return builtin(PyExc_RuntimeError);
  }
  return builtin(PyExc_RuntimeError);
}

}  // namespace

void register_errors(py::module_& module) {
  static_cast<void>(module);
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const Error& error) {
      const py::object text = py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(
          error.what(), static_cast<Py_ssize_t>(std::char_traits<char>::length(error.what())), "replace"));
      PyErr_SetObject(exception_of(error.kind()).ptr(), text.ptr());
    }
  });
}

}  // namespace litesmith::bindings
