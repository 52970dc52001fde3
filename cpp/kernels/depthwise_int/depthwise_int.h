#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/depthwise/depthwise.h"
#include "kernels/requantize/requantize.h"
#include "simd/cpu.h"

/// Integer depthwise convolution: exact sums of (x - zero point) * w over (ky, kx), padding being real 0, then what
/// `IntegerDepthwise` says (reference: arithmetic.md §1, §2). All instruction sets give equal bits.
///
/// Use: integer_depthwise_layout() -> pack_integer_depthwise() once; plan_integer_depthwise() per shape;
/// run_integer_depthwise() over tile ranges. All strides count elements.
namespace litesmith::kernels {

/// What goes in and what a sum becomes.
enum class IntegerDepthwise : std::uint8_t {
  int8,        ///< int8 x, int8 y: multiplied in 32 bits
  uint8,       ///< uint8 x, uint8 y: multiplied in 32 bits
  int16,       ///< int16 x, int16 y: multiplied in 32 bits
  int16_wide,  ///< int16 x, int16 y: 64-bit bias and multiplication
  hybrid       ///< int8 x that stands for floats, float32 y
};

/// How filters lie: blocks of layout.vector output channels; the last block ends with the last channel and overlaps the
/// one before it.
struct IntegerDepthwiseLayout {
  DepthwiseLayout base;
  simd::Isa isa = simd::Isa::scalar;  ///< the requested one; base.isa is the one of the sums
  IntegerDepthwise form = IntegerDepthwise::int8;
  std::int64_t kernel_h = 1;
  std::int64_t kernel_w = 1;
  std::int64_t group = 1;        ///< rows of a filter column that lie together
  std::int32_t x_offset = 0;     ///< the loops see x + x_offset
  std::int64_t block_bytes = 0;  ///< filters of one block
  bool wide_sums = false;        ///< sums may leave 32 bits
  bool makes_results = false;    ///< the loops requantize in registers
};

/// `isa` must be supported; the loops of the most capable ISA not above it are taken. `largest_filter` is the largest
/// sum of magnitudes of one channel's filter, or a bound of it.
IntegerDepthwiseLayout integer_depthwise_layout(simd::Isa isa, IntegerDepthwise form, std::int64_t channels,
                                                std::int64_t kernel_h, std::int64_t kernel_w,
                                                std::int64_t largest_filter) noexcept;

/// Bytes of the packed buffer; it must be 64-byte aligned.
std::size_t packed_bytes(const IntegerDepthwiseLayout& layout) noexcept;

/// Packs filter values less their zero point, dense [kernel_h, kernel_w, channels], within [-255, 255]; int8 and hybrid
/// forms take int8 values only.
void pack_integer_depthwise(const IntegerDepthwiseLayout& layout, const std::int16_t* filter,
                            std::byte* packed) noexcept;

/// The output channels rounded up to whole vectors.
std::int64_t padded_channels(const IntegerDepthwiseLayout& layout) noexcept;

/// starts[c] = bias[c] - zero_point * (sum of channel c's filter), as the loops need it; bias may be null (0).
void depthwise_starts(const IntegerDepthwiseLayout& layout, const std::int32_t* filter_sums, const std::int32_t* bias,
                      std::int32_t x_zero_point, std::int32_t* starts) noexcept;

/// Arrays of padded_channels() values; those that the form does not use are null.
struct ChannelConstants {
  const std::int32_t* starts = nullptr;     ///< depthwise_starts()
  const Multiplier* multipliers = nullptr;  ///< all but hybrid
  const std::int64_t* wide_bias = nullptr;  ///< int16_wide
  const float* scales = nullptr;            ///< hybrid: scale of x times scale of the filter, as float32
  const float* bias = nullptr;              ///< hybrid
  NearScales near{};                        ///< int8, if is_small_sum() holds for every channel
};

/// y = clamp(zero_point + multiplied sum); hybrid: y = clamp(float(sum) * scale + bias).
struct IntegerDepthwiseResult {
  ChannelConstants channels;
  std::int32_t x_zero_point = 0;
  OutputRange range{};
  Clamp limits{};  ///< hybrid
};

struct IntegerDepthwisePlan {
  IntegerDepthwiseLayout layout;
  DepthwisePlan base;
  std::int64_t sums_pixel = 0;    ///< channels between two pixels of the sums in scratch
  std::int64_t columns = 0;       ///< columns whose sums are made at a time
  std::size_t scratch_bytes = 0;  ///< per thread, 64-byte aligned
};

IntegerDepthwisePlan plan_integer_depthwise(const IntegerDepthwiseLayout& layout, const Conv2dShape& shape,
                                            std::int64_t multiplier) noexcept;

/// Computes tiles [begin, end) of dense images. x and y have the types of the form and must not overlap.
void run_integer_depthwise(const IntegerDepthwisePlan& plan, const void* x, const std::byte* packed, void* y,
                           const IntegerDepthwiseResult& result, std::int64_t begin, std::int64_t end,
                           void* scratch) noexcept;

}  // namespace litesmith::kernels
