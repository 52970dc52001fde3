#include "array_bytes.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"

namespace py = pybind11;

namespace litesmith::bindings {
namespace {

/// Keeps a numpy array alive from threads that do not hold the GIL.
std::shared_ptr<const void> keep_alive(py::array array) {
  return {new py::array(std::move(array)), [](const void* kept) {
            const py::gil_scoped_acquire gil;
            delete static_cast<const py::array*>(kept);
          }};
}

}  // namespace

ArrayBytes bytes_of(const py::array& array, const std::string& who) {
  const auto dtype = dtype_from_name(py::cast<std::string>(array.dtype().attr("name")));
  if (!dtype) fail(ErrorKind::type, who, " has the type ", py::cast<std::string>(array.dtype().attr("name")));
  if ((array.flags() & py::array::c_style) == 0) fail(ErrorKind::value, who, " is not contiguous");
  std::vector<std::int32_t> dims;
  for (py::ssize_t axis = 0; axis < array.ndim(); ++axis) {
    if (array.shape(axis) > INT32_MAX) fail(ErrorKind::limit, who, " has a dimension of ", array.shape(axis));
    dims.push_back(static_cast<std::int32_t>(array.shape(axis)));
  }
  const std::span<const std::byte> bytes(static_cast<const std::byte*>(array.data()),
                                         static_cast<std::size_t>(array.nbytes()));
  // Arrays of one file share its memory: a bias must not keep all of it.
  constexpr std::size_t kSmall = 64 * 1024;
  return {*dtype, Shape(std::move(dims)),
          bytes.size() <= kSmall ? Bytes::copy(bytes) : Bytes(keep_alive(array), bytes)};
}

}  // namespace litesmith::bindings
