#include <algorithm>

#include "kernels/depthwise/pixel_table.h"
#include "kernels/depthwise_int/depthwise_int.h"
#include "kernels/depthwise_int/sum_loops.h"

namespace litesmith::kernels {
namespace {

std::int64_t blocks(const IntegerDepthwiseLayout& layout) noexcept {
  return (layout.base.channels + kSumVector - 1) / kSumVector;
}

FilterOrder order_of(const IntegerDepthwiseLayout& layout) noexcept {
  switch (layout.form) {
    case IntegerDepthwise::uint8: return sum_loops<std::uint8_t>(layout.base.isa).order;
    case IntegerDepthwise::int16:
    case IntegerDepthwise::int16_wide: return sum_loops<std::int16_t>(layout.base.isa).order;
    default: return sum_loops<std::int8_t>(layout.base.isa).order;
  }
}

template <class T>
IntegerDepthwiseLayout layout_of(const SumLoops<T>& loops) noexcept {
  return {.base = {.isa = loops.isa}, .group = loops.order.group, .x_offset = loops.x_offset};
}

/// The channel of a block that stands at `slot`.
std::int64_t channel_at(const FilterOrder& order, std::int64_t slot) noexcept {
  if (!order.halves) return slot;
  return slot / 8 * 4 + slot % 8 / 4 * 8 + slot % 4;
}

/// One group of rows of one column, for all channels of a block that begins at `filter`.
std::byte* pack_group(const IntegerDepthwiseLayout& layout, const std::int16_t* filter, std::int64_t kx,
                      std::int64_t first_row, std::byte* to) noexcept {
  const FilterOrder order = order_of(layout);
  const std::int64_t channels = layout.base.channels;
  for (std::int64_t slot = 0; slot < kSumVector; ++slot)
    for (std::int64_t ky = first_row; ky < first_row + order.group; ++ky, to += order.value_bytes) {
      const std::int64_t c = channel_at(order, slot);
      const bool inside = ky >= 0 && ky < layout.kernel_h && c < channels;
      const std::int16_t value = inside ? filter[(ky * layout.kernel_w + kx) * channels + c] : std::int16_t{0};
      if (order.value_bytes == 1)
        *reinterpret_cast<std::int8_t*>(to) = static_cast<std::int8_t>(value);
      else
        *reinterpret_cast<std::int16_t*>(to) = value;
    }
  return to;
}

std::int64_t block_bytes(const IntegerDepthwiseLayout& layout) noexcept {
  const FilterOrder order = order_of(layout);
  std::int64_t groups = groups_of(layout.kernel_h, 0, order.group);
  if (order.group > 1) groups += groups_of(layout.kernel_h, 1, order.group);
  return groups * layout.kernel_w * kSumVector * order.group * order.value_bytes;
}

}  // namespace

IntegerDepthwiseLayout integer_depthwise_layout(simd::Isa isa, IntegerDepthwise form, std::int64_t channels,
                                                std::int64_t kernel_h, std::int64_t kernel_w,
                                                std::int64_t largest_filter) noexcept {
  constexpr std::int64_t kLargestInt16 = 32768;
  const bool wide_sums = form == IntegerDepthwise::int16_wide && largest_filter > INT32_MAX / kLargestInt16;
  IntegerDepthwiseLayout layout;
  if (wide_sums)
    layout = layout_of(sum_loops<std::int16_t>(simd::Isa::scalar));
  else if (form == IntegerDepthwise::uint8)
    layout = layout_of(sum_loops<std::uint8_t>(isa));
  else if (form == IntegerDepthwise::int16 || form == IntegerDepthwise::int16_wide)
    layout = layout_of(sum_loops<std::int16_t>(isa));
  else
    layout = layout_of(sum_loops<std::int8_t>(isa));
  layout.isa = isa;
  layout.makes_results = form == IntegerDepthwise::int8 && channels >= kSumVector &&
                         sum_loops<std::int8_t>(layout.base.isa).results.one != nullptr;
  layout.wide_sums = wide_sums;
  layout.form = form;
  layout.kernel_h = kernel_h;
  layout.kernel_w = kernel_w;
  layout.base.channels = channels;
  layout.base.taps = kernel_h * kernel_w;
  layout.base.vector = kSumVector;
  layout.block_bytes = block_bytes(layout);
  return layout;
}

std::size_t packed_bytes(const IntegerDepthwiseLayout& layout) noexcept {
  return static_cast<std::size_t>(blocks(layout) * layout.block_bytes);
}

void pack_integer_depthwise(const IntegerDepthwiseLayout& layout, const std::int16_t* filter,
                            std::byte* packed) noexcept {
  for (std::int64_t block = 0; block < blocks(layout); ++block) {
    const std::int64_t first =
        std::max<std::int64_t>(std::min(block * kSumVector, layout.base.channels - kSumVector), 0);
    for (std::int64_t phase = 0; phase < std::min<std::int64_t>(layout.group, 2); ++phase)
      for (std::int64_t kx = 0; kx < layout.kernel_w; ++kx)
        for (std::int64_t g = 0; g < groups_of(layout.kernel_h, phase, layout.group); ++g)
          packed = pack_group(layout, filter + first, kx, g * layout.group - phase, packed);
  }
}

std::int64_t padded_channels(const IntegerDepthwiseLayout& layout) noexcept { return blocks(layout) * kSumVector; }

void depthwise_starts(const IntegerDepthwiseLayout& layout, const std::int32_t* filter_sums, const std::int32_t* bias,
                      std::int32_t x_zero_point, std::int32_t* starts) noexcept {
  const auto offset = static_cast<std::uint32_t>(x_zero_point + layout.x_offset);
  for (std::int64_t c = 0; c < layout.base.channels; ++c) {
    const auto start = static_cast<std::uint32_t>(bias == nullptr ? 0 : bias[c]);
    starts[c] = static_cast<std::int32_t>(start - offset * static_cast<std::uint32_t>(filter_sums[c]));
  }
  std::fill(starts + layout.base.channels, starts + padded_channels(layout), 0);
}

IntegerDepthwisePlan plan_integer_depthwise(const IntegerDepthwiseLayout& layout, const Conv2dShape& shape,
                                            std::int64_t multiplier) noexcept {
  constexpr std::int64_t kSumBytes = 16'384;
  constexpr std::int64_t kColumns = 14;  // a multiple of what the loops take at a time
  const bool is_short = layout.form == IntegerDepthwise::int16 || layout.form == IntegerDepthwise::int16_wide;
  IntegerDepthwisePlan plan;
  plan.layout = layout;
  DepthwisePlan& base = plan.base;
  base.layout = layout.base;
  base.shape = shape;
  base.x = dense_image(shape.in_h, shape.in_w, shape.in_c);
  base.y = dense_image(shape.out_h, shape.out_w, layout.base.channels);
  base.multiplier = multiplier;
  base.whole_vectors = true;
  choose_tiles(base, layout.block_bytes, is_short ? 2 : 1);
  base.scratch_bytes = is_short ? PixelTable<std::int16_t>::bytes(base) : PixelTable<std::int8_t>::bytes(base);
  plan.sums_pixel = (blocks(layout) + base.channel_blocks - 1) / base.channel_blocks * kSumVector;
  const std::int64_t pixel_bytes = 2 * plan.sums_pixel * static_cast<std::int64_t>(sizeof(std::int32_t));
  const std::int64_t fitting = std::max<std::int64_t>(kSumBytes / pixel_bytes / kColumns, 1) * kColumns;
  plan.columns = std::min(fitting, shape.out_w);
  const std::int64_t bytes = plan.columns * pixel_bytes;
  const bool is_wide = layout.form == IntegerDepthwise::int16_wide;
  plan.scratch_bytes = base.scratch_bytes + static_cast<std::size_t>(is_wide ? bytes * 2 : bytes);
  return plan;
}

}  // namespace litesmith::kernels
