#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/gemm.h"

namespace litesmith::kernels {

/// What run_conv2d keeps in its scratch buffer for one row block. Internal to this folder.
struct ScratchView {
  const float** x_rows;  ///< [segments][pitch]
  float** y_rows;        ///< [pitch]
  float* zeros;          ///< segment_length zeros
  float* runs;           ///< copies of runs that touch padding or do not lie contiguously; [pitch][segments][length]
  std::int64_t pitch;    ///< most rows of a block

  static std::size_t bytes(const Conv2dPlan& plan) noexcept;
  ScratchView(const Conv2dPlan& plan, void* scratch) noexcept;
};

/// Fills x_rows and y_rows (and, where needed, runs) for rows [begin, end) of group `group`.
void point_rows(const Conv2dPlan& plan, const float* x, float* y, std::int64_t group, std::int64_t begin,
                std::int64_t end, const ScratchView& scratch) noexcept;

}  // namespace litesmith::kernels
