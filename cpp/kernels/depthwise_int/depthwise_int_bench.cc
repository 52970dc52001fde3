#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/bench_rate.h"
#include "kernels/conv_oracle.h"
#include "kernels/depthwise/bench_layers.h"
#include "kernels/depthwise_int/depthwise_int.h"
#include "simd/cpu.h"

namespace litesmith::kernels {
namespace {

struct Form {
  const char* name;
  IntegerDepthwise form;
  std::size_t bytes;
};

constexpr Form kForms[] = {{"int8", IntegerDepthwise::int8, 1},
                           {"uint8", IntegerDepthwise::uint8, 1},
                           {"int16_wide", IntegerDepthwise::int16_wide, 2}};

void run_layer(benchmark::State& state, const DepthwiseLayer& layer, const Form& form, simd::Isa isa) {
  const Conv2dShape shape = shape_of(layer);
  const std::int64_t taps = layer.kernel * layer.kernel;
  const IntegerDepthwiseLayout layout =
      integer_depthwise_layout(isa, form.form, layer.channels, layer.kernel, layer.kernel, taps * 127);
  const IntegerDepthwisePlan plan = plan_integer_depthwise(layout, shape, 1);
  const std::vector<std::int16_t> filter(static_cast<std::size_t>(taps * layer.channels), 3);
  oracle::Aligned<std::byte> packed(packed_bytes(layout)), scratch(plan.scratch_bytes);
  pack_integer_depthwise(layout, filter.data(), packed.data());
  const auto channels = static_cast<std::size_t>(padded_channels(layout));
  const std::vector<std::int32_t> starts(channels, 100);
  const std::vector<std::int64_t> bias(channels, 100);
  std::vector<Multiplier> multipliers;
  for (std::size_t c = 0; c < channels; ++c)
    multipliers.push_back(multiplier_of(0.003 + 0.0000137 * static_cast<double>(c % 173)));
  std::vector<float> factors, above, below;
  for (const Multiplier& m : multipliers) {
    factors.push_back(near_scale(m).factor);
    above.push_back(near_scale(m).above);
    below.push_back(near_scale(m).below);
  }
  const NearScales near{factors.data(), above.data(), below.data()};
  const IntegerDepthwiseResult result{
      .channels = {starts.data(), multipliers.data(), bias.data(), nullptr, nullptr, near},
      .x_zero_point = 3,
      .range = {3, 3, 100},
      .are_small = true};
  const auto in = static_cast<std::size_t>(shape.in_h * shape.in_w * layer.channels);
  const auto out = static_cast<std::size_t>(shape.out_h * shape.out_w * layer.channels);
  oracle::Aligned<std::byte> x(in * form.bytes), y(out * form.bytes);
  for (std::size_t i = 0; i < in * form.bytes; ++i) x.data()[i] = static_cast<std::byte>(i * 7 % 251);
  for (auto _ : state) {
    run_integer_depthwise(plan, x.data(), packed.data(), y.data(), result, 0, plan.base.tiles, scratch.data());
    benchmark::ClobberMemory();
  }
  report_rate(state, static_cast<double>(out) * static_cast<double>(taps), isa);
}

const bool kRegistered = [] {
  for (const simd::Isa isa : {simd::Isa::avx2, simd::Isa::avx512, simd::Isa::avx512vnni}) {
    if (!simd::supported(isa)) continue;
    for (const Form& form : kForms)
      for (const DepthwiseLayer& layer : kDepthwiseLayers) {
        const std::string name =
            std::string("depthwise_int/") + form.name + "/" + std::string(simd::isa_name(isa)) + "/" + layer.name;
        benchmark::RegisterBenchmark(name.c_str(), run_layer, layer, form, isa);
      }
  }
  return true;
}();

}  // namespace
}  // namespace litesmith::kernels
