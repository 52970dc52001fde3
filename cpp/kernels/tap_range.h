#pragma once

#include <algorithm>
#include <cstdint>

/// Which output pixels of a row have a tap inside the image: shared by the convolution loops.
namespace litesmith::kernels {

/// Output pixels [begin, end) of one output row, the first of which is row `m` of a block.
struct OutputRun {
  std::int64_t oy;
  std::int64_t begin;
  std::int64_t end;
  std::int64_t m;
};

struct TapRange {
  std::int64_t begin;
  std::int64_t end;
};

/// The pixels of `run` for which input columns [ox * stride + offset, ... + extent] all lie inside [0, width).
inline TapRange inside(const OutputRun& run, std::int64_t stride, std::int64_t offset, std::int64_t extent,
                       std::int64_t width) noexcept {
  const std::int64_t room = width - 1 - extent - offset;
  const std::int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const std::int64_t last = room < 0 ? 0 : room / stride + 1;
  const std::int64_t begin = std::clamp(first, run.begin, run.end);
  return {begin, std::clamp(last, begin, run.end)};
}

}  // namespace litesmith::kernels
