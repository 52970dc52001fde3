#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/depthwise/depthwise.h"

namespace litesmith::kernels {

/// Output rows [begin, end) of one batch and the output channels [first, first + count) of a tile.
struct DepthwiseTile {
  std::int64_t batch;
  std::int64_t row_begin;
  std::int64_t row_end;
  std::int64_t first_channel;
  std::int64_t channels;
};

DepthwiseTile tile_at(const DepthwisePlan& plan, std::int64_t index) noexcept;

/// Cuts plan.shape into tiles; filters of `vector` channels take `block_bytes`. Fills the counts of the plan, not its
/// scratch.
void choose_tiles(DepthwisePlan& plan, std::int64_t block_bytes, std::int64_t element_bytes) noexcept;

/// Pointers to the input pixels that a tile reads, in a scratch buffer; padding points to a pixel of one value. Pixels
/// are copied where their channels must be repeated for a multiplier, where they are shorter than the plan's vector and
/// loops read whole vectors, or where they lie a multiple of 2 KiB apart and would compete for few cache lines.
/// Internal to the depthwise kernels.
template <class T>
class PixelTable {
 public:
  static std::size_t bytes(const DepthwisePlan& plan) noexcept;
  PixelTable(const DepthwisePlan& plan, void* scratch, T padding = 0) noexcept;

  void fill(const T* x, const DepthwiseTile& tile) noexcept;

  const T* const* pixels() const noexcept { return pixels_; }
  std::int64_t pitch() const noexcept { return pitch_; }

 private:
  void fill_row(const T* row, std::int64_t index, const DepthwiseTile& tile) noexcept;
  const T* copied(const T* pixel, const DepthwiseTile& tile, T* to) const noexcept;

  const DepthwisePlan& plan_;
  const T** pixels_;
  T* padding_;
  T* copies_;
  std::int64_t pitch_;
  std::int64_t copy_pitch_;  ///< 0 when pixels are not copied
};

extern template class PixelTable<float>;
extern template class PixelTable<std::int8_t>;
extern template class PixelTable<std::int16_t>;

}  // namespace litesmith::kernels
