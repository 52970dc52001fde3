#pragma once

#include <pybind11/numpy.h>

#include "formats/protobuf/graph_def.h"

namespace litesmith::bindings {

/// The tensor's values in an array of its own; strings as bytes objects.
pybind11::array dense_array(const formats::DenseTensor& tensor);

}  // namespace litesmith::bindings
