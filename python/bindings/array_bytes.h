#pragma once

#include <pybind11/numpy.h>

#include <string>

#include "base/bytes.h"
#include "base/shape.h"

namespace litesmith::bindings {

/// A numpy array seen from the core.
struct ArrayBytes {
  DType dtype = DType::float32;
  Shape shape;
  Bytes data;
};

/// The bytes of a contiguous array, shared with it unless they are few. Fails for types that the core has not, naming
/// `who`.
ArrayBytes bytes_of(const pybind11::array& array, const std::string& who);

}  // namespace litesmith::bindings
