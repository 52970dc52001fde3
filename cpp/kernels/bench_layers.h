#pragma once

#include <cstdint>

#include "kernels/gemm/gemm.h"

/// Layers of well-known networks, which the benches of the convolution loops time.
namespace litesmith::kernels::bench {

struct Layer {
  const char* name;
  std::int64_t in;  ///< height and width of the input
  std::int64_t in_c;
  std::int64_t out;
  std::int64_t n;
  std::int64_t kernel;
  std::int64_t stride;
};

inline constexpr Layer kLayers[] = {
    {"mobilenet_v2/stem", 224, 3, 112, 32, 3, 2},
    {"mobilenet_v2/project_112_32_16", 112, 32, 112, 16, 1, 1},
    {"mobilenet_v2/expand_112_16_96", 112, 16, 112, 96, 1, 1},
    {"mobilenet_v2/project_56_96_24", 56, 96, 56, 24, 1, 1},
    {"mobilenet_v2/expand_56_24_144", 56, 24, 56, 144, 1, 1},
    {"mobilenet_v2/project_56_144_24", 56, 144, 56, 24, 1, 1},
    {"mobilenet_v2/expand_28_32_192", 28, 32, 28, 192, 1, 1},
    {"mobilenet_v2/project_28_192_32", 28, 192, 28, 32, 1, 1},
    {"mobilenet_v2/expand_14_64_384", 14, 64, 14, 384, 1, 1},
    {"mobilenet_v2/project_14_384_64", 14, 384, 14, 64, 1, 1},
    {"mobilenet_v2/project_14_576_96", 14, 576, 14, 96, 1, 1},
    {"mobilenet_v2/expand_7_160_960", 7, 160, 7, 960, 1, 1},
    {"mobilenet_v2/project_7_960_160", 7, 960, 7, 160, 1, 1},
    {"mobilenet_v2/head_7_320_1280", 7, 320, 7, 1280, 1, 1},
    {"mobilenet_v2/logits_1280_1001", 1, 1280, 1, 1001, 1, 1},
    {"resnet50/stem", 224, 3, 112, 64, 7, 2},
    {"resnet50/conv_56_64_64", 56, 64, 56, 64, 3, 1},
    {"resnet50/conv_28_128_128", 28, 128, 28, 128, 3, 1},
    {"resnet50/conv_14_256_256", 14, 256, 14, 256, 3, 1},
    {"resnet50/conv_7_512_512", 7, 512, 7, 512, 3, 1},
    {"resnet50/expand_56_64_256", 56, 64, 56, 256, 1, 1},
    {"resnet50/reduce_56_256_64", 56, 256, 56, 64, 1, 1},
    {"resnet50/expand_28_128_512", 28, 128, 28, 512, 1, 1},
    {"resnet50/reduce_28_512_128", 28, 512, 28, 128, 1, 1},
    {"resnet50/shortcut_28_512_1024", 28, 512, 14, 1024, 1, 2},
    {"resnet50/expand_14_256_1024", 14, 256, 14, 1024, 1, 1},
    {"resnet50/reduce_14_1024_256", 14, 1024, 14, 256, 1, 1},
    {"resnet50/expand_7_512_2048", 7, 512, 7, 2048, 1, 1},
    {"resnet50/reduce_7_2048_512", 7, 2048, 7, 512, 1, 1},
    {"resnet50/logits_2048_1000", 1, 2048, 1, 1000, 1, 1},
};

inline Conv2dShape shape_of(const Layer& layer) {
  const std::int64_t pad = ((layer.out - 1) * layer.stride + layer.kernel - layer.in) / 2;
  return {.in_h = layer.in,
          .in_w = layer.in,
          .in_c = layer.in_c,
          .out_h = layer.out,
          .out_w = layer.out,
          .kernel_h = layer.kernel,
          .kernel_w = layer.kernel,
          .stride_h = layer.stride,
          .stride_w = layer.stride,
          .pad_top = pad,
          .pad_left = pad};
}

inline double macs_of(const Layer& layer) {
  return static_cast<double>(layer.out * layer.out * layer.n * layer.kernel * layer.kernel * layer.in_c);
}

}  // namespace litesmith::kernels::bench
