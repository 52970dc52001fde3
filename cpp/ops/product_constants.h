#pragma once

#include <cstdint>
#include <vector>

#include "ops/integer_product.h"

/// What integer products keep of a node's constants.
namespace litesmith::ops {

/// A bias that is int32, int64 or float32; empty when it is absent or only known at run time.
struct ProductBias {
  bool is_there = false;
  DType dtype = DType::float32;
  std::vector<std::int64_t> integers{};
  std::vector<float> floats{};
};
ProductBias product_bias(const NodeView& view, int operand);

/// Scales of a result per column, padded to kernels::kScaleBlock; those that the result does not need are empty.
struct ColumnScales {
  std::vector<kernels::Multiplier> multipliers{};
  std::vector<double> factors{};
  std::vector<float> scales{};
};

/// Fails when a factor is too large for the multiplier.
ColumnScales column_scales(const NodeView& view, const IntegerProduct& product);

}  // namespace litesmith::ops
