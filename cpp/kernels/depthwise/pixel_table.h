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

/// Pointers to the input pixels that a tile reads, in a scratch buffer; padding points to zeros. Pixels are copied
/// where their channels must be repeated for a multiplier, or where they lie a multiple of 2 KiB apart and would
/// compete for few cache lines. Internal to this folder.
class PixelTable {
 public:
  static std::size_t bytes(const DepthwisePlan& plan) noexcept;
  PixelTable(const DepthwisePlan& plan, void* scratch) noexcept;

  void fill(const float* x, const DepthwiseTile& tile) noexcept;

  const float* const* pixels() const noexcept { return pixels_; }
  std::int64_t pitch() const noexcept { return pitch_; }

 private:
  void fill_row(const float* row, std::int64_t index, const DepthwiseTile& tile) noexcept;
  const float* copied(const float* pixel, const DepthwiseTile& tile, float* to) const noexcept;

  const DepthwisePlan& plan_;
  const float** pixels_;
  float* zeros_;
  float* copies_;
  std::int64_t pitch_;
  std::int64_t copy_pitch_;  ///< 0 when pixels are not copied
};

}  // namespace litesmith::kernels
