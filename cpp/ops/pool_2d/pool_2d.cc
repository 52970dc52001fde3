#include "ops/pool_2d/pool_2d.h"

#include <algorithm>

#include "ops/float_product.h"
#include "ops/image_window.h"
#include "ops/kernel_table.h"
#include "ops/pool_2d/float.h"
#include "ops/pool_2d/integer.h"
#include "ops/static_rules.h"
#include "ops/window_options.h"

namespace litesmith::ops::pool_2d {
namespace {

Window2d window(const Pool2dAttrs& a) { return {a.padding, a.filter_h, a.filter_w, a.stride_h, a.stride_w}; }

void infer_shape(InferContext& context) {
  context.require_rank(0, 4);
  const Shape& x = context.input(0).shape;
  const std::int32_t channels = x.has_rank() ? x[3] : kUnknownDim;
  context.set_output(0, context.input(0).dtype,
                     windowed_shape(context, window(context.attrs<Pool2dAttrs>()), channels));
}

void infer(InferContext& context) {
  context.require_type(0, {DType::float32, DType::uint8, DType::int8, DType::int16});
  infer_shape(context);
}

void infer_l2(InferContext& context) {
  context.require_type(0, {DType::float32});
  infer_shape(context);
}

struct FloatParams {
  FloatPool pool;
  Image image;
  Clamp clamp;
};

Fault run_float(const FloatParams& params, const Operands& operands, TileRange tiles) noexcept {
  pool_tiles<float>(params.image, params.pool, params.clamp, operands, tiles);
  return Fault::none;
}

Image image_of(const PrepareContext& context) {
  const auto& a = context.attrs<Pool2dAttrs>();
  const Shape& x = context.input(0).shape;
  const Shape& y = context.output().shape;
  const Window2dFit f = fit_window(context, x, window(a));
  return {.h = {x[1], y[1], a.filter_h, a.stride_h, f.h.pad_before},
          .w = {x[2], y[2], a.filter_w, a.stride_w, f.w.pad_before},
          .channels = x[3],
          .channel_blocks = (x[3] + kChannels - 1) / kChannels};
}

/// Fills in tiles and work.
Step over_image(Step step, const PrepareContext& context, const Image& image) {
  step.tiles = std::int64_t{context.input(0).shape[0]} * image.h.out * image.channel_blocks;
  step.work = static_cast<double>(elements(context.output().shape)) *
              static_cast<double>(std::min(image.h.filter, image.h.in)) *
              static_cast<double>(std::min(image.w.filter, image.w.in));
  return step;
}

template <FloatPool FloatPools::* pool, const FloatPools& pools>
Step prepare_float(const PrepareContext& context, simd::Isa isa) {
  if (elements(context.output().shape) == 0) return empty_step("pool_2d");
  const Clamp clamp = fused_clamp(context, context.attrs<Pool2dAttrs>().activation);
  const FloatParams params{.pool = pools.*pool, .image = image_of(context), .clamp = clamp};
  return over_image(make_step<run_float>(params, concat("pool_2d/", simd::isa_name(isa)), isa), context, params.image);
}

template <IntegerPool pool>
Step prepare_integer(const PrepareContext& context, simd::Isa isa) {
  if (elements(context.output().shape) == 0) return empty_step("pool_2d");
  const auto activation = context.attrs<Pool2dAttrs>().activation;
  const IntegerParams params{.image = image_of(context),
                             .clamp = fused_integer_clamp(context, activation, context.output())};
  return over_image(integer_step(params, context.input(0).dtype, pool, isa), context, params.image);
}

template <FloatPool FloatPools::* pool, IntegerPool integer_pool>
Step prepare(const PrepareContext& context) {
  static constexpr Kernel kKernels[] = {
#include "ops/pool_2d/integer_kernels.inc"
#include "ops/pool_2d/kernels.inc"
  };
  return prepare_best(kKernels, context);
}

Step prepare_l2(const PrepareContext& context) {
  constexpr auto pool = &FloatPools::l2;
  static constexpr Kernel kKernels[] = {
#include "ops/pool_2d/kernels.inc"
  };
  return prepare_best(kKernels, context);
}

int version(const VersionQuery& query) {
  const DType x = query.input_type(0);
  return x == DType::int16 ? 3 : (x == DType::int8 ? 2 : 1);
}

OpDef row(std::string_view name, std::int32_t code, void (*infer_row)(InferContext&),
          Step (*prepare_row)(const PrepareContext&)) {
  const bool has_integers = infer_row == infer;
  return {.identity = {name},
          .builtin_code = code,
          .newest_version = has_integers ? 3 : 1,
          .version = has_integers ? version : nullptr,
          .infer = infer_row,
          .read = read_window_options<Pool2dAttrs, &::tflite::Operator::builtin_options_as_Pool2DOptions>,
          .write = write_window_options<Pool2dAttrs, ::tflite::Pool2DOptionsBuilder>,
          .options_type = 5,
          .prepare = prepare_row,
          .fused_activation = fused_activation_of<Pool2dAttrs>()};
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      quantized(row("AVERAGE_POOL_2D", 1, infer, prepare<&FloatPools::average, IntegerPool::average>), kSame, kSame),
      quantized(row("MAX_POOL_2D", 17, infer, prepare<&FloatPools::max, IntegerPool::max>), kSame, kSame),
      row("L2_POOL_2D", 12, infer_l2, prepare_l2)};
  return kOps;
}

}  // namespace litesmith::ops::pool_2d
