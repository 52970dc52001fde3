#include "base/shape.h"

#include <algorithm>

#include "base/error.h"

namespace litesmith {
namespace {
constexpr std::int64_t kLargest = std::int64_t{1} << 62;
}

std::int64_t checked_product(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product) || product > kLargest)
    fail(ErrorKind::limit, "a size of ", a, " x ", b, " does not fit into 62 bits");
  return product;
}

void Shape::fail_axis(int axis) const {
  fail(ErrorKind::value, "a tensor of shape ", *this, " has no dimension ", axis);
}

bool Shape::is_static() const noexcept {
  return has_rank_ && std::all_of(dims_.begin(), dims_.end(), [](std::int32_t dim) { return dim >= 0; });
}

std::optional<std::int64_t> Shape::element_count() const {
  if (!is_static()) return std::nullopt;
  return count(0, rank());
}

std::int64_t Shape::count(int first, int last) const {
  std::int64_t product = 1;
  for (int axis = first; axis < last; ++axis) product = checked_product(product, (*this)[axis]);
  return product;
}

std::string to_string(const Shape& shape) {
  if (!shape.has_rank()) return "[...]";
  std::string text = "[";
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (axis > 0) text += ", ";
    text += shape[axis] < 0 ? "?" : std::to_string(shape[axis]);
  }
  return text + "]";
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

std::int64_t elements(const Shape& shape) {
  const auto count = shape.element_count();
  if (!count) fail(ErrorKind::value, "the shape ", shape, " is not fully known");
  return *count;
}

std::size_t packed_bytes(DType dtype, std::int64_t count) {
  const std::int64_t bits = checked_product(count, bit_width(dtype));
  return static_cast<std::size_t>(bits / 8 + (bits % 8 != 0 ? 1 : 0));
}

std::optional<int> normalize_axis(std::int64_t axis, int rank) noexcept {
  if (axis < -rank || axis >= rank) return std::nullopt;
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  if (!a.has_rank() || !b.has_rank()) return Shape::unknown_rank();
  const int rank = std::max(a.rank(), b.rank());
  std::vector<std::int32_t> dims(static_cast<std::size_t>(rank));
  for (int i = 1; i <= rank; ++i) {
    const std::int32_t x = i <= a.rank() ? a.back(i) : 1;
    const std::int32_t y = i <= b.rank() ? b.back(i) : 1;
    std::int32_t& dim = dims[static_cast<std::size_t>(rank - i)];
    if (x == y || y == 1)
      dim = x;
    else if (x == 1)
      dim = y;
    else if (x == kUnknownDim)
      dim = y;
    else if (y == kUnknownDim)
      dim = x;
    else
      return std::nullopt;
  }
  return Shape(std::move(dims));
}

}  // namespace litesmith
