#include "ops/batch_matmul/integer.h"

#include "ops/batch_matmul/batch_matmul.h"
#include "ops/batch_matmul/matrices.h"
#include "ops/integer_product.h"
#include "ops/integer_weights.h"
#include "ops/product_scales.h"
#include "ops/quantized_tensor.h"

namespace litesmith::ops::batch_matmul {
namespace {

/// A product without its result. One matrix on the right makes all on the left one.
IntegerProduct product_of(const PrepareContext& context) {
  const auto& attrs = context.attrs<BatchMatmulAttrs>();
  const TensorInfo& x = context.input(0);
  const TensorInfo& y = context.input(1);
  const Matrices sizes = matrices(context);
  const Shape batch = batch_dims(context.output().shape);
  IntegerProduct product{.x = {x.dtype, sizes.m, sizes.k, attrs.adj_x}, .w = {y.dtype, sizes.n, sizes.k, !attrs.adj_y}};
  if (!attrs.adj_x && elements(batch_dims(y.shape)) == 1) {
    product.x.rows *= elements(batch_dims(x.shape));
    return product;
  }
  product.x_matrix = matrix_of(batch, batch_dims(x.shape));
  product.w_matrix = matrix_of(batch, batch_dims(y.shape));
  return product;
}

/// Scales of the right operand, one or one per column of the result.
AffineWeights column_weights(const PrepareContext& context) {
  const TensorInfo& y = context.input(1);
  return affine_weights(context, y, y.shape.rank() - (context.attrs<BatchMatmulAttrs>().adj_y ? 2 : 1));
}

void require_no_zero_point(const PrepareContext& context, const AffineWeights& y) {
  if (y.zero_point != 0)
    context.fail("'", context.input(1).name, "' has the zero point ", y.zero_point, "; beside ",
                 name(context.input(0).dtype), " it must be 0, so quantize it symmetrically");
}

}  // namespace

Step prepare_integer(const PrepareContext& context, simd::Isa) {
  const TensorInfo& z = context.output();
  IntegerProduct product = product_of(context);
  if (z.dtype == DType::int32) {
    product.result = RawSums{};
    return integer_product_step(context, std::move(product), "batch_matmul");
  }
  const PerTensor x = per_tensor_quantization(context, context.input(0));
  const AffineWeights y = column_weights(context);
  const PerTensor to = per_tensor_quantization(context, z);
  if (z.dtype == DType::int16) {
    require_symmetric(context, context.input(0), z);
    require_no_zero_point(context, y);
  }
  product.x_zero_point = x.zero_point;
  product.w_zero_point = y.zero_point;
  const IntegerLimits limits = integer_limits(z.dtype);
  product.result = Requantization{
      .factors =
          product_factors(x.scale, y, to.scale, y.scales.size() == 1 ? ScaleProduct::float32 : ScaleProduct::exact),
      .range = {to.zero_point, static_cast<std::int32_t>(limits.lowest), static_cast<std::int32_t>(limits.highest)},
      .type = z.dtype == DType::int16 ? kernels::OutputType::int16 : kernels::OutputType::int8};
  return integer_product_step(context, std::move(product), "batch_matmul");
}

Step prepare_hybrid(const PrepareContext& context, simd::Isa) {
  const auto& attrs = context.attrs<BatchMatmulAttrs>();
  const AffineWeights y = column_weights(context);
  require_no_zero_point(context, y);
  IntegerProduct product = product_of(context);
  product.result = HybridResult{
      .range = attrs.asymmetric_quantize_inputs ? kernels::RowRange::asymmetric : kernels::RowRange::symmetric,
      .scales = y.scales};
  return integer_product_step(context, std::move(product), "batch_matmul");
}

}  // namespace litesmith::ops::batch_matmul
