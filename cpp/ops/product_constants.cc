#include "ops/product_constants.h"

#include "ops/quantized_tensor.h"
#include "ops/weights.h"

namespace litesmith::ops {
namespace {

template <class T>
std::vector<T> padded(const std::vector<T>& values, std::int64_t n) {
  const std::int64_t size = (n + kernels::kScaleBlock - 1) / kernels::kScaleBlock * kernels::kScaleBlock;
  std::vector<T> result(static_cast<std::size_t>(size));
  for (std::int64_t i = 0; i < n; ++i)
    result[static_cast<std::size_t>(i)] = values[values.size() == 1 ? 0 : static_cast<std::size_t>(i)];
  return result;
}

}  // namespace

ProductBias product_bias(const NodeView& view, int operand) {
  ProductBias bias;
  bias.is_there = view.has_input(operand);
  if (!bias.is_there) return bias;
  bias.dtype = view.input(operand).dtype;
  if (!view.input(operand).is_known()) return bias;
  static_cast<void>(known_bytes(view, operand));
  const Bytes& bytes = *view.input(operand).data;
  if (bias.dtype == DType::float32) {
    bias.floats = bytes.to_vector<float>();
  } else if (bias.dtype == DType::int64) {
    bias.integers = bytes.to_vector<std::int64_t>();
  } else {
    for (const std::int32_t value : bytes.to_vector<std::int32_t>()) bias.integers.push_back(value);
  }
  return bias;
}

ColumnScales column_scales(const NodeView& view, const IntegerProduct& product) {
  const std::int64_t n = product.w.rows;
  if (const auto* hybrid = std::get_if<HybridResult>(&product.result)) return {.scales = padded(hybrid->scales, n)};
  const auto* requantization = std::get_if<Requantization>(&product.result);
  if (requantization == nullptr) return {};
  std::vector<kernels::Multiplier> multipliers;
  for (const double factor : requantization->factors) {
    multipliers.push_back(multiplier_of_scales(view, factor));
    const bool is_wide = product.x.type == DType::int16 && !product.narrow_sums;
    if (is_wide && multipliers.back().exponent > kernels::kHighestWideExponent)
      view.fail("input scale times weight scale is ", factor, " of the result's scale; it must be below ",
                1 << kernels::kHighestWideExponent);
  }
  if (requantization->in_float64) return {.factors = padded(requantization->factors, n)};
  return {.multipliers = padded(multipliers, n)};
}

}  // namespace litesmith::ops
