#pragma once

#include <pybind11/numpy.h>

#include <span>
#include <string>
#include <vector>

#include "interpreter/executor.h"

namespace litesmith::bindings {

/// The numpy type of a tensor's elements; int8 (uint8) for int4 and int2 (uint4). bfloat16 and the float8 types come
/// from ml_dtypes where that is installed, else as unsigned integers of their width.
pybind11::dtype numpy_type(DType dtype);

/// The content of a bytes object, which cannot change, for as long as anything uses it.
Bytes borrow(const pybind11::bytes& content);

/// The array's shape; sparse constants are the list of their stored values.
std::vector<pybind11::ssize_t> array_shape(const interpreter::TensorView& view);
/// An array that unpack_values() fills.
pybind11::array empty_array(const interpreter::TensorView& view);
/// Copies values, spreading packed integers to one byte each. Throws Error(value) when the sizes do not agree.
void unpack_values(const interpreter::TensorView& view, std::span<std::byte> target);
/// One byte per int4, uint4 or int2 element to the packed form. Throws Error(value) for elements out of range.
std::vector<std::byte> pack_values(DType dtype, std::span<const std::byte> values);

/// The strings of a string tensor, in the file's form. Throws Error(value) when the offsets do not fit the bytes.
std::vector<std::string> unpack_strings(const interpreter::TensorView& view);
std::vector<std::byte> pack_strings(const std::vector<std::string>& values);

}  // namespace litesmith::bindings
