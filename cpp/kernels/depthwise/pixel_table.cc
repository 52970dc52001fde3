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

std::int64_t most_channels(const DepthwisePlan& plan) noexcept {
  const std::int64_t vectors = (plan.layout.channels + plan.layout.vector - 1) / plan.layout.vector;
  return (vectors + plan.channel_blocks - 1) / plan.channel_blocks * plan.layout.vector;
}

/// Length of a copied pixel, an odd number of cache lines; 0 when pixels are not copied. Vectors of a whole line read
/// each line once, so that competing lines do no harm.
template <class T>
std::int64_t copy_pitch(const DepthwisePlan& plan) noexcept {
  constexpr auto kAlias = static_cast<std::int64_t>(2048 / sizeof(T));
  constexpr auto kLineElements = static_cast<std::int64_t>(kLine / sizeof(T));
  const bool competing = plan.x.pixel % kAlias == 0 && plan.layout.vector < kLineElements;
  const bool too_short = plan.whole_vectors && plan.layout.channels < plan.layout.vector;
  if (plan.multiplier == 1 && !competing && !too_short) return 0;
  return ((most_channels(plan) + kLineElements - 1) / kLineElements | 1) * kLineElements;
}

}  // namespace

DepthwiseTile tile_at(const DepthwisePlan& plan, std::int64_t index) noexcept {
  const DepthwiseLayout& layout = plan.layout;
  const std::int64_t block = index % plan.channel_blocks;
  const std::int64_t row_block = index / plan.channel_blocks % plan.row_blocks;
  const std::int64_t vectors = (layout.channels + layout.vector - 1) / layout.vector;
  const std::int64_t first = vectors * block / plan.channel_blocks * layout.vector;
  const std::int64_t end = std::min(vectors * (block + 1) / plan.channel_blocks * layout.vector, layout.channels);
  return {.batch = index / plan.channel_blocks / plan.row_blocks,
          .row_begin = plan.shape.out_h * row_block / plan.row_blocks,
          .row_end = plan.shape.out_h * (row_block + 1) / plan.row_blocks,
          .first_channel = first,
          .channels = end - first};
}

template <class T>
std::size_t PixelTable<T>::bytes(const DepthwisePlan& plan) noexcept {
  const std::int64_t pixels = most_input_rows(plan) * input_columns(plan.shape);
  return lines(pixels, sizeof(T*)) + lines(most_channels(plan), sizeof(T)) +
         lines(pixels * copy_pitch<T>(plan), sizeof(T));
}

template <class T>
PixelTable<T>::PixelTable(const DepthwisePlan& plan, void* scratch, T padding) noexcept
    : plan_{plan}, pitch_{input_columns(plan.shape)}, copy_pitch_{copy_pitch<T>(plan)} {
  auto* at = static_cast<std::byte*>(scratch);
  pixels_ = reinterpret_cast<const T**>(at);
  at += lines(most_input_rows(plan) * pitch_, sizeof(T*));
  padding_ = reinterpret_cast<T*>(at);
  at += lines(most_channels(plan), sizeof(T));
  copies_ = reinterpret_cast<T*>(at);
  std::fill_n(padding_, most_channels(plan), padding);
}

template <class T>
void PixelTable<T>::fill(const T* x, const DepthwiseTile& tile) noexcept {
  const Conv2dShape& s = plan_.shape;
  const std::int64_t first = tile.row_begin * s.stride_h - s.pad_top;
  for (std::int64_t index = 0; index < input_rows(s, tile.row_end - tile.row_begin); ++index) {
    const std::int64_t iy = first + index;
    const bool inside = iy >= 0 && iy < s.in_h;
    fill_row(inside ? x + tile.batch * plan_.x.batch + iy * plan_.x.row : nullptr, index, tile);
  }
}

template <class T>
void PixelTable<T>::fill_row(const T* row, std::int64_t index, const DepthwiseTile& tile) noexcept {
  const Conv2dShape& s = plan_.shape;
  const T** pixels = pixels_ + index * pitch_;
  T* copies = copies_ + index * pitch_ * copy_pitch_;
  for (std::int64_t j = 0; j < pitch_; ++j) {
    const std::int64_t ix = j - s.pad_left;
    if (row == nullptr || ix < 0 || ix >= s.in_w) {
      pixels[j] = padding_;
    } else if (copy_pitch_ == 0) {
      pixels[j] = row + ix * plan_.x.pixel + tile.first_channel;
    } else {
      pixels[j] = copied(row + ix * plan_.x.pixel, tile, copies + j * copy_pitch_);
    }
  }
}

template <class T>
const T* PixelTable<T>::copied(const T* pixel, const DepthwiseTile& tile, T* to) const noexcept {
  if (plan_.multiplier == 1) {
    std::copy_n(pixel + tile.first_channel, tile.channels, to);
  } else {
    std::int64_t channel = tile.first_channel / plan_.multiplier;
    std::int64_t repeats = plan_.multiplier - tile.first_channel % plan_.multiplier;
    for (std::int64_t i = 0; i < tile.channels; ++channel, repeats = plan_.multiplier)
      for (const std::int64_t end = std::min(i + repeats, tile.channels); i < end; ++i) to[i] = pixel[channel];
  }
  return to;
}

template class PixelTable<float>;
template class PixelTable<std::int8_t>;
template class PixelTable<std::int16_t>;

}  // namespace litesmith::kernels
