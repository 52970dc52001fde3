#include "kernels/gemm/scratch.h"

#include <algorithm>

#include "kernels/tap_range.h"

namespace litesmith::kernels {
namespace {

constexpr std::size_t kLine = 64;

std::size_t lines(std::int64_t count, std::size_t item) noexcept {
  return (static_cast<std::size_t>(count) * item + kLine - 1) / kLine * kLine;
}

std::int64_t block_pitch(const Conv2dPlan& plan) noexcept {
  return (plan.rows + plan.row_blocks - 1) / plan.row_blocks;
}

/// Whether a run is a whole kernel row rather than one tap.
bool rows_as_runs(const Conv2dPlan& plan) noexcept {
  return plan.segments == plan.shape.kernel_h && plan.shape.kernel_w > 1;
}

/// Points the rows of one output run into one image.
class RunRows {
 public:
  RunRows(const Conv2dPlan& plan, const ScratchView& scratch, const float* image) noexcept
      : plan_{plan}, s_{plan.shape}, scratch_{scratch}, image_{image} {}

  void point_taps(const OutputRun& run) const noexcept {
    const float** rows = scratch_.x_rows + run.m;
    for (std::int64_t ky = 0; ky < s_.kernel_h; ++ky) {
      const float* row = input_row(run, ky);
      for (std::int64_t kx = 0; kx < s_.kernel_w; ++kx, rows += scratch_.pitch) {
        const std::int64_t offset = kx * s_.dilation_w - s_.pad_left;
        const TapRange range =
            row == nullptr ? TapRange{run.end, run.end} : inside(run, s_.stride_w, offset, 0, s_.in_w);
        std::fill(rows, rows + (range.begin - run.begin), scratch_.zeros);
        step(row, offset, range, rows + (range.begin - run.begin));
        std::fill(rows + (range.end - run.begin), rows + (run.end - run.begin), scratch_.zeros);
      }
    }
  }

  void point_kernel_rows(const OutputRun& run) const noexcept {
    const bool contiguous = s_.dilation_w == 1 && plan_.x.pixel == s_.in_c;
    const std::int64_t extent = contiguous ? s_.kernel_w - 1 : s_.in_w;
    const TapRange range = inside(run, s_.stride_w, -s_.pad_left, extent, s_.in_w);
    const float** rows = scratch_.x_rows + run.m;
    for (std::int64_t ky = 0; ky < s_.kernel_h; ++ky, rows += scratch_.pitch) {
      const float* row = input_row(run, ky);
      if (row == nullptr) {
        std::fill(rows, rows + (run.end - run.begin), scratch_.zeros);
        continue;
      }
      copy_runs(row, ky, run, {run.begin, range.begin}, rows);
      step(row, -s_.pad_left, range, rows + (range.begin - run.begin));
      copy_runs(row, ky, run, {range.end, run.end}, rows);
    }
  }

 private:
  /// null when the row is padding.
  const float* input_row(const OutputRun& run, std::int64_t ky) const noexcept {
    const std::int64_t iy = run.oy * s_.stride_h - s_.pad_top + ky * s_.dilation_h;
    return iy >= 0 && iy < s_.in_h ? image_ + iy * plan_.x.row : nullptr;
  }

  void step(const float* row, std::int64_t offset, const TapRange& range, const float** rows) const noexcept {
    if (range.begin == range.end) return;
    const float* pixel = row + (range.begin * s_.stride_w + offset) * plan_.x.pixel;
    const std::int64_t stride = s_.stride_w * plan_.x.pixel;
    for (std::int64_t i = 0; i < range.end - range.begin; ++i) rows[i] = pixel + i * stride;
  }

  void copy_runs(const float* row, std::int64_t ky, const OutputRun& run, const TapRange& range,
                 const float** rows) const noexcept {
    for (std::int64_t ox = range.begin; ox < range.end; ++ox) {
      const std::int64_t m = run.m + ox - run.begin;
      float* to = scratch_.runs + (m * s_.kernel_h + ky) * plan_.segment_length;
      rows[ox - run.begin] = to;
      for (std::int64_t kx = 0; kx < s_.kernel_w; ++kx, to += s_.in_c) {
        const std::int64_t ix = ox * s_.stride_w - s_.pad_left + kx * s_.dilation_w;
        if (ix >= 0 && ix < s_.in_w) {
          std::copy_n(row + ix * plan_.x.pixel, s_.in_c, to);
        } else {
          std::fill_n(to, s_.in_c, 0.0F);
        }
      }
    }
  }

  const Conv2dPlan& plan_;
  const Conv2dShape& s_;
  const ScratchView& scratch_;
  const float* image_;
};

}  // namespace

std::size_t ScratchView::bytes(const Conv2dPlan& plan) noexcept {
  const std::int64_t pitch = block_pitch(plan);
  const std::int64_t copied = rows_as_runs(plan) ? pitch * plan.layout.k : 0;
  return lines(plan.segments * pitch, sizeof(float*)) + lines(pitch, sizeof(float*)) +
         lines(plan.segment_length, sizeof(float)) + lines(copied, sizeof(float));
}

ScratchView::ScratchView(const Conv2dPlan& plan, void* scratch) noexcept : pitch{block_pitch(plan)} {
  auto* at = static_cast<std::byte*>(scratch);
  x_rows = reinterpret_cast<const float**>(at);
  at += lines(plan.segments * pitch, sizeof(float*));
  y_rows = reinterpret_cast<float**>(at);
  at += lines(pitch, sizeof(float*));
  zeros = reinterpret_cast<float*>(at);
  at += lines(plan.segment_length, sizeof(float));
  runs = reinterpret_cast<float*>(at);
  std::fill_n(zeros, plan.segment_length, 0.0F);
}

void point_rows(const Conv2dPlan& plan, const float* x, float* y, std::int64_t group, std::int64_t begin,
                std::int64_t end, const ScratchView& scratch) noexcept {
  const Conv2dShape& s = plan.shape;
  const bool whole_rows = rows_as_runs(plan);
  for (std::int64_t row = begin; row < end;) {
    const std::int64_t ox = row % s.out_w;
    const std::int64_t oy = row / s.out_w % s.out_h;
    const std::int64_t b = row / s.out_w / s.out_h;
    const OutputRun run{.oy = oy, .begin = ox, .end = std::min(s.out_w, ox + end - row), .m = row - begin};
    const RunRows rows{plan, scratch, x + b * plan.x.batch + group * s.in_c};
    if (whole_rows) {
      rows.point_kernel_rows(run);
    } else {
      rows.point_taps(run);
    }
    float* pixel = y + b * plan.y.batch + oy * plan.y.row + ox * plan.y.pixel + group * plan.layout.n;
    for (std::int64_t i = 0; i < run.end - run.begin; ++i) scratch.y_rows[run.m + i] = pixel + i * plan.y.pixel;
    row += run.end - run.begin;
  }
}

}  // namespace litesmith::kernels
