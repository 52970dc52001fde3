#pragma once

#include <cstdint>

#include "kernels/requantize/requantize.h"
#include "simd/cpu.h"

/// The loops of kernels/depthwise_int that make sums. Internal to this folder.
namespace litesmith::kernels {

/// Channels of one block.
inline constexpr std::int64_t kSumVector = 16;

/// Some output rows times all their columns and a range of channels. The first channel of input pixel (i, j), counted
/// from the top-left tap of the first output, is at pixels[i * pitch + j]; padding is a pixel of zero points.
/// Whole vectors are read and written: `channels` is at least kSumVector unless pixels are longer.
template <class T>
struct SumCall {
  const T* const* pixels = nullptr;
  std::int64_t pitch = 0;
  std::int64_t columns = 0;
  std::int64_t kernel_h = 1;
  std::int64_t kernel_w = 1;
  std::int64_t stride_h = 1;
  std::int64_t stride_w = 1;
  std::int64_t dilation_h = 1;
  std::int64_t dilation_w = 1;
  const std::byte* packed = nullptr;  ///< the block of the first channel
  std::int64_t block_bytes = 0;
  const std::int32_t* starts = nullptr;
  std::int64_t channels = 0;
  std::int32_t* sums = nullptr;  ///< of the first channel of the first output
  std::int64_t sums_row = 0;
  std::int64_t sums_pixel = 0;
  // For loops that make int8 results instead of sums; rows and pixels of y are y_row and y_pixel elements apart.
  std::int8_t* y = nullptr;
  std::int64_t y_row = 0;
  std::int64_t y_pixel = 0;
  const Multiplier* multipliers = nullptr;  ///< of the first channel
  NearScales near{};
  OutputRange range{};
};

/// Filters of a block: for phase 0 and, when group > 1, phase 1; for each column kx; for each group of rows: channels
/// times `group` values, the first `phase` rows before the filter and those behind it being zero. `halves` orders the
/// channels as unpacking 16-bit values within 128 bits does.
struct FilterOrder {
  std::int64_t group;
  std::int64_t value_bytes;
  bool halves;
};

/// Loops for one output row and for two.
template <class T>
struct RowLoops {
  void (*one)(const SumCall<T>& call) noexcept;
  void (*two)(const SumCall<T>& call) noexcept;
};

template <class T>
struct SumLoops {
  simd::Isa isa;
  FilterOrder order;
  std::int32_t x_offset;  ///< added to every x
  RowLoops<T> sums;
  RowLoops<T> results;  ///< int8 requantized in registers, from kSumVector channels on; null where there are none
};

/// Groups of rows of a phase.
constexpr std::int64_t groups_of(std::int64_t kernel_h, std::int64_t phase, std::int64_t group) noexcept {
  return (kernel_h + phase + group - 1) / group;
}

#define LITESMITH_SUM_LOOPS(name)            \
  namespace name {                           \
  extern const SumLoops<std::int8_t> int8;   \
  extern const SumLoops<std::uint8_t> uint8; \
  extern const SumLoops<std::int16_t> int16; \
  }
LITESMITH_SUM_LOOPS(depthwise_int_scalar)
#if defined(__x86_64__)
LITESMITH_SUM_LOOPS(depthwise_int_avx2)
namespace depthwise_int_avx512vnni {
extern const SumLoops<std::int8_t> int8;
}
#endif
#undef LITESMITH_SUM_LOOPS

/// The loops of the most capable ISA not above `isa`.
template <class T>
const SumLoops<T>& sum_loops(simd::Isa isa) noexcept;

}  // namespace litesmith::kernels
