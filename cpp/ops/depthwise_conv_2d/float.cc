#include "ops/depthwise_conv_2d/float.h"

#include <algorithm>
#include <vector>

#include "base/aligned_buffer.h"
#include "ops/float_product.h"
#include "ops/weights.h"

namespace litesmith::ops::depthwise_conv_2d {
namespace {

/// Output channels whose filter a tile packs at run time.
constexpr std::int64_t kFedChannels = 64;

struct Packed {
  kernels::DepthwisePlan plan;
  std::shared_ptr<std::byte[]> weights;
  kernels::Clamp clamp;
};

Fault run_packed(const Packed& p, const Operands& operands, TileRange tiles) noexcept {
  kernels::run_depthwise(p.plan, operands.in<float>(0), reinterpret_cast<const float*>(p.weights.get()),
                         operands.out<float>(), p.clamp, tiles.begin, tiles.end, operands.scratch);
  return Fault::none;
}

/// A block of input channels with the filter of their output channels.
struct ChannelBlock {
  kernels::DepthwisePlan plan;
  std::size_t filter_bytes = 0;  // dense copy, then packed; multiples of 64
  std::size_t packed_bytes = 0;

  std::size_t scratch_bytes() const noexcept { return filter_bytes + packed_bytes + plan.scratch_bytes; }
};

struct Fed {
  std::vector<float> weights;  // copies of operands that are known; empty when read at run time
  std::vector<float> bias;
  bool has_bias;
  std::int64_t channels;  // input channels of a block
  std::int64_t blocks;
  std::int64_t outputs;  // all output channels
  kernels::Clamp clamp;
  ChannelBlock full;
  ChannelBlock last;
};

void run_block(const ChannelBlock& block, const Operands& operands, const Fed& p, std::int64_t first) noexcept {
  const std::int64_t width = block.plan.layout.channels;
  const std::int64_t out = first * block.plan.multiplier;
  const float* weights = (p.weights.empty() ? operands.in<float>(1) : p.weights.data()) + out;
  const float* bias = p.bias.empty() && p.has_bias ? operands.in<float>(2) : p.bias.data();
  auto* dense = reinterpret_cast<float*>(operands.scratch);
  auto* packed = reinterpret_cast<float*>(operands.scratch + block.filter_bytes);
  for (std::int64_t tap = 0; tap < block.plan.layout.taps; ++tap)
    std::copy_n(weights + tap * p.outputs, width, dense + tap * width);
  kernels::pack_depthwise(block.plan.layout, dense, p.has_bias ? bias + out : nullptr, packed);
  kernels::run_depthwise(block.plan, operands.in<float>(0) + first, packed, operands.out<float>() + out, p.clamp, 0,
                         block.plan.tiles, operands.scratch + block.filter_bytes + block.packed_bytes);
}

Fault run_fed(const Fed& p, const Operands& operands, TileRange tiles) noexcept {
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile)
    run_block(tile + 1 < p.blocks ? p.full : p.last, operands, p, tile * p.channels);
  return Fault::none;
}

kernels::DepthwisePlan plan_channels(simd::Isa isa, const FloatDepthwise& d, std::int64_t channels) {
  kernels::Conv2dShape shape = d.shape;
  shape.in_c = channels;
  const auto layout = kernels::depthwise_layout(isa, channels * d.multiplier, shape.kernel_h * shape.kernel_w);
  return kernels::plan_depthwise(layout, shape, d.multiplier,
                                 kernels::dense_image(shape.in_h, shape.in_w, d.shape.in_c),
                                 kernels::dense_image(shape.out_h, shape.out_w, d.shape.in_c * d.multiplier));
}

ChannelBlock channel_block(simd::Isa isa, const FloatDepthwise& d, std::int64_t channels) {
  const kernels::DepthwisePlan plan = plan_channels(isa, d, channels);
  const auto floats = static_cast<std::size_t>(plan.layout.channels * plan.layout.taps);
  return {plan, align_up(floats * sizeof(float)), align_up(kernels::packed_bytes(plan.layout))};
}

Step fed_step(const PrepareContext& context, simd::Isa isa, const FloatDepthwise& d, const std::string& kernel) {
  const std::int64_t channels = std::clamp<std::int64_t>(kFedChannels / d.multiplier, 1, d.shape.in_c);
  const std::int64_t blocks = (d.shape.in_c + channels - 1) / channels;
  Fed fed{.weights = known_floats(context, 1),
          .bias = known_floats(context, 2),
          .has_bias = context.has_input(2),
          .channels = channels,
          .blocks = blocks,
          .outputs = d.shape.in_c * d.multiplier,
          .clamp = kernel_clamp(d.clamp),
          .full = channel_block(isa, d, channels),
          .last = channel_block(isa, d, d.shape.in_c - (blocks - 1) * channels)};
  const std::size_t scratch = std::max(fed.full.scratch_bytes(), fed.last.scratch_bytes());
  Step step = make_step<run_fed>(std::move(fed), kernel, isa);
  step.tiles = blocks;
  step.scratch_bytes = scratch;
  return step;
}

Step packed_step(const PrepareContext& context, simd::Isa isa, const FloatDepthwise& d, const std::string& kernel) {
  const std::vector<float> weights = known_floats(context, 1);
  const std::vector<float> bias = known_floats(context, 2);
  Packed packed{plan_channels(isa, d, d.shape.in_c), nullptr, kernel_clamp(d.clamp)};
  packed.weights = aligned_buffer(kernels::packed_bytes(packed.plan.layout));
  kernels::pack_depthwise(packed.plan.layout, weights.data(), bias.empty() ? nullptr : bias.data(),
                          reinterpret_cast<float*>(packed.weights.get()));
  return tiled_step<run_packed>(std::move(packed), kernel, isa);
}

}  // namespace

Step float_step(const PrepareContext& context, simd::Isa isa, const FloatDepthwise& depthwise) {
  const kernels::Conv2dShape& s = depthwise.shape;
  if (s.batch == 0 || s.out_h == 0 || s.out_w == 0) return empty_step("depthwise_conv_2d");
  const bool known = is_known(context, 1) && is_known(context, 2);
  const std::string kernel = concat("depthwise_conv_2d/", simd::isa_name(isa), known ? "/packed" : "/fed");
  Step step = known ? packed_step(context, isa, depthwise, kernel) : fed_step(context, isa, depthwise, kernel);
  step.work = static_cast<double>(s.batch * s.out_h * s.out_w) *
              static_cast<double>(s.in_c * depthwise.multiplier * s.kernel_h * s.kernel_w);
  return step;
}

}  // namespace litesmith::ops::depthwise_conv_2d
