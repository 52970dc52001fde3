#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/bench_rate.h"
#include "kernels/conv_oracle.h"
#include "kernels/gemm/gemm.h"
#include "simd/cpu.h"

namespace litesmith::kernels {
namespace {

struct Layer {
  const char* name;
  std::int64_t in;  ///< height and width of the input
  std::int64_t in_c;
  std::int64_t out;
  std::int64_t n;
  std::int64_t kernel;
  std::int64_t stride;
};

constexpr Layer kLayers[] = {
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

Conv2dPlan plan_of(const Layer& layer, simd::Isa isa) {
  const std::int64_t pad = ((layer.out - 1) * layer.stride + layer.kernel - layer.in) / 2;
  const Conv2dShape shape{.in_h = layer.in,
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
  const PanelLayout layout = panel_layout(isa, layer.n, layer.kernel * layer.kernel * layer.in_c);
  return plan_conv2d(layout, shape, dense_image(layer.in, layer.in, layer.in_c),
                     dense_image(layer.out, layer.out, layer.n));
}

void run_layer(benchmark::State& state, const Layer& layer, simd::Isa isa) {
  const Conv2dPlan plan = plan_of(layer, isa);
  std::mt19937 random{1};
  const std::vector<float> values = oracle::random_floats(random, layer.in * layer.in * layer.in_c);
  oracle::Aligned<float> x(values.size() * sizeof(float));
  std::copy(values.begin(), values.end(), x.data());
  const std::vector<float> w = oracle::random_floats(random, layer.n * plan.layout.k);
  oracle::Aligned<float> y(static_cast<std::size_t>(layer.out * layer.out * layer.n) * sizeof(float));
  oracle::Aligned<float> packed(packed_bytes(plan.layout));
  oracle::Aligned<std::byte> scratch(plan.scratch_bytes);
  pack_weights(plan.layout, weights_nk(w.data(), plan.layout.k), nullptr, packed.data());
  for (auto _ : state) {
    run_conv2d(plan, x.data(), packed.data(), y.data(), {.lo = 0.0F, .hi = 6.0F}, 0, plan.tiles, scratch.data());
    benchmark::ClobberMemory();
  }
  report_rate(state, static_cast<double>(plan.rows * layer.n * plan.layout.k), isa);
}

const bool kRegistered = [] {
  for (const simd::Isa isa : oracle::float_isas()) {
    if (isa == simd::Isa::scalar) continue;
    for (const Layer& layer : kLayers) {
      const std::string name = "conv/" + std::string(simd::isa_name(isa)) + "/" + layer.name;
      benchmark::RegisterBenchmark(name.c_str(), run_layer, layer, isa);
    }
  }
  return true;
}();

}  // namespace
}  // namespace litesmith::kernels
