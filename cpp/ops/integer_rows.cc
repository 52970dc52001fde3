#include "ops/integer_rows.h"

#include <cstring>

#include "ops/stored_integer.h"

namespace litesmith::ops {
namespace {

/// Calls store(position in y, element) for all elements of the rows.
template <class Store>
void for_each_element(const MatrixLayout& layout, std::int64_t matrix, Range rows, Store store) noexcept {
  const std::int64_t first = matrix * layout.size();
  if (!layout.transposed) {
    const std::int64_t begin = first + rows.begin * layout.columns;
    for (std::int64_t i = 0; i < rows.size() * layout.columns; ++i) store(i, begin + i);
    return;
  }
  for (std::int64_t column = 0; column < layout.columns; ++column)
    for (std::int64_t row = 0; row < rows.size(); ++row)
      store(row * layout.columns + column, first + column * layout.rows + rows.begin + row);
}

template <class T>
T element(const std::byte* data, std::int64_t i) noexcept {
  T value;
  std::memcpy(&value, data + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

template <class T>
void copy_unchanged(const MatrixLayout& layout, const std::byte* data, std::int64_t matrix, Range rows, T* y) noexcept {
  if (!layout.transposed) {
    const std::int64_t begin = matrix * layout.size() + rows.begin * layout.columns;
    std::memcpy(y, data + begin * static_cast<std::int64_t>(sizeof(T)),
                static_cast<std::size_t>(rows.size() * layout.columns) * sizeof(T));
    return;
  }
  for_each_element(layout, matrix, rows, [&](std::int64_t to, std::int64_t from) { y[to] = element<T>(data, from); });
}

}  // namespace

void copy_rows(const MatrixLayout& layout, const std::byte* data, std::int64_t matrix, Range rows,
               std::int8_t* y) noexcept {
  const auto copy = [&](auto read) {
    for_each_element(layout, matrix, rows, [&](std::int64_t to, std::int64_t from) { y[to] = read(from); });
  };
  switch (layout.type) {
    case DType::uint8:
      copy([&](std::int64_t i) { return static_cast<std::int8_t>(std::to_integer<int>(data[i]) - 128); });
      break;
    case DType::int4: copy([&](std::int64_t i) { return static_cast<std::int8_t>(packed<4, true>(data, i)); }); break;
    case DType::int2: copy([&](std::int64_t i) { return static_cast<std::int8_t>(packed<2, true>(data, i)); }); break;
    default: copy_unchanged(layout, data, matrix, rows, y);
  }
}

void copy_rows(const MatrixLayout& layout, const std::byte* data, std::int64_t matrix, Range rows,
               std::int16_t* y) noexcept {
  copy_unchanged(layout, data, matrix, rows, y);
}

void copy_rows(const MatrixLayout& layout, const std::byte* data, std::int64_t matrix, Range rows, float* y) noexcept {
  copy_unchanged(layout, data, matrix, rows, y);
}

}  // namespace litesmith::ops
