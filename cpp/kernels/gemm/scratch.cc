#include "kernels/gemm/scratch.h"

#include <algorithm>

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

struct Pixel {
  const float* image;  ///< the group's first channel of the batch's first pixel
  std::int64_t iy;     ///< input position of tap (0, 0)
  std::int64_t ix;
};

class PixelRows {
 public:
  PixelRows(const Conv2dPlan& plan, const ScratchView& scratch) noexcept
      : plan_{plan}, s_{plan.shape}, scratch_{scratch}, length_{plan.segment_length} {}

  void point_taps(const Pixel& p, std::int64_t m) const noexcept {
    std::int64_t segment = m;
    for (std::int64_t ky = 0; ky < s_.kernel_h; ++ky) {
      const std::int64_t iy = p.iy + ky * s_.dilation_h;
      const bool row_inside = iy >= 0 && iy < s_.in_h;
      const float* row = p.image + (row_inside ? iy * plan_.x.row : 0);
      for (std::int64_t kx = 0; kx < s_.kernel_w; ++kx, segment += scratch_.pitch) {
        const std::int64_t ix = p.ix + kx * s_.dilation_w;
        const bool inside = row_inside && ix >= 0 && ix < s_.in_w;
        scratch_.x_rows[segment] = inside ? row + ix * plan_.x.pixel : scratch_.zeros;
      }
    }
  }

  void point_kernel_rows(const Pixel& p, std::int64_t m) const noexcept {
    const bool contiguous = s_.dilation_w == 1 && plan_.x.pixel == s_.in_c;
    const bool columns_inside = p.ix >= 0 && p.ix + (s_.kernel_w - 1) * s_.dilation_w < s_.in_w;
    for (std::int64_t ky = 0; ky < s_.kernel_h; ++ky) {
      const std::int64_t iy = p.iy + ky * s_.dilation_h;
      const float*& start = scratch_.x_rows[ky * scratch_.pitch + m];
      if (iy < 0 || iy >= s_.in_h) {
        start = scratch_.zeros;
      } else if (contiguous && columns_inside) {
        start = p.image + iy * plan_.x.row + p.ix * plan_.x.pixel;
      } else {
        float* run = scratch_.runs + (m * s_.kernel_h + ky) * length_;
        copy_run(p.image + iy * plan_.x.row, p.ix, run);
        start = run;
      }
    }
  }

 private:
  void copy_run(const float* row, std::int64_t ix, float* run) const noexcept {
    for (std::int64_t kx = 0; kx < s_.kernel_w; ++kx, ix += s_.dilation_w, run += s_.in_c) {
      if (ix >= 0 && ix < s_.in_w) {
        std::copy_n(row + ix * plan_.x.pixel, s_.in_c, run);
      } else {
        std::fill_n(run, s_.in_c, 0.0F);
      }
    }
  }

  const Conv2dPlan& plan_;
  const Conv2dShape& s_;
  const ScratchView& scratch_;
  std::int64_t length_;
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
  const PixelRows pixels{plan, scratch};
  const bool whole_rows = rows_as_runs(plan);
  std::int64_t ox = begin % s.out_w;
  std::int64_t oy = begin / s.out_w % s.out_h;
  std::int64_t b = begin / s.out_w / s.out_h;
  for (std::int64_t m = 0; m < end - begin; ++m) {
    const Pixel p{.image = x + b * plan.x.batch + group * s.in_c,
                  .iy = oy * s.stride_h - s.pad_top,
                  .ix = ox * s.stride_w - s.pad_left};
    if (whole_rows) {
      pixels.point_kernel_rows(p, m);
    } else {
      pixels.point_taps(p, m);
    }
    scratch.y_rows[m] = y + b * plan.y.batch + oy * plan.y.row + ox * plan.y.pixel + group * plan.layout.n;
    if (++ox < s.out_w) continue;
    ox = 0;
    if (++oy < s.out_h) continue;
    oy = 0;
    ++b;
  }
}

}  // namespace litesmith::kernels
