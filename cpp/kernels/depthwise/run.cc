#include "kernels/depthwise/channel_loops.h"
#include "kernels/depthwise/depthwise.h"
#include "kernels/depthwise/pixel_table.h"

namespace litesmith::kernels {
namespace {

DepthwiseCall call_of(const DepthwisePlan& plan, const PixelTable<float>& table, Clamp clamp) noexcept {
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

}  // namespace

void run_depthwise(const DepthwisePlan& plan, const float* x, const float* packed, float* y, Clamp clamp,
                   std::int64_t begin, std::int64_t end, void* scratch) noexcept {
  const DepthwiseLoops& loops = depthwise_loops(plan.layout.isa);
  PixelTable<float> table{plan, scratch};
  DepthwiseCall call = call_of(plan, table, clamp);
  for (std::int64_t index = begin; index < end; ++index) {
    const DepthwiseTile tile = tile_at(plan, index);
    table.fill(x, tile);
    call.rows = tile.row_end - tile.row_begin;
    call.packed = packed + tile.first_channel * (1 + plan.layout.taps);
    call.channels = tile.channels;
    call.y = y + tile.batch * plan.y.batch + tile.row_begin * plan.y.row + tile.first_channel;
    loops.run(call);
  }
}

}  // namespace litesmith::kernels
