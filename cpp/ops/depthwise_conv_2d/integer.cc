#include "ops/depthwise_conv_2d/integer.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/aligned_buffer.h"
#include "kernels/depthwise_int/depthwise_int.h"
#include "kernels/hybrid/row_quantizer.h"
#include "ops/float_product.h"
#include "ops/integer_clamp.h"
#include "ops/integer_weights.h"
#include "ops/quantized_tensor.h"
#include "ops/stored_integer.h"
#include "ops/weights.h"

namespace litesmith::ops::depthwise_conv_2d {
namespace {

using kernels::IntegerDepthwise;

/// Where the parts of a block of constants lie: packed filters, then one value per output channel of each kind.
struct Parts {
  std::size_t sums, starts, bias, bytes;
};

struct Params {
  kernels::IntegerDepthwisePlan plan;
  Parts parts{};
  DType weight_type = DType::int8;
  std::int32_t weight_zero_point = 0;
  bool has_bias = false;
  std::int32_t x_zero_point = 0;
  kernels::OutputRange range{};
  kernels::Clamp limits{};
  std::vector<kernels::Multiplier> multipliers;
  std::vector<float> scales;               // of the filter, hybrid only
  std::vector<float> near;                 // the three arrays of NearScales, where the loops may use them
  std::shared_ptr<std::byte[]> constants;  // null when filter or bias is fed
  std::int64_t images = 1;                 // hybrid: the batch, of which the plan has one

  bool is_hybrid() const noexcept { return plan.layout.form == IntegerDepthwise::hybrid; }
  bool is_wide() const noexcept { return plan.layout.form == IntegerDepthwise::int16_wide; }
  std::int64_t channels() const noexcept { return plan.layout.base.channels; }
  std::size_t padded() const noexcept { return static_cast<std::size_t>(kernels::padded_channels(plan.layout)); }
  std::size_t filter_bytes() const noexcept {
    return align_up(static_cast<std::size_t>(channels() * plan.layout.base.taps) * sizeof(std::int16_t));
  }
  std::size_t image_bytes() const noexcept { return align_up(static_cast<std::size_t>(plan.base.x.batch)); }
};

Parts parts_of(const kernels::IntegerDepthwiseLayout& layout) noexcept {
  const auto padded = static_cast<std::size_t>(kernels::padded_channels(layout));
  const std::size_t sums = align_up(kernels::packed_bytes(layout));
  const std::size_t starts = sums + align_up(padded * sizeof(std::int32_t));
  const std::size_t bias = starts + align_up(padded * sizeof(std::int32_t));
  return {sums, starts, bias, bias + align_up(padded * sizeof(std::int64_t))};
}

template <class T>
T* part(const std::byte* block, std::size_t offset) noexcept {
  return reinterpret_cast<T*>(const_cast<std::byte*>(block) + offset);
}

/// Fills a zeroed block of constants from operands in the form of the file; `filter` is scratch for all its values.
void fill_constants(const Params& p, const std::byte* weights, const std::byte* bias, std::byte* block,
                    std::int16_t* filter) noexcept {
  const std::int64_t channels = p.channels();
  auto* sums = part<std::int32_t>(block, p.parts.sums);
  for (std::int64_t tap = 0; tap < p.plan.layout.base.taps; ++tap)
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t i = tap * channels + c;
      filter[i] = static_cast<std::int16_t>(stored_integer(p.weight_type, weights, i) - p.weight_zero_point);
      sums[c] += filter[i];
    }
  kernels::pack_integer_depthwise(p.plan.layout, filter, block);
  const bool is_apart = p.is_wide() || p.is_hybrid();
  const std::size_t width = p.is_wide() ? sizeof(std::int64_t) : sizeof(std::int32_t);
  auto* own = block + p.parts.bias;
  if (bias != nullptr) std::memcpy(own, bias, static_cast<std::size_t>(channels) * width);
  kernels::depthwise_starts(p.plan.layout, sums, is_apart ? nullptr : reinterpret_cast<const std::int32_t*>(own),
                            p.x_zero_point, part<std::int32_t>(block, p.parts.starts));
}

kernels::IntegerDepthwiseResult result_of(const Params& p, const std::byte* block) noexcept {
  kernels::IntegerDepthwiseResult result{
      .channels = {}, .x_zero_point = p.x_zero_point, .range = p.range, .limits = p.limits};
  result.channels.starts = part<std::int32_t>(block, p.parts.starts);
  result.channels.multipliers = p.multipliers.data();
  if (!p.near.empty())
    result.channels.near = {p.near.data(), p.near.data() + p.padded(), p.near.data() + 2 * p.padded()};
  if (p.is_wide()) result.channels.wide_bias = part<std::int64_t>(block, p.parts.bias);
  if (p.is_hybrid()) result.channels.bias = part<float>(block, p.parts.bias);
  return result;
}

/// One image of floats: quantized, then convolved.
void run_image(const Params& p, const float* x, const std::byte* block, float* y, std::byte* scratch) noexcept {
  const std::size_t row = align_up(p.padded() * sizeof(std::int32_t));
  auto* image = reinterpret_cast<std::int8_t*>(scratch);
  auto* starts = part<std::int32_t>(scratch, p.image_bytes());
  auto* scales = part<float>(scratch, p.image_bytes() + row);
  const kernels::RowQuantizer& quantizer = kernels::row_quantizer(p.plan.layout.isa);
  const kernels::RowScale scale =
      kernels::quantize_row(quantizer, x, p.plan.base.x.batch, kernels::RowRange::asymmetric, image);
  kernels::IntegerDepthwiseResult result = result_of(p, block);
  kernels::depthwise_starts(p.plan.layout, part<std::int32_t>(block, p.parts.sums), nullptr, scale.zero_point, starts);
  for (std::size_t c = 0; c < p.scales.size(); ++c) scales[c] = scale.scale * p.scales[c];
  result.channels.starts = starts;
  result.channels.scales = scales;
  result.x_zero_point = scale.zero_point;
  kernels::run_integer_depthwise(p.plan, image, block, y, result, 0, p.plan.base.tiles,
                                 scratch + p.image_bytes() + 2 * row);
}

Fault run(const Params& p, const Operands& operands, TileRange tiles) noexcept {
  const std::byte* block = p.constants.get();
  std::byte* scratch = operands.scratch;
  if (block == nullptr) {
    std::memset(scratch, 0, p.parts.bytes);
    auto* filter = part<std::int16_t>(scratch, p.parts.bytes);
    fill_constants(p, operands.inputs[1], p.has_bias ? operands.inputs[2] : nullptr, scratch, filter);
    block = scratch;
    scratch += p.parts.bytes + p.filter_bytes();
    tiles = {0, p.is_hybrid() ? p.images : p.plan.base.tiles};
  }
  if (!p.is_hybrid()) {
    kernels::run_integer_depthwise(p.plan, operands.inputs[0], block, operands.outputs[0], result_of(p, block),
                                   tiles.begin, tiles.end, scratch);
    return Fault::none;
  }
  for (std::int64_t image = tiles.begin; image < tiles.end; ++image)
    run_image(p, operands.in<float>(0) + image * p.plan.base.x.batch, block,
              operands.out<float>() + image * p.plan.base.y.batch, scratch);
  return Fault::none;
}

IntegerDepthwise form_of(const PrepareContext& context) {
  switch (context.input(0).dtype) {
    case DType::float32: return IntegerDepthwise::hybrid;
    case DType::uint8: return IntegerDepthwise::uint8;
    case DType::int16: return has_wide_sums(context, 2) ? IntegerDepthwise::int16_wide : IntegerDepthwise::int16;
    default: return IntegerDepthwise::int8;
  }
}

/// The largest sum of magnitudes of one channel's filter, or its bound when the filter is fed.
std::int64_t largest_filter(const PrepareContext& context, std::int64_t taps) {
  const std::byte* weights = known_bytes(context, 1);
  if (weights == nullptr) return taps * 128;
  const std::int64_t channels = context.input(1).shape[3];
  std::vector<std::int64_t> sums(static_cast<std::size_t>(channels));
  for (std::int64_t i = 0; i < taps * channels; ++i)
    sums[static_cast<std::size_t>(i % channels)] += std::abs(stored_integer(context.input(1).dtype, weights, i));
  return *std::max_element(sums.begin(), sums.end());
}

void set_scales(const PrepareContext& context, Activation activation, Params& p) {
  const TensorInfo& w = context.input(1);
  if (p.is_hybrid()) {
    p.limits = kernel_clamp(fused_clamp(context, activation));
    p.scales = weight_scales(context, w, p.channels(), 3);
    return;
  }
  const TensorInfo& x = context.input(0);
  const TensorInfo& y = context.output();
  p.multipliers = product_multipliers(context, x, w, y, p.channels(), 3);
  if (p.is_wide()) require_wide_multipliers(context, p.multipliers);
  p.x_zero_point = per_tensor_quantization(context, x).zero_point;
  if (w.dtype == DType::uint8) p.weight_zero_point = per_tensor_quantization(context, w).zero_point;
  const IntegerClamp clamp = fused_integer_clamp(context, activation, y);
  p.range = {per_tensor_quantization(context, y).zero_point, clamp.low, clamp.high};
  if (x.dtype == DType::int16) require_symmetric(context, x, y);
}

/// Whether is_small_sum() holds for all sums that an int8 input can make.
bool are_small(const Params& p, const std::vector<std::int16_t>& filter) {
  if (p.plan.layout.form != IntegerDepthwise::int8) return false;
  const auto* bias = part<std::int32_t>(p.constants.get(), p.parts.bias);
  const auto channels = static_cast<std::size_t>(p.channels());
  for (std::size_t c = 0; c < channels; ++c) {
    std::int64_t magnitude = std::abs(std::int64_t{bias[c]});
    for (std::size_t at = c; at < channels * static_cast<std::size_t>(p.plan.layout.base.taps); at += channels)
      magnitude += 255 * std::abs(filter[at]);
    if (!kernels::is_small_sum(magnitude, p.multipliers[c])) return false;
  }
  return true;
}

void set_near_scales(Params& p) {
  p.near.resize(3 * p.padded());
  for (std::size_t c = 0; c < p.padded(); ++c) {
    const kernels::NearScale scale = kernels::near_scale(p.multipliers[c]);
    p.near[c] = scale.factor;
    p.near[p.padded() + c] = scale.above;
    p.near[2 * p.padded() + c] = scale.below;
  }
}

/// Packs filter and bias when both are known; then further operands of the step are not read.
void pack_known(const PrepareContext& context, Params& p) {
  if (!is_known(context, 1) || !is_known(context, 2)) return;
  p.constants = aligned_buffer(p.parts.bytes);
  std::vector<std::int16_t> filter(p.filter_bytes() / sizeof(std::int16_t));
  fill_constants(p, known_bytes(context, 1), known_bytes(context, 2), p.constants.get(), filter.data());
  if (are_small(p, filter)) set_near_scales(p);
}

Step step_of(Params p, DType type) {
  const std::string kernel = concat("depthwise_conv_2d/", simd::isa_name(p.plan.layout.base.isa), "/",
                                    p.is_hybrid() ? "hybrid" : name(type), p.constants == nullptr ? "/fed" : "/packed");
  const kernels::Conv2dShape& s = p.plan.base.shape;
  const double work =
      static_cast<double>(p.images * s.out_h * s.out_w) * static_cast<double>(p.channels() * p.plan.layout.base.taps);
  std::size_t scratch = p.plan.scratch_bytes;
  if (p.is_hybrid()) scratch += p.image_bytes() + 2 * align_up(p.padded() * sizeof(std::int32_t));
  if (p.constants == nullptr) scratch += p.parts.bytes + p.filter_bytes();
  const std::int64_t tiles = p.constants == nullptr ? 1 : (p.is_hybrid() ? p.images : p.plan.base.tiles);
  Step step = make_step<run>(std::move(p), kernel);
  step.tiles = tiles;
  step.scratch_bytes = scratch;
  step.work = work;
  return step;
}

}  // namespace

Step integer_step(const PrepareContext& context, simd::Isa isa, const kernels::Conv2dShape& shape,
                  Activation activation) {
  if (shape.batch == 0 || shape.out_h == 0 || shape.out_w == 0) return empty_step("depthwise_conv_2d");
  const TensorInfo& w = context.input(1);
  const std::int64_t channels = w.shape[3];
  Params p;
  const IntegerDepthwise form = form_of(context);
  kernels::Conv2dShape planned = shape;
  if (form == IntegerDepthwise::hybrid) planned.batch = 1;
  p.plan = kernels::plan_integer_depthwise(
      kernels::integer_depthwise_layout(isa, form, channels, shape.kernel_h, shape.kernel_w,
                                        largest_filter(context, shape.kernel_h * shape.kernel_w)),
      planned, channels / shape.in_c);
  p.parts = parts_of(p.plan.layout);
  p.weight_type = w.dtype;
  p.has_bias = context.has_input(2);
  p.images = shape.batch;
  set_scales(context, activation, p);
  pack_known(context, p);
  return step_of(std::move(p), context.input(0).dtype);
}

}  // namespace litesmith::ops::depthwise_conv_2d
