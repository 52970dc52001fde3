#include "ops/conv_2d/conv_2d.h"

#include "ops/conv_2d/geometry.h"
#include "ops/conv_2d/integer.h"
#include "ops/dynamic_range_rules.h"
#include "ops/float_product.h"
#include "ops/image_window.h"
#include "ops/kernel_table.h"
#include "ops/static_rules.h"
#include "ops/weights.h"
#include "ops/window_options.h"

namespace litesmith::ops::conv_2d {
namespace {

constexpr int kOptional[] = {2};
constexpr TypePair kTypes[] = {{DType::float32, DType::float32}, {DType::int8, DType::int8},
                               {DType::int8, DType::int4},       {DType::uint8, DType::uint8},
                               {DType::int16, DType::int8},      {DType::float32, DType::int8},
                               {DType::float32, DType::uint8},   {DType::float32, DType::int4}};

void infer(InferContext& context) {
  require_pair(context, 0, 1, kTypes);
  context.require_rank(0, 4);
  context.require_rank(1, 4);
  static_cast<void>(groups(context));
  const Shape& w = context.input(1).shape;
  const std::int32_t channels = w.has_rank() ? w[0] : kUnknownDim;
  require_bias(context, 2, channels, context.input(0).dtype);
  const Window2d window = filter_window(context.attrs<Conv2dAttrs>(), w);
  context.set_output(0, context.input(0).dtype, windowed_shape(context, window, channels));
}

Step prepare_float(const PrepareContext& context, simd::Isa isa) {
  const Geometry g = geometry(context);
  FloatProduct product;
  product.shape = g.shape;
  product.x = g.x;
  product.y = kernels::dense_image(g.shape.out_h, g.shape.out_w, g.channels());
  product.groups = g.groups;
  product.n = g.n;
  product.view = kernels::weights_nk(nullptr, g.terms());
  product.clamp = fused_clamp(context, context.attrs<Conv2dAttrs>().activation);
  return float_product_step(context, isa, product, "conv_2d");
}

constexpr Kernel kKernels[] = {
#include "ops/conv_2d/kernels.inc"
};

Step prepare(const PrepareContext& context) { return prepare_best(kKernels, context); }

int version(const VersionQuery& query) {
  const DType x = query.input_type(0);
  const DType w = query.input_type(1);
  const ir::Tensor* input = query.input(0);
  const ir::Tensor* filter = query.input(1);
  if (x == DType::int16 && w == DType::int8 && query.node.attrs.as<Conv2dAttrs>().quantized_bias_type != DType::float32)
    return 8;
  if (input->shape.rank() == 4 && filter->shape.rank() == 4 && input->shape[3] != filter->shape[3]) return 6;
  if (x == DType::int8) return w == DType::int4 ? 7 : 3;
  if (is_hybrid(query, 0, 1)) return is_per_channel(query, 1) ? 5 : 2;
  return 1;
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      {.identity = {"CONV_2D"},
       .builtin_code = 3,
       .inputs = {2, 3},
       .optional_inputs = kOptional,
       .newest_version = 8,
       .version = version,
       .infer = infer,
       .read = read_window_options<Conv2dAttrs, &::tflite::Operator::builtin_options_as_Conv2DOptions>,
       .write = write_window_options<Conv2dAttrs, ::tflite::Conv2DOptionsBuilder>,
       .options_type = 1,
       .prepare = prepare,
       .linear = {.filter = 1, .bias = 2, .channel_axis = 0},
       .quantization = {.int8 = kFree, .int16x8 = kFree, .dynamic_range = hybrid_weights(0)},
       .fused_activation = fused_activation_of<Conv2dAttrs>()}};
  return kOps;
}

}  // namespace litesmith::ops::conv_2d
