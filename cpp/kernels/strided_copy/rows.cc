#include "kernels/strided_copy/element.h"
#include "kernels/strided_copy/strided_copy.h"

namespace litesmith::kernels {
namespace {

template <std::size_t width>
void copy_elements(const CopyAxis axis, const std::byte* from, std::byte* to) noexcept {
  constexpr auto kStep = static_cast<std::int64_t>(width);
  const std::int64_t count = axis.size;
  if (axis.from == 0 && axis.to == kStep) {
    const Element<width> element = load<width>(from);
    for (std::int64_t i = 0; i < count; ++i) store<width>(to + i * kStep, element);
  } else if (axis.to == kStep) {
    for (std::int64_t i = 0; i < count; ++i) store<width>(to + i * kStep, load<width>(from + i * axis.from));
  } else {
    for (std::int64_t i = 0; i < count; ++i) store<width>(to + i * axis.to, load<width>(from + i * axis.from));
  }
}

/// Rows of `half` to 2 * `half` bytes, as their first and their last `half` bytes.
template <std::size_t half>
void copy_pairs(const CopyAxis rows, std::int64_t bytes, const std::byte* from, std::byte* to) noexcept {
  const std::int64_t last = bytes - static_cast<std::int64_t>(half);
  for (std::int64_t i = 0; i < rows.size; ++i, from += rows.from, to += rows.to) {
    const Element<half> head = load<half>(from), tail = load<half>(from + last);
    store<half>(to, head);
    store<half>(to + last, tail);
  }
}

/// Rows of at least 32 bytes; the last move overlaps what came before.
void copy_blocks(const CopyAxis rows, std::int64_t bytes, const std::byte* from, std::byte* to) noexcept {
  const std::int64_t last = bytes - 32;
  for (std::int64_t i = 0; i < rows.size; ++i, from += rows.from, to += rows.to) {
    for (std::int64_t at = 0; at < last; at += 32) store<32>(to + at, load<32>(from + at));
    store<32>(to + last, load<32>(from + last));
  }
}

}  // namespace

void copy_rows(const CopyAxis& rows, std::int64_t bytes, const std::byte* from, std::byte* to) noexcept {
  switch (bytes) {
    case 0: return;
    case 1: return copy_elements<1>(rows, from, to);
    case 2: return copy_elements<2>(rows, from, to);
    case 4: return copy_elements<4>(rows, from, to);
    case 8: return copy_elements<8>(rows, from, to);
    case 16: return copy_elements<16>(rows, from, to);
    default: break;
  }
  if (bytes < 4) return copy_pairs<2>(rows, bytes, from, to);
  if (bytes < 8) return copy_pairs<4>(rows, bytes, from, to);
  if (bytes < 16) return copy_pairs<8>(rows, bytes, from, to);
  if (bytes < 32) return copy_pairs<16>(rows, bytes, from, to);
  if (bytes < 128) return copy_blocks(rows, bytes, from, to);
  for (std::int64_t i = 0; i < rows.size; ++i)
    std::memcpy(to + i * rows.to, from + i * rows.from, static_cast<std::size_t>(bytes));
}

void fill_elements(const std::byte* value, std::int64_t element_bytes, std::byte* to, std::int64_t count) noexcept {
  const auto width = static_cast<std::size_t>(element_bytes);
  bool is_one_byte = true;
  for (std::size_t i = 1; i < width; ++i) is_one_byte = is_one_byte && value[i] == value[0];
  if (count <= 0 || width == 0) return;
  if (is_one_byte)
    std::memset(to, static_cast<int>(value[0]), static_cast<std::size_t>(count) * width);
  else
    copy_rows({count, 0, element_bytes}, element_bytes, value, to);
}

}  // namespace litesmith::kernels
