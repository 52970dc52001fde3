#include <algorithm>

#include "kernels/depthwise/channel_loops.h"
#include "kernels/depthwise/depthwise.h"
#include "kernels/depthwise/pixel_table.h"

namespace litesmith::kernels {
namespace {

DepthwiseCall call_of(const DepthwisePlan& plan, const PixelTable& table, Clamp clamp) noexcept {
  const Conv2dShape& s = plan.shape;
  return {.pixels = table.pixels(),
          .pitch = table.pitch(),
          .columns = s.out_w,
          .kernel_h = s.kernel_h,
          .kernel_w = s.kernel_w,
          .stride_h = s.stride_h,
          .stride_w = s.stride_w,
          .dilation_h = s.dilation_h,
          .dilation_w = s.dilation_w,
          .y_row = plan.y.row,
          .y_pixel = plan.y.pixel,
          .lo = clamp.lo,
          .hi = clamp.hi};
}

void select_channels(const DepthwisePlan& plan, const float* packed, std::int64_t block, DepthwiseCall& call) noexcept {
  const DepthwiseLayout& layout = plan.layout;
  const std::int64_t vectors = (layout.channels + layout.vector - 1) / layout.vector;
  const std::int64_t begin = vectors * block / plan.channel_blocks;
  const std::int64_t end = vectors * (block + 1) / plan.channel_blocks;
  call.packed = packed + begin * (1 + layout.taps) * layout.vector;
  call.first_channel = begin * layout.vector;
  call.channels = std::min(end * layout.vector, layout.channels) - call.first_channel;
}

}  // namespace

void run_depthwise(const DepthwisePlan& plan, const float* x, const float* packed, float* y, Clamp clamp,
                   std::int64_t begin, std::int64_t end, void* scratch) noexcept {
  const DepthwiseLoops& loops = depthwise_loops(plan.layout.isa);
  PixelTable table{plan, scratch};
  DepthwiseCall call = call_of(plan, table, clamp);
  std::int64_t filled = -1;
  for (std::int64_t tile = begin; tile < end; ++tile) {
    const std::int64_t rows = tile / plan.channel_blocks;
    const std::int64_t row_block = rows % plan.row_blocks;
    const std::int64_t b = rows / plan.row_blocks;
    const std::int64_t row_begin = plan.shape.out_h * row_block / plan.row_blocks;
    const std::int64_t row_end = plan.shape.out_h * (row_block + 1) / plan.row_blocks;
    if (rows != filled) table.fill(x, b, row_begin, row_end);
    filled = rows;
    select_channels(plan, packed, tile % plan.channel_blocks, call);
    call.rows = row_end - row_begin;
    call.y = y + b * plan.y.batch + row_begin * plan.y.row;
    loops.run(call);
  }
}

}  // namespace litesmith::kernels
