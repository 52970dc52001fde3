#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/bench_rate.h"
#include "kernels/conv_oracle.h"
#include "kernels/depthwise/depthwise.h"
#include "simd/cpu.h"

namespace litesmith::kernels {
namespace {

struct Layer {
  const char* name;
  std::int64_t in;  ///< height and width of the input
  std::int64_t channels;
  std::int64_t kernel;
  std::int64_t stride;
};

constexpr Layer kLayers[] = {
    {"mobilenet_v2/112_32_s1", 112, 32, 3, 1},     {"mobilenet_v2/112_96_s2", 112, 96, 3, 2},
    {"mobilenet_v2/56_144_s1", 56, 144, 3, 1},     {"mobilenet_v2/56_144_s2", 56, 144, 3, 2},
    {"mobilenet_v2/28_192_s1", 28, 192, 3, 1},     {"mobilenet_v2/28_192_s2", 28, 192, 3, 2},
    {"mobilenet_v2/14_384_s1", 14, 384, 3, 1},     {"mobilenet_v2/14_576_s1", 14, 576, 3, 1},
    {"mobilenet_v2/14_576_s2", 14, 576, 3, 2},     {"mobilenet_v2/7_960_s1", 7, 960, 3, 1},
    {"mobilenet_v1/14_512_s1", 14, 512, 3, 1},     {"mobilenet_v3/56_72_5x5_s2", 56, 72, 5, 2},
    {"mobilenet_v3/28_120_5x5_s1", 28, 120, 5, 1}, {"mobilenet_v3/14_672_5x5_s2", 14, 672, 5, 2},
    {"mobilenet_v3/7_960_5x5_s1", 7, 960, 5, 1},   {"other/28_128_7x7_s1", 28, 128, 7, 1},
};

void run_layer(benchmark::State& state, const Layer& layer, simd::Isa isa) {
  const std::int64_t out = (layer.in + layer.stride - 1) / layer.stride;
  const std::int64_t pad = ((out - 1) * layer.stride + layer.kernel - layer.in) / 2;
  const Conv2dShape shape{.in_h = layer.in,
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
  const DepthwiseLayout layout = depthwise_layout(isa, layer.channels, layer.kernel * layer.kernel);
  const DepthwisePlan plan = plan_depthwise(layout, shape, 1, dense_image(layer.in, layer.in, layer.channels),
                                            dense_image(out, out, layer.channels));
  std::mt19937 random{1};
  const std::vector<float> values = oracle::random_floats(random, layer.in * layer.in * layer.channels);
  oracle::Aligned<float> x(values.size() * sizeof(float));
  std::copy(values.begin(), values.end(), x.data());
  const std::vector<float> w = oracle::random_floats(random, layout.taps * layer.channels);
  oracle::Aligned<float> y(static_cast<std::size_t>(out * out * layer.channels) * sizeof(float));
  oracle::Aligned<float> packed(packed_bytes(layout));
  oracle::Aligned<std::byte> scratch(plan.scratch_bytes);
  pack_depthwise(layout, w.data(), nullptr, packed.data());
  for (auto _ : state) {
    run_depthwise(plan, x.data(), packed.data(), y.data(), {.lo = 0.0F, .hi = 6.0F}, 0, plan.tiles, scratch.data());
    benchmark::ClobberMemory();
  }
  report_rate(state, static_cast<double>(out * out * layer.channels * layout.taps), isa);
}

const bool kRegistered = [] {
  for (const simd::Isa isa : oracle::float_isas()) {
    if (isa == simd::Isa::scalar) continue;
    for (const Layer& layer : kLayers) {
      const std::string name = "depthwise/" + std::string(simd::isa_name(isa)) + "/" + layer.name;
      benchmark::RegisterBenchmark(name.c_str(), run_layer, layer, isa);
    }
  }
  return true;
}();

}  // namespace
}  // namespace litesmith::kernels
