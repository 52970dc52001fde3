#include <algorithm>

#include "kernels/integer_gemm/integer_gemm.h"
#include "kernels/integer_gemm/panel.h"
#include "kernels/integer_gemm/rows.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kBlockRows = 64;            // rows whose sums of a panel stay in L1
constexpr std::int64_t kRowBytes = 128 * 1024;     // their activations: L2
constexpr std::int64_t kPanelBytes = 1024 * 1024;  // weights of a tile
constexpr std::int64_t kTilesWanted = 16;          // enough for a few threads to balance
constexpr std::int64_t kFewestPanels = 2;          // of a tile, as each copies its rows
constexpr std::int64_t kAlias = 1024;              // pitches that compete for the same lines of L1

std::int64_t ceil_div(std::int64_t a, std::int64_t b) noexcept { return (a + b - 1) / b; }

/// Whether the inputs of all rows are contiguous and equally far apart: products and dense 1x1 convolutions.
std::int64_t uniform_stride(const Conv2dShape& s, const ImageStrides& x) noexcept {
  const bool one_tap = s.kernel_h == 1 && s.kernel_w == 1 && s.pad_top == 0 && s.pad_left == 0;
  if (!one_tap) return 0;
  if (s.out_h == 1 && s.out_w == 1) return x.batch;
  const bool whole = s.out_h == s.in_h && s.out_w == s.in_w && s.stride_h == 1 && s.stride_w == 1;
  const bool dense = x.row == s.in_w * x.pixel && (s.batch == 1 || x.batch == s.in_h * x.row);
  return whole && dense ? x.pixel : 0;
}

/// Image rows that a block of `rows` output pixels reads, at most.
std::int64_t most_window_rows(const Conv2dShape& s, std::int64_t rows) noexcept {
  const std::int64_t output_rows = std::min((rows - 1) / s.out_w + 2, s.batch * s.out_h);
  const std::int64_t images = std::min(s.batch, (output_rows - 1) / s.out_h + 2);
  return output_rows * s.stride_h + images * ((s.kernel_h - 1) * s.dilation_h + 1);
}

/// Reading image rows in place costs less copying where windows overlap, unless a block's image rows are many.
void choose_window(IntegerPlan& plan) noexcept {
  const Conv2dShape& s = plan.shape;
  const IntegerLayout& layout = plan.layout;
  const std::int64_t terms = s.kernel_w * s.in_c;
  const bool runs_fit = s.dilation_w == 1 || s.in_c % layout.depth == 0;
  if (s.kernel_h * s.kernel_w == 1 || layout.segment != terms || !runs_fit) return;
  const std::int64_t rows = std::min(plan.rows, kBlockRows);
  const std::int64_t columns = (s.out_w - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1;
  const std::int64_t window_rows = most_window_rows(s, rows);
  const std::int64_t elements = window_rows * columns * s.in_c;
  if (elements >= rows * plan.pitch || elements * activation_bytes(layout) > kRowBytes) return;
  plan.window_rows = window_rows;
  plan.pitch = columns * s.in_c;
}

void choose_tiles(IntegerPlan& plan) noexcept {
  const IntegerLayout& layout = plan.layout;
  const std::int64_t fitting_rows =
      plan.window_rows > 0 ? kBlockRows : kRowBytes / (plan.pitch * activation_bytes(layout));
  plan.row_blocks = ceil_div(plan.rows, std::clamp<std::int64_t>(fitting_rows, 8, kBlockRows));
  const std::int64_t fitting = ceil_div(panel_offset(layout, 1, 0), kPanelBytes);
  const std::int64_t wanted = ceil_div(kTilesWanted, plan.row_blocks * layout.groups);
  const std::int64_t most = std::max<std::int64_t>(1, layout.panels / kFewestPanels);
  plan.panel_blocks = std::min(most, std::max(fitting, wanted));
  plan.tiles = layout.groups * plan.panel_blocks * plan.row_blocks;
}

}  // namespace

IntegerPlan plan_integer_conv2d(const IntegerLayout& layout, const Conv2dShape& shape, ImageStrides x,
                                std::int64_t y_stride) noexcept {
  IntegerPlan plan{.layout = layout, .shape = shape, .x = x, .y_stride = y_stride};
  plan.rows = shape.batch * shape.out_h * shape.out_w;
  plan.pitch = panel_steps(layout) * layout.depth;
  if (plan.pitch * activation_bytes(layout) % kAlias == 0) plan.pitch += 64 / activation_bytes(layout);
  plan.row_stride = uniform_stride(shape, x);
  if (plan.row_stride == 0) choose_window(plan);
  choose_tiles(plan);
  plan.scratch_bytes = RowScratch::bytes(plan);
  return plan;
}

IntegerPlan plan_integer_gemm(const IntegerLayout& layout, std::int64_t m, std::int64_t x_stride,
                              std::int64_t y_stride) noexcept {
  const Conv2dShape shape{.batch = m, .in_c = layout.k};
  return plan_integer_conv2d(layout, shape, {.batch = x_stride, .row = 0, .pixel = 0}, y_stride);
}

}  // namespace litesmith::kernels
