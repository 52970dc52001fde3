#include <algorithm>

#include "kernels/gemm/gemm.h"
#include "kernels/gemm/panel.h"
#include "kernels/gemm/scratch.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kBlockRows = 64;             // rows that share pointers and a weight panel in L1/L2
constexpr std::int64_t kPointerBudget = 2048;       // row pointers of a block: 16 KiB
constexpr std::int64_t kPanelBlockFloats = 65'536;  // weights of a tile: 256 KiB of L2
constexpr std::int64_t kDepth = 512;                // terms per pass, so that eight rows of x stay in L1
constexpr std::int64_t kTilesWanted = 16;           // enough for a few threads to balance
constexpr std::int64_t kRowPanels = 4;              // panels that a single row meets together
constexpr std::int64_t kShortRun = 32;              // channels below which whole kernel rows become one run

std::int64_t ceil_div(std::int64_t a, std::int64_t b) noexcept { return (a + b - 1) / b; }

void choose_segments(Conv2dPlan& plan) noexcept {
  const Conv2dShape& s = plan.shape;
  const bool rows_as_runs = s.in_c < kShortRun && s.kernel_w > 1;
  plan.segments = rows_as_runs ? s.kernel_h : s.kernel_h * s.kernel_w;
  plan.segment_length = plan.layout.k / plan.segments;
}

void choose_tiles(Conv2dPlan& plan) noexcept {
  const PanelLayout& layout = plan.layout;
  const std::int64_t most_rows = std::clamp<std::int64_t>(kPointerBudget / plan.segments, 8, kBlockRows);
  plan.row_blocks = ceil_div(plan.rows, most_rows);
  const std::int64_t fitting = ceil_div(group_floats(layout), kPanelBlockFloats);
  const std::int64_t wanted = ceil_div(kTilesWanted, plan.row_blocks * layout.groups);
  const std::int64_t most = plan.rows == 1 ? std::max<std::int64_t>(1, layout.panels / kRowPanels) : layout.panels;
  plan.panel_blocks = std::min(most, std::max(fitting, wanted));
  plan.tiles = layout.groups * plan.panel_blocks * plan.row_blocks;

  const bool one_pass = layout.k <= 2 * kDepth || plan.rows < 2 * 8;
  plan.depth_block = one_pass ? layout.k : ceil_div(layout.k, layout.k / kDepth);
}

}  // namespace

Conv2dPlan plan_conv2d(const PanelLayout& layout, const Conv2dShape& shape, ImageStrides x, ImageStrides y) noexcept {
  Conv2dPlan plan{.layout = layout, .shape = shape, .x = x, .y = y};
  plan.rows = shape.batch * shape.out_h * shape.out_w;
  choose_segments(plan);
  choose_tiles(plan);
  plan.scratch_bytes = ScratchView::bytes(plan);
  return plan;
}

Conv2dPlan plan_gemm(const PanelLayout& layout, std::int64_t m, std::int64_t x_stride, std::int64_t y_stride) noexcept {
  const Conv2dShape shape{.in_w = m, .in_c = layout.k, .out_w = m};
  return plan_conv2d(layout, shape, {0, 0, x_stride}, {0, 0, y_stride});
}

}  // namespace litesmith::kernels
