#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/gemm.h"
#include "kernels/requantize/requantize.h"
#include "simd/cpu.h"

/// Matrix product and implicit-GEMM convolution of integers over weights packed once.
///
/// sum[m, n] = bias[n] + sum over k of (x[m, k] - zero point of x) * (w[n, k] - zero point of w), k = (ky, kx, ci),
/// taps outside the image left out; modulo 2^32, for int16 activations (whose zero points are 0) modulo 2^64. An
/// epilogue makes results of the sums. All ISAs, tile ranges and thread counts give equal bits.
///
/// Use: integer_layout() -> pack_integer_weights() once; plan_integer_*() per shape; run_integer_conv2d() over tile
/// ranges. Layouts depend on the ISA, so weights, plan and run belong together. Sizes and strides count elements.
namespace litesmith::kernels {

enum class Activations : std::uint8_t { int8, uint8, int16 };

/// How weights lie in packed panels: per group, panels of `panel_vectors` vectors of columns (the first `wide_panels`
/// have one more); a panel is the sums of its columns (int32) followed, for every segment of k, by
/// ceil(segment / depth) rows of columns of `depth` bytes; what is past n and the segment is zero.
struct IntegerLayout {
  simd::Isa isa = simd::Isa::scalar;  ///< the ISA whose loops will run
  Activations x = Activations::int8;
  std::int64_t n = 0;        ///< columns of one group
  std::int64_t k = 0;        ///< terms of a sum
  std::int64_t segment = 0;  ///< terms that lie together in every segment of k
  std::int64_t groups = 1;
  std::int64_t vector = 1;
  std::int64_t depth = 1;
  std::int64_t panels = 0;  ///< per group
  std::int64_t wide_panels = 0;
  std::int64_t panel_vectors = 1;
};

/// The layout for `n` columns per group and sums of `k` terms. `isa` must be supported; the loops of the most capable
/// ISA not above it are taken. n, k, groups >= 1. `segment` divides k, 0 = k: kernel_w * in_c lets a convolution read
/// its image in place of a copy per tap.
IntegerLayout integer_layout(simd::Isa isa, Activations x, std::int64_t n, std::int64_t k, std::int64_t groups = 1,
                             std::int64_t segment = 0) noexcept;

/// Bytes of the packed buffer; it must be 64-byte aligned.
std::size_t packed_bytes(const IntegerLayout& layout) noexcept;

/// Eight-bit weights: w[n, k] at data[n * n_stride + k * k_stride], n running over all groups.
struct IntegerWeights {
  const void* data = nullptr;
  std::int64_t n_stride = 0;
  std::int64_t k_stride = 1;
  bool is_unsigned = false;
};

/// Dense [n, k] rows: FULLY_CONNECTED weights and OHWI filters.
IntegerWeights integer_weights_nk(const void* data, std::int64_t k, bool is_unsigned = false) noexcept;
/// Dense [k, n] rows: the right operand of BATCH_MATMUL. Not for groups.
IntegerWeights integer_weights_kn(const void* data, std::int64_t n) noexcept;

void pack_integer_weights(const IntegerLayout& layout, const IntegerWeights& weights, std::byte* packed) noexcept;
/// Packs panels [begin, end) of the groups * layout.panels panels.
void pack_integer_panels(const IntegerLayout& layout, const IntegerWeights& weights, std::byte* packed,
                         std::int64_t begin, std::int64_t end) noexcept;

/// A convolution cut into tiles: tile = (group, panel range, row block); a row is one output pixel.
struct IntegerPlan {
  IntegerLayout layout;
  Conv2dShape shape;
  ImageStrides x;
  std::int64_t y_stride = 0;      ///< between two output pixels; results are otherwise dense
  std::int64_t tiles = 0;         ///< run_integer_conv2d takes ranges of [0, tiles)
  std::size_t scratch_bytes = 0;  ///< per thread, 64-byte aligned
  std::int64_t rows = 0;          ///< output pixels
  std::int64_t row_blocks = 0;
  std::int64_t panel_blocks = 0;  ///< per group
  std::int64_t pitch = 0;         ///< between two rows of activations in scratch
  std::int64_t window_rows = 0;   ///< image rows in scratch that a row block reads in place of rows of its own, or 0
  std::int64_t row_stride = 0;    ///< between the inputs of two rows where a sum's inputs are contiguous, else 0
};

/// layout.k must be kernel_h * kernel_w * in_c. Channels of input group g are [g*in_c, (g+1)*in_c), of output group g
/// [g*n, (g+1)*n) of a pixel.
IntegerPlan plan_integer_conv2d(const IntegerLayout& layout, const Conv2dShape& shape, ImageStrides x,
                                std::int64_t y_stride) noexcept;

/// y[m, n] for rows of x and y that lie `x_stride` and `y_stride` apart; every row counts as an image.
IntegerPlan plan_integer_gemm(const IntegerLayout& layout, std::int64_t m, std::int64_t x_stride,
                              std::int64_t y_stride) noexcept;

/// What becomes of sums. Arrays of scales are per output channel and have kScaleBlock - 1 readable elements more.
struct IntegerEpilogue {
  enum class Kind : std::uint8_t {
    sums,         ///< y = the sums: int32, for int16 activations int64
    fixed_point,  ///< y = requantize(sum, multipliers[n], range), the 64-bit form for int16 activations
    float64,      ///< y = requantize_float64(sum, factors[n], range)
    real,         ///< float32 y = clamp(bias[n] + f32(sum) * x_scale * weight_scales[n]); not for int16
  };
  Kind kind = Kind::sums;
  OutputType type = OutputType::int8;
  OutputRange range{};
  const Multiplier* multipliers = nullptr;
  const double* factors = nullptr;
  /// int16 activations: sums modulo 2^32 and the 32-bit form of fixed_point (an int32 bias).
  bool narrow = false;
  const float* x_scales = nullptr;  ///< one per image
  /// Rounding of real: f32(f32(sum) * weight scale) * x_scale instead of f32(sum) * f32(x_scale * weight scale).
  bool weight_scale_first = false;
  const float* weight_scales = nullptr;
  const float* real_bias = nullptr;  ///< null = 0; the integer bias must be absent
  Clamp clamp{};
};

struct IntegerOperands {
  const void* x = nullptr;
  const std::byte* packed = nullptr;
  const void* bias = nullptr;  ///< groups * n values of int32, for int16 activations int64; null = 0
  void* y = nullptr;
  std::int32_t x_zero_point = 0;
  const std::int32_t* x_zero_points = nullptr;  ///< one per image, in place of x_zero_point
  std::int32_t weight_zero_point = 0;
  bool weights_are_unsigned = false;
};

/// Computes tiles [begin, end). x and y must not overlap. Reads nothing outside the image's pixels.
void run_integer_conv2d(const IntegerPlan& plan, const IntegerOperands& operands, const IntegerEpilogue& epilogue,
                        std::int64_t begin, std::int64_t end, void* scratch) noexcept;

}  // namespace litesmith::kernels
