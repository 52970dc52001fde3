#include "tensor_values.h"

#include <cstring>

#include "base/error.h"

namespace litesmith::bindings {
namespace {

namespace py = pybind11;

bool is_signed(DType dtype) { return dtype == DType::int4 || dtype == DType::int2; }
bool is_packed(DType dtype) { return bit_width(dtype) > 0 && byte_width(dtype) == 0; }

bool is_machine_learning_type(DType dtype) {
  return dtype == DType::bfloat16 || dtype == DType::float8_e4m3fn || dtype == DType::float8_e5m2;
}

py::dtype machine_learning_type(DType dtype) {
  try {
    return py::dtype::from_args(py::module_::import("ml_dtypes").attr(std::string(name(dtype)).c_str()));
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_ImportError) && !error.matches(PyExc_AttributeError)) throw;
    return py::dtype(dtype == DType::bfloat16 ? "uint16" : "uint8");
  }
}

}  // namespace

py::dtype numpy_type(DType dtype) {
  if (is_machine_learning_type(dtype)) return machine_learning_type(dtype);
  if (is_packed(dtype)) return py::dtype(is_signed(dtype) ? "int8" : "uint8");
  if (bit_width(dtype) == 0) return py::dtype("object");
  return py::dtype(std::string(name(dtype)));
}

Bytes borrow(const py::bytes& content) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(content.ptr(), &data, &size) != 0) throw py::error_already_set();
  const std::shared_ptr<const void> owner(new py::bytes(content), [](const py::bytes* held) {
    const py::gil_scoped_acquire acquire;
    delete held;
  });
  return Bytes(owner, std::as_bytes(std::span(data, static_cast<std::size_t>(size))));
}

std::vector<py::ssize_t> array_shape(const interpreter::TensorView& view) {
  const std::int64_t count = elements(view.shape);
  if (packed_bytes(view.dtype, count) == view.bytes) return {view.shape.begin(), view.shape.end()};
  return {static_cast<py::ssize_t>(view.bytes * 8 / static_cast<std::size_t>(bit_width(view.dtype)))};
}

py::array empty_array(const interpreter::TensorView& view) {
  if (bit_width(view.dtype) == 0)
    fail(ErrorKind::value, "a tensor of type ", name(view.dtype), " has no values that Python could read");
  return py::array(numpy_type(view.dtype), array_shape(view));
}

void unpack_values(const interpreter::TensorView& view, std::span<std::byte> target) {
  if (!is_packed(view.dtype)) {
    if (target.size() != view.bytes) fail(ErrorKind::value, "the tensor changed its size while it was read");
    if (!target.empty()) std::memcpy(target.data(), view.data, target.size());
    return;
  }
  const auto bits = static_cast<unsigned>(bit_width(view.dtype));
  if (packed_bytes(view.dtype, static_cast<std::int64_t>(target.size())) != view.bytes)
    fail(ErrorKind::value, "the tensor changed its size while it was read");
  const unsigned mask = (1U << bits) - 1;
  const unsigned sign = is_signed(view.dtype) ? 1U << (bits - 1) : 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const std::size_t bit = i * bits;
    const unsigned code = (std::to_integer<unsigned>(view.data[bit / 8]) >> (bit % 8)) & mask;
    target[i] = static_cast<std::byte>((code ^ sign) - sign);
  }
}

std::vector<std::byte> pack_values(DType dtype, std::span<const std::byte> values) {
  const int bits = bit_width(dtype);
  const int low = is_signed(dtype) ? -(1 << (bits - 1)) : 0;
  const int high = low + (1 << bits) - 1;
  std::vector<std::byte> packed(packed_bytes(dtype, static_cast<std::int64_t>(values.size())));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int value = is_signed(dtype) ? static_cast<std::int8_t>(values[i]) : std::to_integer<int>(values[i]);
    if (value < low || value > high)
      fail(ErrorKind::value, "Cannot set tensor: element ", i, " is ", value, " but ", name(dtype), " holds ", low,
           " to ", high);
    const std::size_t bit = i * static_cast<std::size_t>(bits);
    const auto code = static_cast<unsigned>(value - low) ^ (is_signed(dtype) ? 1U << (bits - 1) : 0U);
    packed[bit / 8] |= static_cast<std::byte>(code << (bit % 8));
  }
  return packed;
}

std::vector<std::string> unpack_strings(const interpreter::TensorView& view) {
  const auto wanted = static_cast<std::size_t>(elements(view.shape));
  if (view.bytes == 0) return std::vector<std::string>(wanted);
  const auto number_at = [&](std::size_t i) -> std::size_t {
    std::int32_t number = -1;
    if ((i + 1) * sizeof(number) <= view.bytes) std::memcpy(&number, view.data + i * sizeof(number), sizeof(number));
    if (number < 0) fail(ErrorKind::value, "a string tensor's table of offsets is damaged");
    return static_cast<std::size_t>(number);
  };
  const std::size_t count = number_at(0);
  std::vector<std::string> strings;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = number_at(i + 1);
    const std::size_t end = number_at(i + 2);
    if (begin > end || end > view.bytes) fail(ErrorKind::value, "a string tensor's table of offsets is damaged");
    strings.emplace_back(reinterpret_cast<const char*>(view.data) + begin, end - begin);
  }
  if (strings.size() != wanted)
    fail(ErrorKind::value, "a string tensor of shape ", view.shape, " holds ", strings.size(), " strings");
  return strings;
}

std::vector<std::byte> pack_strings(const std::vector<std::string>& values) {
  std::size_t total = (values.size() + 2) * sizeof(std::int32_t);
  std::vector<std::int32_t> head = {static_cast<std::int32_t>(values.size())};
  for (const std::string& one : values) {
    head.push_back(static_cast<std::int32_t>(total));
    total += one.size();
    if (total > INT32_MAX) fail(ErrorKind::value, "Cannot set tensor: the strings take more than 2 GiB");
  }
  head.push_back(static_cast<std::int32_t>(total));
  std::vector<std::byte> packed(total);
  std::memcpy(packed.data(), head.data(), head.size() * sizeof(std::int32_t));
  std::byte* next = packed.data() + head.size() * sizeof(std::int32_t);
  for (const std::string& one : values) {
    if (!one.empty()) std::memcpy(next, one.data(), one.size());
    next += one.size();
  }
  return packed;
}

}  // namespace litesmith::bindings
