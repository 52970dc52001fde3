#pragma once

#include <cstdint>

#include "simd/cpu.h"

/// The inner loops of kernels/depthwise. Internal to this folder.
namespace litesmith::kernels {

/// A rectangle of output pixels times a range of channels. The first of these channels of input pixel (i, j), counted
/// from the top-left tap of the first output, is at pixels[i * pitch + j]; padding is a pixel of zeros.
struct DepthwiseCall {
  const float* const* pixels = nullptr;
  std::int64_t pitch = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t kernel_h = 1;
  std::int64_t kernel_w = 1;
  std::int64_t stride_h = 1;
  std::int64_t stride_w = 1;
  std::int64_t dilation_h = 1;
  std::int64_t dilation_w = 1;
  const float* packed = nullptr;  ///< the block of the first channel
  std::int64_t channels = 0;
  float* y = nullptr;  ///< the first channel of the first output
  std::int64_t y_row = 0;
  std::int64_t y_pixel = 0;
  float lo = 0;
  float hi = 0;
};

struct DepthwiseLoops {
  simd::Isa isa;
  std::int64_t vector;
  void (*run)(const DepthwiseCall& call) noexcept;
};

namespace depthwise_scalar {
extern const DepthwiseLoops loops;
}
#if defined(__x86_64__)
namespace depthwise_avx2 {
extern const DepthwiseLoops loops;
}
namespace depthwise_avx512 {
extern const DepthwiseLoops loops;
}
#endif

/// The loops of the most capable ISA not above `isa`.
const DepthwiseLoops& depthwise_loops(simd::Isa isa) noexcept;

}  // namespace litesmith::kernels
