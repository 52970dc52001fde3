#include <cmath>

#include "kernels/depthwise/channel_loops.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kVector = 8;

float tap_sum(const DepthwiseCall& call, const float* const* pixels, const float* block,
              std::int64_t channel) noexcept {
  float sum = block[0];
  for (std::int64_t ky = 0; ky < call.kernel_h; ++ky) {
    for (std::int64_t kx = 0; kx < call.kernel_w; ++kx) {
      const float* x = pixels[ky * call.dilation_h * call.pitch + kx * call.dilation_w];
      sum = std::fma(x[channel], block[(1 + ky * call.kernel_w + kx) * kVector], sum);
    }
  }
  return sum;
}

void run(const DepthwiseCall& call) noexcept {
  const std::int64_t block_floats = (1 + call.kernel_h * call.kernel_w) * kVector;
  for (std::int64_t row = 0; row < call.rows; ++row) {
    for (std::int64_t column = 0; column < call.columns; ++column) {
      const float* const* pixels = call.pixels + row * call.stride_h * call.pitch + column * call.stride_w;
      float* y = call.y + row * call.y_row + column * call.y_pixel;
      for (std::int64_t c = 0; c < call.channels; ++c) {
        const float* block = call.packed + c / kVector * block_floats + c % kVector;
        const float sum = tap_sum(call, pixels, block, c);
        const float above = call.lo > sum ? call.lo : sum;
        y[c] = call.hi < above ? call.hi : above;
      }
    }
  }
}

}  // namespace

namespace depthwise_scalar {
const DepthwiseLoops loops{simd::Isa::scalar, kVector, run};
}

}  // namespace litesmith::kernels
