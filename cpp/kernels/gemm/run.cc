#include <algorithm>

#include "kernels/gemm/gemm.h"
#include "kernels/gemm/panel.h"
#include "kernels/gemm/scratch.h"
#include "kernels/tile_share.h"

namespace litesmith::kernels {
namespace {

/// Terms [term, next) of all sums, as the part of `call` that differs between passes.
void select_terms(const Conv2dPlan& plan, const ScratchView& scratch, std::int64_t term, PanelCall& call) noexcept {
  const std::int64_t length = plan.segment_length;
  const std::int64_t segment = term / length;
  call.x_rows = scratch.x_rows + segment * scratch.pitch;
  call.offset = term % length;
  if (plan.segments == 1 || plan.depth_block < length) {
    call.segments = 1;
    call.length = std::min(plan.depth_block, length - call.offset);
  } else {
    call.segments = std::min(plan.depth_block / length, plan.segments - segment);
    call.length = length;
  }
}

class TileRun {
 public:
  TileRun(const Conv2dPlan& plan, const float* packed, Clamp clamp, bool accumulate,
          const ScratchView& scratch) noexcept
      : plan_{plan},
        packed_{packed},
        clamp_{clamp},
        accumulate_{accumulate},
        scratch_{scratch},
        loops_{panel_loops(plan.layout.isa)} {}

  void operator()(const TileShare& tile) const noexcept {
    PanelCall call{.row_pitch = scratch_.pitch, .rows = tile.row_end - tile.row_begin, .y_rows = scratch_.y_rows};
    for (std::int64_t term = 0; term < plan_.layout.k; term += call.segments * call.length) {
      select_terms(plan_, scratch_, term, call);
      const bool last = term + call.segments * call.length == plan_.layout.k;
      call.lo = last ? clamp_.lo : Clamp{}.lo;
      call.hi = last ? clamp_.hi : Clamp{}.hi;
      const std::int64_t narrow = std::clamp(plan_.layout.wide_panels, tile.panel_begin, tile.panel_end);
      run_panels(tile, tile.panel_begin, narrow, term, call);
      const bool cut = plan_.layout.cut > 0 && tile.panel_end == plan_.layout.panels;
      const std::int64_t whole = cut ? tile.panel_end - 1 : tile.panel_end;
      run_panels(tile, narrow, whole, term, call);
      run_panels(tile, whole, tile.panel_end, term, call);
    }
  }

 private:
  /// Panels [begin, end), which are equally wide.
  void run_panels(const TileShare& tile, std::int64_t begin, std::int64_t end, std::int64_t term,
                  PanelCall& call) const noexcept {
    if (begin == end) return;
    const PanelLayout& layout = plan_.layout;
    const std::int64_t width = panel_width(layout, begin);
    const std::int64_t before = columns_before(layout, begin);
    const float* packed = packed_ + tile.group * group_floats(layout) + before * (layout.k + 1);
    call.weights = packed + (1 + term) * width;
    call.bias = term == 0 && !accumulate_ ? packed : nullptr;
    call.y_offset = before;
    call.columns = std::min(width * (end - begin), layout.n - before);
    const bool half = width % layout.vector != 0;
    const auto vectors = static_cast<std::size_t>((width + layout.vector - 1) / layout.vector);
    const PanelFn loop = half ? loops_.half[vectors - 1] : loops_.run[vectors - 1];
    loop(call, {.count = end - begin, .stride = width * (layout.k + 1)});
  }

  const Conv2dPlan& plan_;
  const float* packed_;
  Clamp clamp_;
  bool accumulate_;
  const ScratchView& scratch_;
  const PanelLoops& loops_;
};

}  // namespace

void run_gemm(const Conv2dPlan& plan, const float* x, const float* packed, float* y, Clamp clamp, std::int64_t begin,
              std::int64_t end, void* scratch, bool accumulate) noexcept {
  const ScratchView view{plan, scratch};
  const TileRun run{plan, packed, clamp, accumulate, view};
  for (std::int64_t index = begin; index < end; ++index) {
    const TileShare tile = tile_share(plan, index);
    point_rows(plan, x, y, tile.group, tile.row_begin, tile.row_end, view);
    run(tile);
  }
}

void run_conv2d(const Conv2dPlan& plan, const float* x, const float* packed, float* y, Clamp clamp, std::int64_t begin,
                std::int64_t end, void* scratch) noexcept {
  run_gemm(plan, x, packed, y, clamp, begin, end, scratch, false);
}

}  // namespace litesmith::kernels
