#pragma once

#include <cstdint>

#include "kernels/integer_gemm/integer_gemm.h"
#include "simd/cpu.h"

/// The innermost loops of kernels/integer_gemm. Internal to this folder.
namespace litesmith::kernels {

/// One panel of weights times a block of rows.
struct IntegerPanelCall {
  const void* x = nullptr;                       ///< widened or shifted activations
  const std::int64_t* row_starts = nullptr;      ///< where each row begins in x, in elements
  const std::int64_t* segment_starts = nullptr;  ///< ... and each segment from there
  std::int64_t rows = 0;
  std::int64_t segments = 1;
  std::int64_t steps = 0;                ///< rows of the panel per segment, each of layout.depth terms
  const std::int8_t* weights = nullptr;  ///< the first of them
  const std::int32_t* column_sums = nullptr;
  const void* bias = nullptr;               ///< of the panel's first column; may be null
  std::int32_t zero = 0;                    ///< what stands for 0 among the activations in `x`
  std::int64_t vectors = 1;                 ///< of the panel
  std::int64_t columns = 0;                 ///< of the panel that have a bias
  const std::int32_t* row_terms = nullptr;  ///< per row, taken from its sums; null = 0; not for int16
  void* sums = nullptr;                     ///< rows of the panel's columns: int32, for int16 activations int64
};

/// `count` runs of `length` bytes, which become runs of activations as the loops want them.
struct ActivationRuns {
  const std::uint8_t* from = nullptr;
  std::int64_t from_stride = 0;  ///< bytes
  void* to = nullptr;
  std::int64_t to_stride = 0;  ///< elements
  std::int64_t count = 0;
  std::int64_t length = 0;
  bool is_unsigned = false;
};

/// Sums of a block that become floats.
struct RealRows {
  const std::int32_t* sums = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t sum_stride = 0;
  const std::int32_t* column_sums = nullptr;
  const std::int32_t* zeros = nullptr;  ///< per row
  const float* x_scales = nullptr;      ///< per row
  const float* weight_scales = nullptr;
  const float* bias = nullptr;
  bool weight_scale_first = false;
  float* y = nullptr;
  std::int64_t y_stride = 0;
  Clamp clamp{};
};

struct IntegerLoops {
  simd::Isa isa;
  std::int64_t vector;
  std::int64_t widest;  ///< most vectors of a panel
  std::int64_t depth;   ///< terms per step of eight-bit activations; those of int16 take two
  bool shifted;         ///< eight-bit activations are bytes + 128 rather than int16
  void (*copy)(const ActivationRuns& runs) noexcept;
  void (*run)(const IntegerPanelCall& call) noexcept;
  void (*run_int16)(const IntegerPanelCall& call) noexcept;
  void (*make_real)(const RealRows& rows) noexcept;
};

namespace integer_gemm_scalar {
extern const IntegerLoops loops;
}
#if defined(__x86_64__)
namespace integer_gemm_avx2 {
extern const IntegerLoops loops;
}
namespace integer_gemm_avxvnni {
extern const IntegerLoops loops;
}
namespace integer_gemm_avx512 {
extern const IntegerLoops loops;
}
namespace integer_gemm_avx512vnni {
extern const IntegerLoops loops;
}
#endif

/// The loops of the most capable ISA not above `isa`.
const IntegerLoops& integer_loops(simd::Isa isa) noexcept;

/// Columns of `panel`, padding included.
std::int64_t panel_width(const IntegerLayout& layout, std::int64_t panel) noexcept;
/// Columns before `panel` in its group, padding included.
std::int64_t columns_before(const IntegerLayout& layout, std::int64_t panel) noexcept;
/// Steps of a segment, and of a sum.
std::int64_t segment_steps(const IntegerLayout& layout) noexcept;
std::int64_t panel_steps(const IntegerLayout& layout) noexcept;
/// Where a panel of a group begins in the packed buffer, in bytes.
std::int64_t panel_offset(const IntegerLayout& layout, std::int64_t group, std::int64_t panel) noexcept;
/// Bytes of one activation in scratch.
std::int64_t activation_bytes(const IntegerLayout& layout) noexcept;

}  // namespace litesmith::kernels
