#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "kernels/gemm/gemm.h"
#include "ops/activation/activation.h"
#include "ops/step.h"

/// float32 matrix products and convolutions of a node's operands by kernels/gemm: weights that are constant are packed
/// when the step is prepared, others by the tile that uses them. Both give the same bits.
namespace litesmith::ops {

struct FloatProduct {
  int input = 0;
  int weights = 1;
  int bias = 2;
  kernels::Conv2dShape shape;
  kernels::ImageStrides x;
  kernels::ImageStrides y;
  /// Output channels of one group.
  std::int64_t n = 1;
  std::int64_t groups = 1;
  /// Where weights lie, relative to the operand (`data` is not used).
  kernels::WeightView view;
  Clamp clamp{};
};

/// The matrix product y[m, n] = x[m, k] * w + bias.
FloatProduct matrix_product(std::int64_t m, std::int64_t k, std::int64_t n, const kernels::WeightView& view);

inline kernels::Clamp kernel_clamp(Clamp clamp) noexcept { return {clamp.low, clamp.high}; }

/// A step that computes result 0. Sizes of `product.shape` may be 0 where the result is empty.
Step float_product_step(const PrepareContext& context, simd::Isa isa, const FloatProduct& product,
                        std::string_view family);

/// A step over the tiles of `params.plan`, a plan of kernels/.
template <auto run, class Params>
Step tiled_step(Params params, const std::string& kernel, simd::Isa isa) {
  const std::int64_t tiles = params.plan.tiles;
  const std::size_t scratch = params.plan.scratch_bytes;
  Step step = make_step<run>(std::move(params), kernel, isa);
  step.tiles = tiles;
  step.scratch_bytes = scratch;
  return step;
}

/// A step for a result without elements.
Step empty_step(std::string_view family);

/// A block of columns whose weights a tile packs into its scratch before use.
struct ColumnBlock {
  kernels::Conv2dPlan plan;
  std::size_t packed_bytes = 0;  // multiple of 64

  std::size_t scratch_bytes() const noexcept { return packed_bytes + plan.scratch_bytes; }
};

/// Columns that one tile packs: enough to amortise reading the input, few enough to stay in the caches.
std::int64_t block_columns(simd::Isa isa, std::int64_t n, std::int64_t k) noexcept;

ColumnBlock plan_columns(simd::Isa isa, std::int64_t n, std::int64_t k, const kernels::Conv2dShape& shape,
                         kernels::ImageStrides x, kernels::ImageStrides y) noexcept;

/// Packs weights and bias (null = 0) and computes the block's columns; `y` points at the first of them.
void run_columns(const ColumnBlock& block, const float* x, const kernels::WeightView& weights, const float* bias,
                 float* y, Clamp clamp, std::byte* scratch) noexcept;

}  // namespace litesmith::ops
