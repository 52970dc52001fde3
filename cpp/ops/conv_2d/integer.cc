#include "ops/conv_2d/integer.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "base/aligned_buffer.h"
#include "kernels/hybrid/row_quantizer.h"
#include "kernels/integer_gemm/integer_gemm.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/conv_2d/geometry.h"
#include "ops/float_product.h"
#include "ops/integer_clamp.h"
#include "ops/integer_weights.h"
#include "ops/quantized_tensor.h"
#include "ops/stored_integer.h"
#include "ops/weights.h"

namespace litesmith::ops::conv_2d {
namespace {

using Kind = kernels::IntegerEpilogue::Kind;

struct Params {
  kernels::IntegerPlan plan;
  kernels::IntegerEpilogue epilogue{};
  DType weight_type = DType::int8;
  DType bias_type = DType::int32;
  std::int32_t x_zero_point = 0;
  std::int32_t weight_zero_point = 0;
  bool has_bias = false;
  std::vector<kernels::Multiplier> multipliers;
  std::vector<float> scales;
  std::shared_ptr<std::byte[]> constants;  // filter and bias as the loops want them; null when one of them is fed
  // Hybrid: images are quantized one by one, each by all of its `shares` tiles, and `plan` is of one image.
  kernels::RowRange x_range = kernels::RowRange::symmetric;
  std::int64_t images = 1;
  std::int64_t shares = 1;

  bool is_hybrid() const noexcept { return epilogue.kind == Kind::real; }
  bool is_wide() const noexcept { return plan.layout.x == kernels::Activations::int16; }
  std::int64_t channels() const noexcept { return plan.layout.groups * plan.layout.n; }
  std::int64_t weights() const noexcept { return channels() * plan.layout.k; }
  std::size_t packed() const noexcept { return align_up(kernels::packed_bytes(plan.layout)); }
  std::size_t bias() const noexcept { return align_up(static_cast<std::size_t>(channels()) * sizeof(std::int64_t)); }
  std::size_t unpacked() const noexcept {
    return weight_type == DType::int4 ? align_up(static_cast<std::size_t>(weights())) : 0;
  }
  std::size_t image() const noexcept {
    return is_hybrid() ? align_up(static_cast<std::size_t>(plan.shape.in_h * plan.x.row)) : 0;
  }
};

/// Fills the constants from operands in the form of the file; `unpacked` is scratch for int4 weights.
void fill_constants(const Params& p, const std::byte* weights, const std::byte* bias, std::byte* constants,
                    std::byte* unpacked) noexcept {
  if (p.weight_type == DType::int4) {
    for (std::int64_t i = 0; i < p.weights(); ++i) unpacked[i] = static_cast<std::byte>(packed<4, true>(weights, i));
    weights = unpacked;
  }
  // A hybrid filter of type uint8 holds int8, as it did in the first files with such filters.
  const bool is_unsigned = p.weight_type == DType::uint8 && !p.is_hybrid();
  kernels::pack_integer_weights(p.plan.layout, kernels::integer_weights_nk(weights, p.plan.layout.k, is_unsigned),
                                constants);
  if (bias == nullptr) return;
  std::byte* to = constants + p.packed();
  if (p.is_wide() && p.bias_type == DType::int32) {
    for (std::int64_t c = 0; c < p.channels(); ++c) {
      std::int32_t narrow = 0;
      std::memcpy(&narrow, bias + c * 4, sizeof narrow);
      const std::int64_t value = narrow;
      std::memcpy(to + c * 8, &value, sizeof value);
    }
    return;
  }
  std::memcpy(to, bias, static_cast<std::size_t>(p.channels()) * byte_width(p.bias_type));
}

kernels::IntegerEpilogue epilogue_of(const Params& p, const std::byte* constants) noexcept {
  kernels::IntegerEpilogue epilogue = p.epilogue;
  epilogue.multipliers = p.multipliers.data();
  epilogue.weight_scales = p.scales.data();
  if (p.is_hybrid() && p.has_bias) epilogue.real_bias = reinterpret_cast<const float*>(constants + p.packed());
  return epilogue;
}

kernels::IntegerOperands operands_of(const Params& p, const void* x, const std::byte* constants, void* y) noexcept {
  const bool is_unsigned = p.weight_type == DType::uint8 && !p.is_hybrid();
  return {.x = x,
          .packed = constants,
          .bias = p.has_bias && !p.is_hybrid() ? constants + p.packed() : nullptr,
          .y = y,
          .x_zero_point = p.x_zero_point,
          .weight_zero_point = p.weight_zero_point,
          .weights_are_unsigned = is_unsigned};
}

void run_images(const Params& p, const Operands& operands, const std::byte* constants, TileRange tiles,
                std::byte* scratch) noexcept {
  const kernels::RowQuantizer& quantizer = kernels::row_quantizer(p.plan.layout.isa);
  const std::int64_t x_size = p.plan.shape.in_h * p.plan.x.row;
  auto* image = reinterpret_cast<std::int8_t*>(scratch);
  kernels::IntegerEpilogue epilogue = epilogue_of(p, constants);
  for (std::int64_t tile = tiles.begin; tile < tiles.end;) {
    const std::int64_t b = tile / p.shares;
    const std::int64_t next = std::min(tiles.end, (b + 1) * p.shares);
    const auto scale = kernels::quantize_row(quantizer, operands.in<float>(0) + b * x_size, x_size, p.x_range, image);
    epilogue.x_scales = &scale.scale;
    auto call = operands_of(p, image, constants, operands.out<float>() + b * p.plan.rows * p.plan.y_stride);
    call.x_zero_point = scale.zero_point;
    const auto of_plan = [&](std::int64_t share) { return p.plan.tiles * (share - b * p.shares) / p.shares; };
    kernels::run_integer_conv2d(p.plan, call, epilogue, of_plan(tile), of_plan(next), scratch + p.image());
    tile = next;
  }
}

Fault run(const Params& p, const Operands& operands, TileRange tiles) noexcept {
  const std::byte* constants = p.constants.get();
  std::byte* scratch = operands.scratch;
  if (constants == nullptr) {
    std::byte* own = scratch;
    scratch += p.packed() + p.bias();
    fill_constants(p, operands.inputs[1], p.has_bias ? operands.inputs[2] : nullptr, own, scratch);
    constants = own;
    scratch += p.unpacked();
    tiles = {0, p.is_hybrid() ? p.images * p.shares : p.plan.tiles};
  }
  if (p.is_hybrid()) {
    run_images(p, operands, constants, tiles, scratch);
  } else {
    kernels::run_integer_conv2d(p.plan, operands_of(p, operands.inputs[0], constants, operands.outputs[0]),
                                epilogue_of(p, constants), tiles.begin, tiles.end, scratch);
  }
  return Fault::none;
}

kernels::Activations activations_of(DType type) noexcept {
  switch (type) {
    case DType::uint8: return kernels::Activations::uint8;
    case DType::int16: return kernels::Activations::int16;
    default: return kernels::Activations::int8;
  }
}

kernels::OutputType output_type(DType type) noexcept {
  switch (type) {
    case DType::uint8: return kernels::OutputType::uint8;
    case DType::int16: return kernels::OutputType::int16;
    default: return kernels::OutputType::int8;
  }
}

void set_hybrid_scales(const PrepareContext& context, Params& p) {
  const TensorInfo& w = context.input(1);
  p.epilogue.kind = Kind::real;
  p.epilogue.clamp = kernel_clamp(fused_clamp(context, context.attrs<Conv2dAttrs>().activation));
  p.scales = weight_scales(context, w, p.channels(), 0);
  const bool per_channel = w.quantization->scales.size() > 1;
  p.epilogue.weight_scale_first = per_channel;
  p.x_range = per_channel ? kernels::RowRange::asymmetric : kernels::RowRange::symmetric;
}

void set_integer_scales(const PrepareContext& context, Params& p) {
  const auto& a = context.attrs<Conv2dAttrs>();
  const TensorInfo &x = context.input(0), &w = context.input(1), &y = context.output();
  p.epilogue.kind = Kind::fixed_point;
  p.epilogue.type = output_type(y.dtype);
  p.epilogue.narrow = p.is_wide() && !has_wide_sums(context, 2, a.quantized_bias_type);
  p.multipliers = product_multipliers(context, x, w, y, p.channels(), 0);
  if (p.is_wide() && !p.epilogue.narrow) require_wide_multipliers(context, p.multipliers);
  if (p.is_wide()) require_symmetric(context, x, y);
  p.x_zero_point = per_tensor_quantization(context, x).zero_point;
  if (w.dtype == DType::uint8) p.weight_zero_point = per_tensor_quantization(context, w).zero_point;
  const IntegerClamp clamp = fused_integer_clamp(context, a.activation, y);
  p.epilogue.range = {per_tensor_quantization(context, y).zero_point, clamp.low, clamp.high};
}

Step step_of(Params p, const Geometry& g, DType type) {
  const bool is_fed = p.constants == nullptr;
  const std::string kernel = concat("conv_2d/", simd::isa_name(p.plan.layout.isa), "/",
                                    p.is_hybrid() ? "hybrid" : name(type), is_fed ? "/fed" : "/packed");
  std::size_t scratch = p.plan.scratch_bytes + p.image();
  if (is_fed) scratch += p.packed() + p.bias() + p.unpacked();
  const std::int64_t tiles = is_fed ? 1 : p.is_hybrid() ? p.images * p.shares : p.plan.tiles;
  Step step = make_step<run>(std::move(p), kernel);
  step.tiles = tiles;
  step.scratch_bytes = scratch;
  step.work = g.work();
  return step;
}

}  // namespace

Step integer_step(const PrepareContext& context, simd::Isa isa) {
  const Geometry g = geometry(context);
  if (g.is_empty()) return empty_step("conv_2d");
  const DType type = context.input(0).dtype;
  Params p;
  p.weight_type = context.input(1).dtype;
  p.has_bias = context.has_input(2);
  if (p.has_bias) p.bias_type = context.input(2).dtype;
  const auto layout =
      kernels::integer_layout(isa, activations_of(type), g.n, g.terms(), g.groups, g.shape.kernel_w * g.shape.in_c);
  kernels::Conv2dShape shape = g.shape;
  if (type == DType::float32) shape.batch = 1;
  p.plan = kernels::plan_integer_conv2d(layout, shape, g.x, g.channels());
  if (type == DType::float32) {
    set_hybrid_scales(context, p);
    p.images = g.shape.batch;
    p.shares = std::min<std::int64_t>(p.plan.tiles, context.threads());
  } else {
    set_integer_scales(context, p);
  }
  constexpr std::size_t kReadable = kernels::kScaleBlock - 1;
  p.multipliers.resize(static_cast<std::size_t>(g.channels()) + kReadable);
  p.scales.resize(static_cast<std::size_t>(g.channels()) + kReadable);
  if (is_known(context, 1) && is_known(context, 2)) {
    std::vector<std::byte> unpacked(p.unpacked());
    p.constants = aligned_buffer(p.packed() + p.bias());
    fill_constants(p, known_bytes(context, 1), known_bytes(context, 2), p.constants.get(), unpacked.data());
  }
  return step_of(std::move(p), g, type);
}

}  // namespace litesmith::ops::conv_2d
