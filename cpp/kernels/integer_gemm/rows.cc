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

std::size_t activation_lines(const IntegerPlan& plan) noexcept {
  return lines(block_rows(plan) * plan.pitch * activation_bytes(plan.layout));
}

std::int64_t block_sums(const IntegerPlan& plan) noexcept { return block_rows(plan) * panel_width(plan.layout, 0); }

std::size_t sum_lines(const IntegerPlan& plan) noexcept {
  return lines(block_sums(plan) * (plan.layout.x == Activations::int16 ? 8 : 4));
}

std::size_t narrow_lines(const IntegerPlan& plan) noexcept {
  return plan.layout.x == Activations::int16 ? lines(block_sums(plan) * 4) : 0;
}

/// Copies the inputs of one output run of one image.
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
        image_{static_cast<const std::uint8_t*>(operands.x) + (image * plan.x.batch + group * s_.in_c) * element_},
        to_{scratch.activations} {}

  void operator()(const OutputRun& run) const noexcept {
    const bool contiguous = s_.dilation_w == 1 && plan_.x.pixel == s_.in_c;
    const std::int64_t extent = contiguous ? s_.kernel_w - 1 : s_.in_w;
    const TapRange whole = inside(run, s_.stride_w, -s_.pad_left, extent, s_.in_w);
    const std::int64_t length = s_.kernel_w * s_.in_c;
    for (std::int64_t ky = 0; ky < s_.kernel_h; ++ky) {
      const std::int64_t iy = run.oy * s_.stride_h - s_.pad_top + ky * s_.dilation_h;
      if (iy < 0 || iy >= s_.in_h) {
        fill(run, {run.begin, run.end}, ky * length, length);
        continue;
      }
      const std::uint8_t* row = image_ + iy * plan_.x.row * element_;
      copy(row, -s_.pad_left, run, whole, ky * length, length);
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
      const std::int64_t at = (ky * s_.kernel_w + kx) * s_.in_c;
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
    for (std::int64_t ox = range.begin; ox < range.end; ++ox) {
      std::byte* to = activations(run, ox, at);
      if (widened_ == 1) {
        std::memset(to, zero_, static_cast<std::size_t>(length));
      } else {
        std::fill_n(reinterpret_cast<std::int16_t*>(to), length, static_cast<std::int16_t>(zero_));
      }
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
  const std::uint8_t* image_;
  std::byte* to_;
};

}  // namespace

std::size_t RowScratch::bytes(const IntegerPlan& plan) noexcept {
  return activation_lines(plan) + sum_lines(plan) + narrow_lines(plan) + 3 * lines(block_rows(plan) * 4);
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
  row_terms = reinterpret_cast<std::int32_t*>(at);
}

std::int32_t zero_of(const IntegerPlan& plan, const IntegerOperands& operands, std::int64_t image) noexcept {
  const std::int32_t zero = operands.x_zero_points != nullptr ? operands.x_zero_points[image] : operands.x_zero_point;
  if (plan.layout.x == Activations::int16) return zero;
  const bool shifted = integer_loops(plan.layout.isa).shifted;
  return zero + (shifted ? 128 : 0) - (plan.layout.x == Activations::uint8 ? 128 : 0);
}

void copy_rows(const IntegerPlan& plan, const IntegerOperands& operands, std::int64_t group, std::int64_t begin,
               std::int64_t end, const RowScratch& scratch) noexcept {
  const Conv2dShape& s = plan.shape;
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
