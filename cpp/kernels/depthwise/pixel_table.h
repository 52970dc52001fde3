#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/depthwise/depthwise.h"

namespace litesmith::kernels {

/// Pointers to the input pixels that a block of output rows reads, in a scratch buffer: padding points to zeros; with a
/// multiplier above one, pixels are copies whose channels are repeated. Internal to this folder.
class PixelTable {
 public:
  static std::size_t bytes(const DepthwisePlan& plan) noexcept;
  PixelTable(const DepthwisePlan& plan, void* scratch) noexcept;

  /// Points at what output rows [begin, end) of batch `b` read.
  void fill(const float* x, std::int64_t b, std::int64_t begin, std::int64_t end) noexcept;

  const float* const* pixels() const noexcept { return pixels_; }
  std::int64_t pitch() const noexcept { return pitch_; }

 private:
  void fill_row(const float* row, std::int64_t index) noexcept;
  const float* repeated(const float* pixel, float* to) const noexcept;

  const DepthwisePlan& plan_;
  const float** pixels_;
  float* zeros_;
  float* copies_;
  std::int64_t pitch_;
};

}  // namespace litesmith::kernels
