#include "kernels/strided_copy/transpose.h"

#include <algorithm>
#include <utility>

#include "kernels/strided_copy/element.h"

namespace litesmith::kernels {
namespace {

/// 16 bytes of elements of some width.
template <std::size_t width>
struct VectorOf;
template <>
struct VectorOf<1> {
  typedef std::uint8_t Type [[gnu::vector_size(16)]];
};
template <>
struct VectorOf<2> {
  typedef std::uint16_t Type [[gnu::vector_size(16)]];
};
template <>
struct VectorOf<4> {
  typedef std::uint32_t Type [[gnu::vector_size(16)]];
};
template <>
struct VectorOf<8> {
  typedef std::uint64_t Type [[gnu::vector_size(16)]];
};

/// The elements of a and b in turn: of their lower halves when `begin` is 0, of their upper ones when it is half their
/// number.
template <int begin, class Vector, int... i>
[[gnu::always_inline]] inline Vector interleave(Vector a, Vector b, std::integer_sequence<int, i...>) noexcept {
  constexpr int kCount = sizeof...(i);
  return __builtin_shufflevector(a, b, (begin + i / 2 + (i % 2) * kCount)...);
}

/// A square of 16 bytes a side. Every round interleaves the upper half of the rows with the lower one.
template <std::size_t width>
[[gnu::always_inline]] inline void transpose_square(const Transposition& m, const std::byte* from,
                                                    std::byte* to) noexcept {
  using Vector = typename VectorOf<width>::Type;
  constexpr int kSide = 16 / width;
  constexpr std::make_integer_sequence<int, kSide> kPlaces;
  Vector rows[kSide], mixed[kSide];
#pragma GCC unroll 16
  for (int i = 0; i < kSide; ++i) std::memcpy(&rows[i], from + i * m.from_step, 16);
#pragma GCC unroll 4
  for (int round = kSide; round > 1; round /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < kSide / 2; ++i) {
      mixed[2 * i] = interleave<0>(rows[i], rows[i + kSide / 2], kPlaces);
      mixed[2 * i + 1] = interleave<kSide / 2>(rows[i], rows[i + kSide / 2], kPlaces);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kSide; ++i) rows[i] = mixed[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < kSide; ++i) std::memcpy(to + i * m.to_step, &rows[i], 16);
}

/// Both sides hold at least one square; the last ones overlap their neighbours. Strips are as wide as a cache line of
/// the source, or half of one.
template <std::size_t width>
void transpose_squares(const Transposition m) noexcept {
  constexpr std::int64_t kSide = 16 / width, kWidth = width, kStrip = (width >= 4 ? 64 : 32) / width;
  for (std::int64_t first = 0; first < m.rows; first += kStrip) {
    const std::int64_t end = std::min(first + kStrip, m.rows);
    for (std::int64_t c = 0; c < m.columns; c += kSide) {
      const std::int64_t column = std::min(c, m.columns - kSide);
      for (std::int64_t r = first; r < end; r += kSide) {
        const std::int64_t row = std::min(r, m.rows - kSide);
        transpose_square<width>(m, m.from + row * kWidth + column * m.from_step,
                                m.to + row * m.to_step + column * kWidth);
      }
    }
  }
}

/// `few` columns, or all of them when it is 0.
template <std::size_t width, std::int64_t few>
void transpose_narrow(const Transposition m) noexcept {
  constexpr std::int64_t kWidth = width;
  const std::int64_t columns = few > 0 ? few : m.columns;
  for (std::int64_t i = 0; i < m.rows; ++i)
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < columns; ++j)
      store<width>(m.to + i * m.to_step + j * kWidth, load<width>(m.from + i * kWidth + j * m.from_step));
}

template <std::size_t width, std::int64_t few>
void transpose_low(const Transposition m) noexcept {
  constexpr std::int64_t kWidth = width;
  const std::int64_t rows = few > 0 ? few : m.rows;
  for (std::int64_t j = 0; j < m.columns; ++j)
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < rows; ++i)
      store<width>(m.to + i * m.to_step + j * kWidth, load<width>(m.from + i * kWidth + j * m.from_step));
}

template <std::size_t width>
void transpose_elements(const Transposition& m) noexcept {
  constexpr std::int64_t kSide = 16 / width;
  if constexpr (width < 16)
    if (std::min(m.rows, m.columns) >= kSide) return transpose_squares<width>(m);
  const bool is_narrow = m.columns <= m.rows;
  switch (std::min(m.rows, m.columns)) {
    case 2: return is_narrow ? transpose_narrow<width, 2>(m) : transpose_low<width, 2>(m);
    case 3: return is_narrow ? transpose_narrow<width, 3>(m) : transpose_low<width, 3>(m);
    case 4: return is_narrow ? transpose_narrow<width, 4>(m) : transpose_low<width, 4>(m);
    default: return is_narrow ? transpose_narrow<width, 0>(m) : transpose_low<width, 0>(m);
  }
}

}  // namespace

void transpose(const Transposition& matrix) noexcept {
  switch (matrix.width) {
    case 16: return transpose_elements<16>(matrix);
    case 8: return transpose_elements<8>(matrix);
    case 4: return transpose_elements<4>(matrix);
    case 2: return transpose_elements<2>(matrix);
    default: return transpose_elements<1>(matrix);
  }
}

}  // namespace litesmith::kernels
