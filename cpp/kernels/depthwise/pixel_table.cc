#include "kernels/depthwise/pixel_table.h"

#include <algorithm>

namespace litesmith::kernels {
namespace {

constexpr std::size_t kLine = 64;

std::size_t lines(std::int64_t count, std::size_t item) noexcept {
  return (static_cast<std::size_t>(count) * item + kLine - 1) / kLine * kLine;
}

std::int64_t input_rows(const Conv2dShape& s, std::int64_t out_rows) noexcept {
  return (out_rows - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1;
}

std::int64_t input_columns(const Conv2dShape& s) noexcept {
  return (s.out_w - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1;
}

std::int64_t most_input_rows(const DepthwisePlan& plan) noexcept {
  return input_rows(plan.shape, (plan.shape.out_h + plan.row_blocks - 1) / plan.row_blocks);
}

}  // namespace

std::size_t PixelTable::bytes(const DepthwisePlan& plan) noexcept {
  const std::int64_t pixels = most_input_rows(plan) * input_columns(plan.shape);
  const std::int64_t copied = plan.multiplier == 1 ? 0 : pixels * plan.layout.channels;
  return lines(pixels, sizeof(float*)) + lines(plan.layout.channels, sizeof(float)) + lines(copied, sizeof(float));
}

PixelTable::PixelTable(const DepthwisePlan& plan, void* scratch) noexcept
    : plan_{plan}, pitch_{input_columns(plan.shape)} {
  auto* at = static_cast<std::byte*>(scratch);
  pixels_ = reinterpret_cast<const float**>(at);
  at += lines(most_input_rows(plan) * pitch_, sizeof(float*));
  zeros_ = reinterpret_cast<float*>(at);
  at += lines(plan.layout.channels, sizeof(float));
  copies_ = reinterpret_cast<float*>(at);
  std::fill_n(zeros_, plan.layout.channels, 0.0F);
}

void PixelTable::fill(const float* x, std::int64_t b, std::int64_t begin, std::int64_t end) noexcept {
  const Conv2dShape& s = plan_.shape;
  const std::int64_t first = begin * s.stride_h - s.pad_top;
  for (std::int64_t index = 0; index < input_rows(s, end - begin); ++index) {
    const std::int64_t iy = first + index;
    const bool inside = iy >= 0 && iy < s.in_h;
    fill_row(inside ? x + b * plan_.x.batch + iy * plan_.x.row : nullptr, index);
  }
}

void PixelTable::fill_row(const float* row, std::int64_t index) noexcept {
  const Conv2dShape& s = plan_.shape;
  const float** pixels = pixels_ + index * pitch_;
  float* copies = copies_ + index * pitch_ * plan_.layout.channels;
  for (std::int64_t j = 0; j < pitch_; ++j) {
    const std::int64_t ix = j - s.pad_left;
    if (row == nullptr || ix < 0 || ix >= s.in_w) {
      pixels[j] = zeros_;
    } else {
      const float* pixel = row + ix * plan_.x.pixel;
      pixels[j] = plan_.multiplier == 1 ? pixel : repeated(pixel, copies + j * plan_.layout.channels);
    }
  }
}

const float* PixelTable::repeated(const float* pixel, float* to) const noexcept {
  for (std::int64_t c = 0; c < plan_.shape.in_c; ++c) {
    std::fill_n(to + c * plan_.multiplier, plan_.multiplier, pixel[c]);
  }
  return to;
}

}  // namespace litesmith::kernels
