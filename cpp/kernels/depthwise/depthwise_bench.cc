#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/bench_rate.h"
#include "kernels/conv_oracle.h"
#include "kernels/depthwise/bench_layers.h"
#include "kernels/depthwise/depthwise.h"
#include "simd/cpu.h"

namespace litesmith::kernels {
namespace {

void run_layer(benchmark::State& state, const DepthwiseLayer& layer, simd::Isa isa) {
  const Conv2dShape shape = shape_of(layer);
  const std::int64_t out = shape.out_h;
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
    for (const DepthwiseLayer& layer : kDepthwiseLayers) {
      const std::string name = "depthwise/" + std::string(simd::isa_name(isa)) + "/" + layer.name;
      benchmark::RegisterBenchmark(name.c_str(), run_layer, layer, isa);
    }
  }
  return true;
}();

}  // namespace
}  // namespace litesmith::kernels
