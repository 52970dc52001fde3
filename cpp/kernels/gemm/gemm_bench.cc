#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/bench_layers.h"
#include "kernels/bench_rate.h"
#include "kernels/conv_oracle.h"
#include "kernels/gemm/gemm.h"
#include "simd/cpu.h"

namespace litesmith::kernels {
namespace {

using bench::kLayers;
using bench::Layer;
using bench::macs_of;
using bench::shape_of;

Conv2dPlan plan_of(const Layer& layer, simd::Isa isa) {
  const PanelLayout layout = panel_layout(isa, layer.n, layer.kernel * layer.kernel * layer.in_c);
  return plan_conv2d(layout, shape_of(layer), dense_image(layer.in, layer.in, layer.in_c),
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
  report_rate(state, macs_of(layer), isa);
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
