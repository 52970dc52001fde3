#include <algorithm>
#include <cstring>

#include "kernels/strided_copy/strided_copy.h"

namespace litesmith::kernels {
namespace {

/// Position in the outer loops.
class Odometer {
 public:
  Odometer(const StridedCopy& copy, std::int64_t position) noexcept : copy_(copy) {
    for (int i = copy.outer_count - 1; i >= 0; --i) {
      const CopyAxis& axis = copy.outer[i];
      at_[i] = position % axis.size;
      position /= axis.size;
      from_ += at_[i] * axis.from;
      to_ += at_[i] * axis.to;
    }
  }
  std::int64_t from() const noexcept { return from_; }
  std::int64_t to() const noexcept { return to_; }
  void advance() noexcept {
    for (int i = copy_.outer_count - 1; i >= 0; --i) {
      const CopyAxis& axis = copy_.outer[i];
      from_ += axis.from;
      to_ += axis.to;
      if (++at_[i] < axis.size) return;
      from_ -= axis.size * axis.from;
      to_ -= axis.size * axis.to;
      at_[i] = 0;
    }
  }

 private:
  const StridedCopy& copy_;
  std::int64_t at_[kMaxCopyAxes];
  std::int64_t from_ = 0;
  std::int64_t to_ = 0;
};

template <std::size_t width>
struct Element {
  std::byte bytes[width];
};
template <std::size_t width>
Element<width> load(const std::byte* from) noexcept {
  Element<width> element;
  std::memcpy(&element, from, width);
  return element;
}
template <std::size_t width>
void store(std::byte* to, const Element<width>& element) noexcept {
  std::memcpy(to, &element, width);
}

template <std::size_t width>
void copy_elements(const CopyAxis& axis, std::int64_t count, const std::byte* from, std::byte* to) noexcept {
  constexpr auto kStep = static_cast<std::int64_t>(width);
  if (axis.from == 0 && axis.to == kStep) {
    const Element<width> element = load<width>(from);
    for (std::int64_t i = 0; i < count; ++i) store<width>(to + i * kStep, element);
  } else if (axis.to == kStep) {
    for (std::int64_t i = 0; i < count; ++i) store<width>(to + i * kStep, load<width>(from + i * axis.from));
  } else {
    for (std::int64_t i = 0; i < count; ++i) store<width>(to + i * axis.to, load<width>(from + i * axis.from));
  }
}

/// A square block at a time: its source and target lines stay in the first cache.
template <std::size_t width>
void transpose(const StridedCopy& copy, std::int64_t rows, const std::byte* from, std::byte* to) noexcept {
  constexpr auto kStep = static_cast<std::int64_t>(width);
  constexpr std::int64_t kBlock = width >= 16 ? 8 : (width >= 4 ? 16 : 32);
  const std::int64_t columns = copy.inner.size;
  const std::int64_t from_step = copy.inner.from;
  const std::int64_t to_step = copy.cross.to;
  for (std::int64_t r = 0; r < rows; r += kBlock) {
    const std::int64_t row_end = std::min(r + kBlock, rows);
    for (std::int64_t c = 0; c < columns; c += kBlock) {
      const std::int64_t column_end = std::min(c + kBlock, columns);
      for (std::int64_t i = r; i < row_end; ++i)
        for (std::int64_t j = c; j < column_end; ++j)
          store<width>(to + i * to_step + j * kStep, load<width>(from + i * kStep + j * from_step));
    }
  }
}

template <std::size_t width>
void run_unit(const StridedCopy& copy, std::int64_t first, std::int64_t count, const std::byte* from,
              std::byte* to) noexcept {
  if (copy.kind == StridedCopy::Inner::transpose)
    transpose<width>(copy, count, from + first * copy.cross.from, to + first * copy.cross.to);
  else
    copy_elements<width>(copy.inner, count, from + first * copy.inner.from, to + first * copy.inner.to);
}

void run_rows(const StridedCopy&, std::int64_t first, std::int64_t count, const std::byte* from,
              std::byte* to) noexcept {
  std::memcpy(to + first, from + first, static_cast<std::size_t>(count));
}

using Unit = void (*)(const StridedCopy&, std::int64_t, std::int64_t, const std::byte*, std::byte*) noexcept;

Unit unit_of(const StridedCopy& copy) noexcept {
  if (copy.kind == StridedCopy::Inner::rows) return run_rows;
  switch (copy.width) {
    case 16: return run_unit<16>;
    case 8: return run_unit<8>;
    case 4: return run_unit<4>;
    case 2: return run_unit<2>;
    default: return run_unit<1>;
  }
}

}  // namespace

void run_strided_copy(const StridedCopy& copy, const std::byte* from, std::byte* to, std::int64_t first,
                      std::int64_t last) noexcept {
  const std::int64_t begin = first * copy.units_per_tile;
  const std::int64_t end = std::min(last * copy.units_per_tile, copy.units);
  if (begin >= end) return;
  const Unit run = unit_of(copy);
  const std::int64_t length = copy.kind == StridedCopy::Inner::transpose ? copy.cross.size : copy.inner.size;
  Odometer at(copy, begin / copy.chunks);
  std::int64_t chunk = begin % copy.chunks;
  for (std::int64_t unit = begin; unit < end; ++unit) {
    const std::int64_t start = chunk * copy.chunk;
    run(copy, start, std::min(copy.chunk, length - start), from + at.from(), to + at.to());
    if (++chunk == copy.chunks) {
      chunk = 0;
      at.advance();
    }
  }
}

void fill_elements(const std::byte* value, std::int64_t element_bytes, std::byte* to, std::int64_t count) noexcept {
  const auto width = static_cast<std::size_t>(element_bytes);
  bool is_one_byte = true;
  for (std::size_t i = 1; i < width; ++i) is_one_byte = is_one_byte && value[i] == value[0];
  if (count <= 0 || width == 0) return;
  if (is_one_byte) {
    std::memset(to, static_cast<int>(value[0]), static_cast<std::size_t>(count) * width);
    return;
  }
  const CopyAxis axis{count, 0, element_bytes};
  switch (width) {
    case 2: return copy_elements<2>(axis, count, value, to);
    case 4: return copy_elements<4>(axis, count, value, to);
    case 8: return copy_elements<8>(axis, count, value, to);
    case 16: return copy_elements<16>(axis, count, value, to);
    default:
      for (std::int64_t i = 0; i < count; ++i) std::memcpy(to + i * element_bytes, value, width);
  }
}

}  // namespace litesmith::kernels
