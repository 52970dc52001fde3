#pragma once

#include <cstdint>

#include "kernels/gemm/gemm.h"
#include "simd/cpu.h"

/// The innermost loops of kernels/gemm: one panel of packed weights times a block of rows. Internal to this folder.
namespace litesmith::kernels {

/// The sum of row m runs over `segments` runs of `length` contiguous values: run s starts at
/// x_rows[s * row_pitch + m] + offset.
struct PanelCall {
  const float* const* x_rows = nullptr;
  std::int64_t row_pitch = 0;
  std::int64_t rows = 0;
  std::int64_t segments = 1;
  std::int64_t length = 0;
  std::int64_t offset = 0;
  const float* weights = nullptr;  ///< segments * length rows of the panel's columns
  const float* bias = nullptr;     ///< one row of the panel's columns; null: the sums start at y
  float* const* y_rows = nullptr;
  std::int64_t y_offset = 0;  ///< the panel's first column in a row of y
  std::int64_t columns = 0;   ///< columns of the panel that exist in y; only its last vector may be short
  float lo = 0;
  float hi = 0;
};

/// `count` panels of equal width, each `stride` floats after the one before.
struct PanelRun {
  std::int64_t count = 1;
  std::int64_t stride = 0;
};

/// `call` describes the first panel of the run, its columns those of all panels.
using PanelFn = void (*)(const PanelCall& call, const PanelRun& run) noexcept;

/// How an ISA cuts columns into panels, and its loops for panels of 1, 2 and 3 vectors: `run` for whole vectors, `half`
/// for a single panel whose last vector is half as wide (null where the ISA has no such loops).
struct PanelLoops {
  simd::Isa isa;
  std::int64_t vector;
  std::int64_t panel_vectors;  ///< the preferred panel width
  PanelFn run[3];
  PanelFn half[3];
};

namespace gemm_scalar {
extern const PanelLoops loops;
}
#if defined(__x86_64__)
namespace gemm_avx2 {
extern const PanelLoops loops;
}
namespace gemm_avx512 {
extern const PanelLoops loops;
}
#endif

/// The loops of the most capable ISA not above `isa`.
const PanelLoops& panel_loops(simd::Isa isa) noexcept;

/// Columns of `panel`, padding included.
std::int64_t panel_width(const PanelLayout& layout, std::int64_t panel) noexcept;
/// Columns before `panel` in its group, padding included.
std::int64_t columns_before(const PanelLayout& layout, std::int64_t panel) noexcept;
/// Length of one group's packed weights.
std::int64_t group_floats(const PanelLayout& layout) noexcept;

}  // namespace litesmith::kernels
