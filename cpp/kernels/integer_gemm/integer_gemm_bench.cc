#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/bench_layers.h"
#include "kernels/bench_rate.h"
#include "kernels/conv_oracle.h"
#include "kernels/integer_gemm/integer_gemm.h"
#include "simd/cpu.h"

namespace litesmith::kernels {
namespace {

using bench::Layer;

void run_layer(benchmark::State& state, const Layer& layer, simd::Isa isa, Activations type) {
  const std::int64_t bytes = type == Activations::int16 ? 2 : 1;
  const IntegerLayout layout =
      integer_layout(isa, type, layer.n, layer.kernel * layer.kernel * layer.in_c, 1, layer.kernel * layer.in_c);
  const IntegerPlan plan =
      plan_integer_conv2d(layout, bench::shape_of(layer), dense_image(layer.in, layer.in, layer.in_c), layer.n);
  std::mt19937 random{1};
  const auto fill = [&random](oracle::Aligned<std::uint8_t>& values, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) values.data()[i] = static_cast<std::uint8_t>(random());
  };
  const std::int64_t x_bytes = layer.in * layer.in * layer.in_c * bytes;
  oracle::Aligned<std::uint8_t> x(static_cast<std::size_t>(x_bytes)), w(static_cast<std::size_t>(layer.n * layout.k));
  fill(x, x_bytes);
  fill(w, layer.n * layout.k);
  oracle::Aligned<std::byte> y(static_cast<std::size_t>(plan.rows * layer.n * bytes)), packed(packed_bytes(layout)),
      scratch(plan.scratch_bytes);
  pack_integer_weights(layout, integer_weights_nk(w.data(), layout.k), packed.data());
  const std::vector<Multiplier> multipliers(static_cast<std::size_t>(layer.n + kScaleBlock), multiplier_of(3e-4));
  const std::vector<std::int64_t> bias(static_cast<std::size_t>(layer.n));
  const IntegerEpilogue epilogue{.kind = IntegerEpilogue::Kind::fixed_point,
                                 .type = type == Activations::int16 ? OutputType::int16 : OutputType::int8,
                                 .range = {-3, -128, 127},
                                 .multipliers = multipliers.data()};
  const IntegerOperands operands{
      .x = x.data(), .packed = packed.data(), .bias = bias.data(), .y = y.data(), .x_zero_point = bytes == 1 ? 5 : 0};
  for (auto _ : state) {
    run_integer_conv2d(plan, operands, epilogue, 0, plan.tiles, scratch.data());
    benchmark::ClobberMemory();
  }
  report_rate(state, bench::macs_of(layer), isa);
}

const bool kRegistered = [] {
  for (const simd::Isa isa : {simd::Isa::avx2, simd::Isa::avxvnni, simd::Isa::avx512, simd::Isa::avx512vnni}) {
    if (!simd::supported(isa)) continue;
    for (const Activations type : {Activations::int8, Activations::int16}) {
      for (const Layer& layer : bench::kLayers) {
        const std::string name = std::string(type == Activations::int8 ? "conv_int8/" : "conv_int16/") +
                                 std::string(simd::isa_name(isa)) + "/" + layer.name;
        benchmark::RegisterBenchmark(name.c_str(), run_layer, layer, isa, type);
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace litesmith::kernels
