#include "base/error.h"
#include "ops/case.h"

namespace litesmith::ops::matrix_diag {
namespace {

std::vector<Value> diagonals(const std::vector<Value>& inputs) {
  Shape shape = inputs[0].shape;
  shape.dims().push_back(shape.back());
  return {pick(inputs[0], shape, [](Index index) {
    const std::int64_t column = index.back();
    index.pop_back();
    return index.back() == column ? std::optional(index) : std::nullopt;
  })};
}

std::vector<Value> with_diagonals(const std::vector<Value>& inputs) {
  Value result = inputs[0];
  const auto rows = static_cast<std::size_t>(result.shape.back(2));
  const auto columns = static_cast<std::size_t>(result.shape.back(1));
  const std::size_t width = byte_width(result.dtype);
  const std::size_t length = std::min(rows, columns);
  for (std::size_t i = 0; i < inputs[1].bytes.size() / width; ++i) {
    const std::size_t at = (i / length * rows + i % length) * columns + i % length;
    for (std::size_t byte = 0; byte < width; ++byte)
      result.bytes[at * width + byte] = inputs[1].bytes[i * width + byte];
  }
  return {result};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const DType type : {DType::float32, DType::int8, DType::int64})
    for (const Shape& shape : {Shape{4}, Shape{2, 3}, Shape{2, 1, 3, 2, 1}, Shape{2, 0}})
      list.push_back({concat(name(type), " ", shape), "MATRIX_DIAG", {}, {distinct(type, shape)}, {type}, diagonals});
  const struct {
    Shape x, diagonal;
  } rows[] = {{{3, 3}, {3}}, {{4, 6}, {4}}, {{2, 6, 4}, {2, 4}}, {{2, 2, 2, 1, 5}, {2, 2, 2, 1}}, {{2, 0, 3}, {2, 0}}};
  for (const DType type : {DType::float32, DType::uint8, DType::int16})
    for (const auto& row : rows) {
      Value x = distinct(type, row.x);
      for (std::byte& byte : x.bytes) byte ^= std::byte{0x55};
      list.push_back({concat(name(type), " ", row.x),
                      "MATRIX_SET_DIAG",
                      {},
                      {x, distinct(type, row.diagonal)},
                      {type},
                      with_diagonals});
    }
  return list;
}

}  // namespace litesmith::ops::matrix_diag
