#include "dense_array.h"
#include "formats/protobuf/graph_def.h"
#include "register.h"
#include "tensor_values.h"

namespace litesmith::bindings {

namespace py = pybind11;

void register_graph_files(py::module_& module) {
  module.def(
      "decode_tensor", [](const py::bytes& message) { return dense_array(formats::decode_tensor({borrow(message)})); },
      py::arg("message"), "The values of a serialized TensorProto; strings as bytes in an array of objects.");
}

}  // namespace litesmith::bindings
