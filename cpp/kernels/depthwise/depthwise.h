#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/gemm.h"
#include "simd/cpu.h"

/// float32 depthwise convolution: output channel c*multiplier + j is the convolution of input channel c with its
/// filter. Arithmetic and bit equality as in kernels/gemm/gemm.h, the sum running over (ky, kx).
namespace litesmith::kernels {

/// How filters lie: blocks of `vector` output channels, each its bias followed by kernel_h * kernel_w rows.
struct DepthwiseLayout {
  simd::Isa isa = simd::Isa::scalar;
  std::int64_t channels = 0;  ///< output channels: input channels * multiplier
  std::int64_t taps = 1;      ///< kernel_h * kernel_w
  std::int64_t vector = 1;
};

/// `isa` must be supported; the loops of the most capable ISA not above it are taken.
DepthwiseLayout depthwise_layout(simd::Isa isa, std::int64_t channels, std::int64_t taps) noexcept;

/// Bytes of the packed buffer; it must be 64-byte aligned.
std::size_t packed_bytes(const DepthwiseLayout& layout) noexcept;

/// `filter` is dense [kernel_h, kernel_w, channels] (TFLite's 1HWC); `bias` has `channels` values or is null (0).
void pack_depthwise(const DepthwiseLayout& layout, const float* filter, const float* bias, float* packed) noexcept;

/// A depthwise convolution cut into tiles: tile = (batch, row block, channel block).
struct DepthwisePlan {
  DepthwiseLayout layout;
  Conv2dShape shape;  ///< in_c = all input channels
  ImageStrides x;
  ImageStrides y;
  std::int64_t multiplier = 1;
  bool whole_vectors = false;     ///< loops read `vector` channels of a pixel even where fewer are left
  std::int64_t tiles = 0;         ///< run_depthwise takes ranges of [0, tiles)
  std::size_t scratch_bytes = 0;  ///< per thread, 64-byte aligned
  std::int64_t row_blocks = 0;    ///< per batch
  std::int64_t channel_blocks = 0;
};

/// layout.channels must be shape.in_c * multiplier, layout.taps kernel_h * kernel_w.
DepthwisePlan plan_depthwise(const DepthwiseLayout& layout, const Conv2dShape& shape, std::int64_t multiplier,
                             ImageStrides x, ImageStrides y) noexcept;

/// Computes tiles [begin, end). x and y must not overlap. Reads nothing outside the image's pixels.
void run_depthwise(const DepthwisePlan& plan, const float* x, const float* packed, float* y, Clamp clamp,
                   std::int64_t begin, std::int64_t end, void* scratch) noexcept;

}  // namespace litesmith::kernels
