#pragma once

#include <cstdint>

#include "kernels/gemm/gemm.h"

/// Layers that the benches of depthwise convolutions run.
namespace litesmith::kernels {

struct DepthwiseLayer {
  const char* name;
  std::int64_t in;  ///< height and width of the input
  std::int64_t channels;
  std::int64_t kernel;
  std::int64_t stride;
};

inline constexpr DepthwiseLayer kDepthwiseLayers[] = {
    {"mobilenet_v2/112_32_s1", 112, 32, 3, 1},     {"mobilenet_v2/112_96_s2", 112, 96, 3, 2},
    {"mobilenet_v2/56_144_s1", 56, 144, 3, 1},     {"mobilenet_v2/56_144_s2", 56, 144, 3, 2},
    {"mobilenet_v2/28_192_s1", 28, 192, 3, 1},     {"mobilenet_v2/28_192_s2", 28, 192, 3, 2},
    {"mobilenet_v2/14_384_s1", 14, 384, 3, 1},     {"mobilenet_v2/14_576_s1", 14, 576, 3, 1},
    {"mobilenet_v2/14_576_s2", 14, 576, 3, 2},     {"mobilenet_v2/7_960_s1", 7, 960, 3, 1},
    {"mobilenet_v1/14_512_s1", 14, 512, 3, 1},     {"mobilenet_v3/56_72_5x5_s2", 56, 72, 5, 2},
    {"mobilenet_v3/28_120_5x5_s1", 28, 120, 5, 1}, {"mobilenet_v3/14_672_5x5_s2", 14, 672, 5, 2},
    {"mobilenet_v3/7_960_5x5_s1", 7, 960, 5, 1},   {"other/28_128_7x7_s1", 28, 128, 7, 1},
};

/// Padding SAME, one image.
inline Conv2dShape shape_of(const DepthwiseLayer& layer) noexcept {
  const std::int64_t out = (layer.in + layer.stride - 1) / layer.stride;
  const std::int64_t pad = ((out - 1) * layer.stride + layer.kernel - layer.in) / 2;
  return {.in_h = layer.in,
          .in_w = layer.in,
          .in_c = layer.channels,
          .out_h = out,
          .out_w = out,
          .kernel_h = layer.kernel,
          .kernel_w = layer.kernel,
          .stride_h = layer.stride,
          .stride_w = layer.stride,
          .pad_top = pad,
          .pad_left = pad};
}

}  // namespace litesmith::kernels
