#include <algorithm>

#include "kernels/depthwise/channel_loops.h"
#include "kernels/depthwise/depthwise.h"
#include "kernels/depthwise/pixel_table.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kWeightBytes = 16'384;  // filters of a tile: half of L1
constexpr std::int64_t kInputBytes = 262'144;  // input of a tile: a part of L2
constexpr std::int64_t kTilesWanted = 16;      // enough for a few threads to balance

std::int64_t ceil_div(std::int64_t a, std::int64_t b) noexcept { return (a + b - 1) / b; }

std::int64_t block_floats(const DepthwiseLayout& layout) noexcept { return (1 + layout.taps) * layout.vector; }

std::int64_t blocks(const DepthwiseLayout& layout) noexcept { return ceil_div(layout.channels, layout.vector); }

}  // namespace

void choose_tiles(DepthwisePlan& plan, std::int64_t block_bytes, std::int64_t element_bytes) noexcept {
  const Conv2dShape& s = plan.shape;
  const std::int64_t most = blocks(plan.layout) / (plan.whole_vectors && blocks(plan.layout) > 1 ? 2 : 1);
  plan.channel_blocks = std::min(ceil_div(blocks(plan.layout) * block_bytes, kWeightBytes), most);
  const std::int64_t row_bytes =
      s.stride_h * s.in_w * ceil_div(plan.layout.channels, plan.channel_blocks) * element_bytes;
  const std::int64_t rows = std::clamp<std::int64_t>(kInputBytes / row_bytes, 2, s.out_h);
  const std::int64_t wanted = std::min(ceil_div(kTilesWanted, s.batch * plan.channel_blocks), ceil_div(s.out_h, 4));
  plan.row_blocks = std::clamp<std::int64_t>(std::max(ceil_div(s.out_h, rows), wanted), 1, s.out_h);
  plan.tiles = s.batch * plan.row_blocks * plan.channel_blocks;
}

const DepthwiseLoops& depthwise_loops(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  if (simd::usable(simd::Isa::avx512, isa)) return depthwise_avx512::loops;
  if (simd::usable(simd::Isa::avx2, isa)) return depthwise_avx2::loops;
#endif
  static_cast<void>(isa);
  return depthwise_scalar::loops;
}

DepthwiseLayout depthwise_layout(simd::Isa isa, std::int64_t channels, std::int64_t taps) noexcept {
  const DepthwiseLoops& loops = depthwise_loops(isa);
  return {.isa = loops.isa, .channels = channels, .taps = taps, .vector = loops.vector};
}

std::size_t packed_bytes(const DepthwiseLayout& layout) noexcept {
  return static_cast<std::size_t>(blocks(layout) * block_floats(layout)) * sizeof(float);
}

void pack_depthwise(const DepthwiseLayout& layout, const float* filter, const float* bias, float* packed) noexcept {
  for (std::int64_t first = 0; first < layout.channels; first += layout.vector) {
    const std::int64_t count = std::min(layout.vector, layout.channels - first);
    std::fill_n(packed, block_floats(layout), 0.0F);
    if (bias != nullptr) std::copy_n(bias + first, count, packed);
    packed += layout.vector;
    for (std::int64_t tap = 0; tap < layout.taps; ++tap, packed += layout.vector) {
      std::copy_n(filter + tap * layout.channels + first, count, packed);
    }
  }
}

DepthwisePlan plan_depthwise(const DepthwiseLayout& layout, const Conv2dShape& shape, std::int64_t multiplier,
                             ImageStrides x, ImageStrides y) noexcept {
  DepthwisePlan plan{.layout = layout, .shape = shape, .x = x, .y = y, .multiplier = multiplier};
  choose_tiles(plan, block_floats(layout) * static_cast<std::int64_t>(sizeof(float)), sizeof(float));
  plan.scratch_bytes = PixelTable<float>::bytes(plan);
  return plan;
}

}  // namespace litesmith::kernels
