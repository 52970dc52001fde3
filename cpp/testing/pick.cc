#include <cstring>

#include "base/error.h"
#include "base/string_buffer.h"
#include "ops/case.h"
#include "ops/case_strings.h"

namespace litesmith::ops {
namespace {

std::int64_t position(const Index& index, const Shape& shape) {
  std::int64_t at = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const std::int64_t i = index.at(static_cast<std::size_t>(axis));
    if (i < 0 || i >= shape[axis])
      fail(ErrorKind::value, "the reference reads entry ", i, " of axis ", axis, " of ", shape);
    at = at * shape[axis] + i;
  }
  return at;
}

void advance(Index& index, const Shape& shape) {
  for (std::size_t axis = index.size(); axis-- > 0;) {
    if (++index[axis] < shape[static_cast<int>(axis)]) return;
    index[axis] = 0;
  }
}

}  // namespace

Value distinct(DType dtype, const Shape& shape) {
  const auto count = static_cast<std::size_t>(elements(shape));
  const std::size_t width = byte_width(dtype);
  Value result{dtype, shape, std::vector<std::byte>(count * width), {}, false, false};
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t number =
        dtype == DType::boolean ? i * 0x9E3779B97F4A7C15u >> 63 : (i + 1) * 0x0101010101010193u;
    for (std::size_t at = 0; at < width; at += sizeof(number))
      std::memcpy(result.bytes.data() + i * width + at, &number, std::min(width - at, sizeof(number)));
  }
  return result;
}

Value strings(const Shape& shape, const std::vector<std::string_view>& texts) {
  return {DType::string, shape, string_buffer(texts), {}, false, false};
}

Value pick(const Value& x, const Shape& shape, const std::function<std::optional<Index>(const Index& index)>& source,
           const std::vector<std::byte>& otherwise) {
  const std::size_t width = byte_width(x.dtype);
  const auto count = static_cast<std::size_t>(elements(shape));
  Value result{x.dtype, shape, std::vector<std::byte>(count * width), {}, false, false};
  Index index(static_cast<std::size_t>(shape.rank()), 0);
  for (std::size_t i = 0; i < count; ++i, advance(index, shape)) {
    std::byte* to = result.bytes.data() + i * width;
    if (const auto from = source(index))
      std::memcpy(to, x.bytes.data() + static_cast<std::size_t>(position(*from, x.shape)) * width, width);
    else if (!otherwise.empty())
      std::memcpy(to, otherwise.data(), width);
  }
  return result;
}

}  // namespace litesmith::ops
