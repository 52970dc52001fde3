#pragma once

#include <pybind11/numpy.h>

#include <utility>
#include <vector>

#include "quantization/observer.h"

namespace litesmith::bindings {

/// A sample from Python: contiguous arrays of the inputs' types, by tensor.
using SampleArrays = std::vector<std::pair<int, pybind11::array>>;

/// Views of the arrays, which must outlive them. Throws Error(value) for strided arrays.
std::vector<quantization::Feed> feeds_of(const SampleArrays& values);

}  // namespace litesmith::bindings
