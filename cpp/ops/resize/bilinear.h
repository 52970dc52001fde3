#pragma once

#include <cstddef>
#include <cstdint>

namespace litesmith::ops::resize {

/// The two pixels between which an output pixel lies along one axis, and how near it is to the second: as a fraction,
/// or in steps of 1/1024 pixel (reference: arithmetic.md §4).
template <class Weight>
struct BetweenBy {
  std::int64_t first;
  std::int64_t second;
  Weight weight;
};
using Between = BetweenBy<float>;
using FixedBetween = BetweenBy<std::int32_t>;

/// One row of the result between two rows of the operand.
template <class T, class Weight>
struct RowBy {
  const T* top;
  const T* bottom;
  Weight weight;  // of the lower row
  const BetweenBy<Weight>* columns;
  std::int64_t out_w, in_w, channels;
  T* y;
  std::byte* scratch;  // of a fixed-point row: sum_bytes<T> * in_w * channels
};

/// Bytes of the sums of two rows.
template <class T>
constexpr std::size_t sum_bytes = sizeof(T) == 1 ? 4 : 8;

/// Floats: products and sums in the order of the reference kernel; uint8 results are rounded. Fixed point: sums of 20
/// fraction bits, rounded half away from zero.
struct BilinearLoops {
  void (*f32)(const RowBy<float, float>& row) noexcept;
  void (*u8)(const RowBy<std::uint8_t, float>& row) noexcept;
  void (*i8)(const RowBy<std::int8_t, std::int32_t>& row) noexcept;
  void (*i16)(const RowBy<std::int16_t, std::int32_t>& row) noexcept;
};
extern const BilinearLoops scalar_bilinear;
#if defined(__x86_64__)
extern const BilinearLoops avx2_bilinear;
extern const BilinearLoops avx512_bilinear;
#endif

}  // namespace litesmith::ops::resize
