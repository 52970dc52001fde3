#include "kernels/integer_gemm/rows.h"

#include <algorithm>
#include <cstring>

#include "kernels/integer_gemm/panel.h"
#include "kernels/tap_range.h"

namespace litesmith::kernels {
namespace {

constexpr std::size_t kLine = 64;

std::size_t lines(std::int64_t bytes) noexcept { return (static_cast<std::size_t>(bytes) + kLine - 1) / kLine * kLine; }

std::int64_t block_rows(const IntegerPlan& plan) noexcept {
  return (plan.rows + plan.row_blocks - 1) / plan.row_blocks;
}

/// A line more, as the last step of a row may begin in its last element.
std::size_t activation_lines(const IntegerPlan& plan) noexcept {
  const std::int64_t rows = plan.window_rows > 0 ? plan.window_rows : block_rows(plan);
  return lines(rows * plan.pitch * activation_bytes(plan.layout)) + kLine;
}

std::int64_t block_sums(const IntegerPlan& plan) noexcept { return block_rows(plan) * panel_width(plan.layout, 0); }

std::size_t sum_lines(const IntegerPlan& plan) noexcept {
  return lines(block_sums(plan) * (plan.layout.x == Activations::int16 ? 8 : 4));
}

std::size_t narrow_lines(const IntegerPlan& plan) noexcept {
  return plan.layout.x == Activations::int16 ? lines(block_sums(plan) * 4) : 0;
}

/// Between the first taps of two kernel rows among the terms of a sum as they are packed.
std::int64_t kernel_row(const IntegerLayout& layout, const Conv2dShape& s) noexcept {
  const std::int64_t terms = s.kernel_w * s.in_c;
  return layout.segment == terms ? segment_steps(layout) * layout.depth : terms;
}

/// Copies inputs of one image.
class RunCopy {
 public:
  RunCopy(const IntegerPlan& plan, const IntegerOperands& operands, std::int64_t image, std::int64_t group,
          const RowScratch& scratch) noexcept
      : plan_{plan},
        s_{plan.shape},
        loops_{integer_loops(plan.layout.isa)},
        zero_{zero_of(plan, operands, image)},
        element_{plan.layout.x == Activations::int16 ? 2 : 1},
        widened_{activation_bytes(plan.layout)},
        kernel_row_{kernel_row(plan.layout, plan.shape)},
        image_{static_cast<const std::uint8_t*>(operands.x) + (image * plan.x.batch + group * s_.in_c) * element_},
        to_{scratch.activations} {}

  /// Image rows [first, first + count) from column -pad_left on, as rows `to_row` and on of the window.
  void copy_window(std::int64_t first, std::int64_t count, std::int64_t to_row) const noexcept {
    const std::int64_t width = plan_.pitch / s_.in_c;
    const std::int64_t begin = std::clamp<std::int64_t>(s_.pad_left, 0, width);
    const std::int64_t end = std::clamp<std::int64_t>(s_.in_w + s_.pad_left, begin, width);
    const bool dense = plan_.x.pixel == s_.in_c;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t iy = first + i;
      const std::int64_t at = (to_row + i) * plan_.pitch;
      if (iy < 0 || iy >= s_.in_h) {
        fill_at(at, plan_.pitch);
        continue;
      }
      fill_at(at, begin * s_.in_c);
      fill_at(at + end * s_.in_c, plan_.pitch - end * s_.in_c);
      const std::int64_t pixel = iy * plan_.x.row + (begin - s_.pad_left) * plan_.x.pixel;
      copy_runs(plan_, loops_,
                {.from = image_ + pixel * element_,
                 .from_stride = plan_.x.pixel * element_,
                 .to = to_ + (at + begin * s_.in_c) * widened_,
                 .to_stride = s_.in_c,
                 .count = dense ? 1 : end - begin,
                 .length = dense ? (end - begin) * s_.in_c : s_.in_c});
    }
  }

  void operator()(const OutputRun& run) const noexcept {
    const bool contiguous = s_.dilation_w == 1 && plan_.x.pixel == s_.in_c;
    const std::int64_t extent = contiguous ? s_.kernel_w - 1 : s_.in_w;
    const TapRange whole = inside(run, s_.stride_w, -s_.pad_left, extent, s_.in_w);
    const std::int64_t length = s_.kernel_w * s_.in_c;
    for (std::int64_t ky = 0; ky < s_.kernel_h; ++ky) {
      const std::int64_t iy = run.oy * s_.stride_h - s_.pad_top + ky * s_.dilation_h;
      if (iy < 0 || iy >= s_.in_h) {
        fill(run, {run.begin, run.end}, ky * kernel_row_, length);
        continue;
      }
      const std::uint8_t* row = image_ + iy * plan_.x.row * element_;
      copy(row, -s_.pad_left, run, whole, ky * kernel_row_, length);
      copy_taps(row, ky, run, {run.begin, whole.begin});
      copy_taps(row, ky, run, {whole.end, run.end});
    }
  }

 private:
  void copy_taps(const std::uint8_t* row, std::int64_t ky, const OutputRun& run, const TapRange& range) const noexcept {
    if (range.begin == range.end) return;
    const OutputRun part{run.oy, range.begin, range.end, run.m + range.begin - run.begin};
    for (std::int64_t kx = 0; kx < s_.kernel_w; ++kx) {
      const std::int64_t offset = kx * s_.dilation_w - s_.pad_left;
      const std::int64_t at = ky * kernel_row_ + kx * s_.in_c;
      const TapRange there = inside(part, s_.stride_w, offset, 0, s_.in_w);
      fill(part, {part.begin, there.begin}, at, s_.in_c);
      copy(row, offset, part, there, at, s_.in_c);
      fill(part, {there.end, part.end}, at, s_.in_c);
    }
  }

  std::byte* activations(const OutputRun& run, std::int64_t ox, std::int64_t at) const noexcept {
    return to_ + ((run.m + ox - run.begin) * plan_.pitch + at) * widened_;
  }

  void copy(const std::uint8_t* row, std::int64_t offset, const OutputRun& run, const TapRange& range, std::int64_t at,
            std::int64_t length) const noexcept {
    if (range.begin == range.end) return;
    const std::uint8_t* from = row + (range.begin * s_.stride_w + offset) * plan_.x.pixel * element_;
    copy_runs(plan_, loops_,
              {.from = from,
               .from_stride = s_.stride_w * plan_.x.pixel * element_,
               .to = activations(run, range.begin, at),
               .to_stride = plan_.pitch,
               .count = range.end - range.begin,
               .length = length});
  }

  void fill(const OutputRun& run, const TapRange& range, std::int64_t at, std::int64_t length) const noexcept {
    for (std::int64_t ox = range.begin; ox < range.end; ++ox)
      fill_at((run.m + ox - run.begin) * plan_.pitch + at, length);
  }

  void fill_at(std::int64_t at, std::int64_t length) const noexcept {
    std::byte* to = to_ + at * widened_;
    if (widened_ == 1) {
      std::memset(to, zero_, static_cast<std::size_t>(length));
    } else {
      std::fill_n(reinterpret_cast<std::int16_t*>(to), length, static_cast<std::int16_t>(zero_));
    }
  }

 public:
  static void copy_runs(const IntegerPlan& plan, const IntegerLoops& loops, ActivationRuns runs) noexcept {
    if (plan.layout.x == Activations::int16) {
      auto* to = static_cast<std::int16_t*>(runs.to);
      for (std::int64_t i = 0; i < runs.count; ++i, to += runs.to_stride, runs.from += runs.from_stride) {
        std::memcpy(to, runs.from, static_cast<std::size_t>(runs.length) * sizeof(std::int16_t));
      }
      return;
    }
    runs.is_unsigned = plan.layout.x == Activations::uint8;
    loops.copy(runs);
  }

 private:
  const IntegerPlan& plan_;
  const Conv2dShape& s_;
  const IntegerLoops& loops_;
  std::int32_t zero_;
  std::int64_t element_;
  std::int64_t widened_;
  std::int64_t kernel_row_;  ///< between the first taps of two kernel rows
  const std::uint8_t* image_;
  std::byte* to_;
};

}  // namespace

std::size_t RowScratch::bytes(const IntegerPlan& plan) noexcept {
  return activation_lines(plan) + sum_lines(plan) + narrow_lines(plan) + 3 * lines(block_rows(plan) * 4) +
         lines(block_rows(plan) * 8) + lines(segments_of(plan).count * 8);
}

RowScratch::RowScratch(const IntegerPlan& plan, void* scratch) noexcept {
  auto* at = static_cast<std::byte*>(scratch);
  const auto take = [&at](std::size_t bytes) {
    std::byte* taken = at;
    at += bytes;
    return taken;
  };
  activations = take(activation_lines(plan));
  sums = take(sum_lines(plan));
  narrow_sums = reinterpret_cast<std::int32_t*>(take(narrow_lines(plan)));
  zeros = reinterpret_cast<std::int32_t*>(take(lines(block_rows(plan) * 4)));
  scales = reinterpret_cast<float*>(take(lines(block_rows(plan) * 4)));
  row_terms = reinterpret_cast<std::int32_t*>(take(lines(block_rows(plan) * 4)));
  row_starts = reinterpret_cast<std::int64_t*>(take(lines(block_rows(plan) * 8)));
  segment_starts = reinterpret_cast<std::int64_t*>(at);
}

std::int32_t zero_of(const IntegerPlan& plan, const IntegerOperands& operands, std::int64_t image) noexcept {
  const std::int32_t zero = operands.x_zero_points != nullptr ? operands.x_zero_points[image] : operands.x_zero_point;
  if (plan.layout.x == Activations::int16) return zero;
  const bool shifted = integer_loops(plan.layout.isa).shifted;
  return zero + (shifted ? 128 : 0) - (plan.layout.x == Activations::uint8 ? 128 : 0);
}

SegmentList segments_of(const IntegerPlan& plan) noexcept {
  const Conv2dShape& s = plan.shape;
  const IntegerLayout& layout = plan.layout;
  const bool tap_by_tap = plan.window_rows > 0 && s.dilation_w > 1;
  if (tap_by_tap) return {s.kernel_h * s.kernel_w, s.in_c / layout.depth, s.in_c};
  return {layout.k / layout.segment, segment_steps(layout), layout.segment};
}

void list_segments(const IntegerPlan& plan, const RowScratch& scratch) noexcept {
  const Conv2dShape& s = plan.shape;
  const SegmentList segments = segments_of(plan);
  const std::int64_t per_row = plan.window_rows > 0 ? segments.count / s.kernel_h : 1;
  for (std::int64_t i = 0; i < segments.count; ++i) {
    scratch.segment_starts[i] = plan.window_rows > 0
                                    ? i / per_row * s.dilation_h * plan.pitch + i % per_row * s.dilation_w * s.in_c
                                    : i * segments.steps * plan.layout.depth;
  }
}

namespace {

/// The image rows that rows [begin, end) read, image by image.
void copy_windows(const IntegerPlan& plan, const IntegerOperands& operands, std::int64_t group, std::int64_t begin,
                  std::int64_t end, const RowScratch& scratch) noexcept {
  const Conv2dShape& s = plan.shape;
  const std::int64_t pixels = s.out_h * s.out_w;
  std::int64_t window_row = 0;
  for (std::int64_t row = begin; row < end;) {
    const std::int64_t image = row / pixels;
    const std::int64_t next = std::min(end, (image + 1) * pixels);
    const std::int64_t first_oy = row % pixels / s.out_w;
    const std::int64_t last_oy = (next - 1) % pixels / s.out_w;
    const std::int64_t count = (last_oy - first_oy) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1;
    RunCopy(plan, operands, image, group, scratch).copy_window(first_oy * s.stride_h - s.pad_top, count, window_row);
    while (row < next) {
      const std::int64_t ox = row % s.out_w;
      const std::int64_t end_of_run = std::min(next, row - ox + s.out_w);
      const std::int64_t from_row = window_row + (row % pixels / s.out_w - first_oy) * s.stride_h;
      std::int64_t start = from_row * plan.pitch + ox * s.stride_w * s.in_c;
      for (; row < end_of_run; ++row, start += s.stride_w * s.in_c) scratch.row_starts[row - begin] = start;
    }
    window_row += count;
  }
}

}  // namespace

void copy_rows(const IntegerPlan& plan, const IntegerOperands& operands, std::int64_t group, std::int64_t begin,
               std::int64_t end, const RowScratch& scratch) noexcept {
  const Conv2dShape& s = plan.shape;
  if (plan.window_rows > 0) {
    copy_windows(plan, operands, group, begin, end, scratch);
    return;
  }
  for (std::int64_t row = begin; row < end; ++row) scratch.row_starts[row - begin] = (row - begin) * plan.pitch;
  if (plan.row_stride > 0) {
    const std::int64_t element = plan.layout.x == Activations::int16 ? 2 : 1;
    const auto* x = static_cast<const std::uint8_t*>(operands.x);
    RunCopy::copy_runs(plan, integer_loops(plan.layout.isa),
                       {.from = x + (begin * plan.row_stride + group * s.in_c) * element,
                        .from_stride = plan.row_stride * element,
                        .to = scratch.activations,
                        .to_stride = plan.pitch,
                        .count = end - begin,
                        .length = plan.layout.k});
    return;
  }
  for (std::int64_t row = begin; row < end;) {
    const std::int64_t ox = row % s.out_w;
    const std::int64_t oy = row / s.out_w % s.out_h;
    const OutputRun run{.oy = oy, .begin = ox, .end = std::min(s.out_w, ox + end - row), .m = row - begin};
    RunCopy(plan, operands, row / s.out_w / s.out_h, group, scratch)(run);
    row += run.end - run.begin;
  }
}

}  // namespace litesmith::kernels
