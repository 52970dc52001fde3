#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "simd/cpu.h"

/// float32 matrix product and implicit-GEMM convolution over weights packed once.
///
/// Every output is y = clamp(fma(x[K-1], w[K-1], ... fma(x[0], w[0], bias))): one accumulator that starts at the bias
/// (0 when absent), k ascending in the order (ky, kx, ci), one fused multiply-add per k, padding taps multiplied as
/// zeros. All ISAs, tile ranges and thread counts therefore give equal bits (NaN payloads excepted).
/// clamp(v) = min(hi, max(lo, v)) with NaN passed through.
///
/// Use: panel_layout() -> pack_weights() once; plan_gemm() or plan_conv2d() per shape; run_*() over tile ranges.
/// Layouts depend on the ISA, so weights, plan and run belong together. All sizes and strides count elements.
namespace litesmith::kernels {

/// How weights w[n, k] lie in packed panels: per group, panels of one to three vectors of columns, the last
/// vector of a group possibly being half as wide; a panel is its bias followed by k rows of its columns, columns past n
/// being zero.
struct PanelLayout {
  simd::Isa isa = simd::Isa::scalar;  ///< the ISA whose loops will run: always one that has GEMM loops
  std::int64_t n = 0;                 ///< columns of one group
  std::int64_t k = 0;                 ///< terms of a sum
  std::int64_t groups = 1;
  std::int64_t vector = 1;         ///< columns per vector
  std::int64_t panels = 0;         ///< panels per group
  std::int64_t wide_panels = 0;    ///< the first `wide_panels` have one vector more than the others
  std::int64_t panel_vectors = 1;  ///< vectors of the other panels
  std::int64_t cut = 0;            ///< columns by which the last panel is narrower: 0 or half a vector
};

/// The layout for `n` columns per group, sums of `k` terms. `isa` must be supported; the loops of the most capable ISA
/// not above it are taken. n, k, groups >= 1 and n * k * groups * 4 bytes must fit in memory.
PanelLayout panel_layout(simd::Isa isa, std::int64_t n, std::int64_t k, std::int64_t groups = 1) noexcept;

/// Bytes of the packed buffer; it must be 64-byte aligned.
std::size_t packed_bytes(const PanelLayout& layout) noexcept;

/// Weights anywhere in memory: element (n, ky, kx, ci) at data[n*n_stride + ky*ky_stride + kx*kx_stride + ci*ci_stride]
/// with k = (ky * kx_size + kx) * ci_size + ci. n runs over all groups (group g owns [g*n, (g+1)*n)).
struct WeightView {
  const float* data = nullptr;
  std::int64_t kx_size = 1;
  std::int64_t ci_size = 1;
  std::int64_t n_stride = 0;
  std::int64_t ky_stride = 0;
  std::int64_t kx_stride = 0;
  std::int64_t ci_stride = 1;
};

/// Dense [n, k] rows: FULLY_CONNECTED weights and, as k = (ky, kx, ci), OHWI filters.
WeightView weights_nk(const float* data, std::int64_t k) noexcept;
/// Dense [k, n] rows: the right operand of BATCH_MATMUL. Not for groups.
WeightView weights_kn(const float* data, std::int64_t k, std::int64_t n) noexcept;

/// Packs all groups. `bias` has groups * n values or is null (0). `packed` has packed_bytes(layout) bytes.
void pack_weights(const PanelLayout& layout, const WeightView& weights, const float* bias, float* packed) noexcept;
/// Packs panels [begin, end) of the groups * layout.panels panels: packing may be shared among threads.
void pack_weight_panels(const PanelLayout& layout, const WeightView& weights, const float* bias, float* packed,
                        std::int64_t begin, std::int64_t end) noexcept;
/// Replaces the bias of packed weights.
void pack_bias(const PanelLayout& layout, const float* bias, float* packed) noexcept;

/// Limits of the fused activation.
struct Clamp {
  float lo = -std::numeric_limits<float>::infinity();
  float hi = std::numeric_limits<float>::infinity();
};

/// Element strides of an NHWC image; channels are contiguous.
struct ImageStrides {
  std::int64_t batch = 0;
  std::int64_t row = 0;
  std::int64_t pixel = 0;
};
constexpr ImageStrides dense_image(std::int64_t height, std::int64_t width, std::int64_t channels) noexcept {
  return {height * width * channels, width * channels, channels};
}

/// Geometry of a convolution. Output (oy, ox) reads input row oy*stride_h + ky*dilation_h - pad_top, likewise columns;
/// taps outside the image count as zeros. Pads may have any value, negative ones included.
struct Conv2dShape {
  std::int64_t batch = 1;
  std::int64_t in_h = 1;
  std::int64_t in_w = 1;
  std::int64_t in_c = 1;  ///< of one group; group g reads channels [g*in_c, (g+1)*in_c)
  std::int64_t out_h = 1;
  std::int64_t out_w = 1;
  std::int64_t kernel_h = 1;
  std::int64_t kernel_w = 1;
  std::int64_t stride_h = 1;
  std::int64_t stride_w = 1;
  std::int64_t dilation_h = 1;
  std::int64_t dilation_w = 1;
  std::int64_t pad_top = 0;
  std::int64_t pad_left = 0;
};

/// A convolution cut into tiles: tile = (group, panel range, row block); a row is one output pixel.
struct Conv2dPlan {
  PanelLayout layout;
  Conv2dShape shape;
  ImageStrides x;
  ImageStrides y;
  std::int64_t tiles = 0;         ///< run_conv2d takes ranges of [0, tiles)
  std::size_t scratch_bytes = 0;  ///< per thread, 64-byte aligned
  std::int64_t rows = 0;          ///< output pixels
  std::int64_t row_blocks = 0;
  std::int64_t panel_blocks = 0;    ///< per group
  std::int64_t segments = 1;        ///< contiguous runs of x that make up a sum ...
  std::int64_t segment_length = 0;  ///< ... and their length
  std::int64_t depth_block = 0;     ///< terms of all sums done before the next terms are begun
};

/// layout.k must be kernel_h * kernel_w * in_c. Output channels of group g are [g*n, (g+1)*n) of a pixel.
Conv2dPlan plan_conv2d(const PanelLayout& layout, const Conv2dShape& shape, ImageStrides x, ImageStrides y) noexcept;

/// Computes tiles [begin, end). x and y must not overlap. Reads nothing outside the image's pixels.
void run_conv2d(const Conv2dPlan& plan, const float* x, const float* packed, float* y, Clamp clamp, std::int64_t begin,
                std::int64_t end, void* scratch) noexcept;

/// y[m, n] for rows of x and y that lie `x_stride` and `y_stride` apart (>= k, >= n; layout.groups must be 1).
Conv2dPlan plan_gemm(const PanelLayout& layout, std::int64_t m, std::int64_t x_stride, std::int64_t y_stride) noexcept;

/// run_conv2d under its GEMM name; with `accumulate` the sums start at y instead of the bias.
void run_gemm(const Conv2dPlan& plan, const float* x, const float* packed, float* y, Clamp clamp, std::int64_t begin,
              std::int64_t end, void* scratch, bool accumulate = false) noexcept;

}  // namespace litesmith::kernels
