#include "ops/fully_connected/integer.h"

#include "ops/fully_connected/fully_connected.h"
#include "ops/integer_clamp.h"
#include "ops/integer_product.h"
#include "ops/integer_weights.h"
#include "ops/product_scales.h"
#include "ops/quantized_tensor.h"

namespace litesmith::ops::fully_connected {
namespace {

IntegerProduct product_of(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  const TensorInfo& w = context.input(1);
  const std::int64_t in = w.shape[1];
  return {.x = {.type = x.dtype, .rows = elements(x.shape) / in, .columns = in},
          .w = {.type = w.dtype, .rows = w.shape[0], .columns = in}};
}

kernels::OutputType output_type(DType type) {
  if (type == DType::int16) return kernels::OutputType::int16;
  return type == DType::uint8 ? kernels::OutputType::uint8 : kernels::OutputType::int8;
}

}  // namespace

Step prepare_integer(const PrepareContext& context, simd::Isa) {
  const TensorInfo& x = context.input(0);
  const TensorInfo& y = context.output();
  if (x.dtype == DType::int8 && y.dtype != DType::int8)
    context.fail("has int8 input and the ", name(y.dtype), " result '", y.name,
                 "'; only uint8 input can widen, so make the result int8");
  const PerTensor from = per_tensor_quantization(context, x);
  const PerTensor to = per_tensor_quantization(context, y);
  const AffineWeights weights = affine_weights(context, context.input(1), 0);
  if (x.dtype == DType::int16) {
    require_symmetric(context, x, y);
    if (weights.zero_point != 0)
      context.fail("'", context.input(1).name, "' has the zero point ", weights.zero_point,
                   "; beside int16 input it must be 0, so quantize it symmetrically");
  }
  IntegerProduct product = product_of(context);
  product.x_zero_point = from.zero_point;
  product.w_zero_point = weights.zero_point;
  const bool has_wide_weights = context.input(1).dtype == DType::int16;
  product.narrow_sums = x.dtype == DType::int16 && !has_wide_weights &&
                        !has_wide_sums(context, 2, context.attrs<FullyConnectedAttrs>().quantized_bias_type);
  const bool in_float64 = context.arithmetic() == Arithmetic::litert && !has_wide_weights;
  const IntegerClamp clamp = fused_integer_clamp(context, context.attrs<FullyConnectedAttrs>().activation, y);
  product.result = Requantization{.factors = product_factors(from.scale, weights, to.scale, ScaleProduct::exact),
                                  .in_float64 = in_float64,
                                  .range = {to.zero_point, clamp.low, clamp.high},
                                  .type = output_type(y.dtype)};
  return integer_product_step(context, std::move(product), "fully_connected");
}

Step prepare_hybrid(const PrepareContext& context, simd::Isa) {
  const auto& attrs = context.attrs<FullyConnectedAttrs>();
  const TensorInfo& w = context.input(1);
  IntegerProduct product = product_of(context);
  if (w.dtype == DType::uint8) product.w.type = DType::int8;
  product.result = HybridResult{
      .range = attrs.asymmetric_quantize_inputs ? kernels::RowRange::asymmetric : kernels::RowRange::symmetric,
      .scales = weight_scales(context, w, w.shape[0], 0),
      .clamp = fused_clamp(context, attrs.activation)};
  return integer_product_step(context, std::move(product), "fully_connected");
}

}  // namespace litesmith::ops::fully_connected
