#include "ops/integer_product.h"

#include <string>
#include <utility>

#include "base/aligned_buffer.h"
#include "ops/float_product.h"
#include "ops/integer_packed_product.h"
#include "ops/integer_product_tile.h"
#include "ops/product_constants.h"
#include "ops/weights.h"

namespace litesmith::ops {
namespace {

using integer_product::kRowBlock;
using integer_product::kTileRows;
using integer_product::Prepared;
using integer_product::Tile;

/// Weights of a tile, so that they stay in the second-level cache, and the least columns that amortise reading x.
constexpr std::int64_t kTileBytes = 262'144;
constexpr std::int64_t kLeastColumns = 64;

template <class X, class W>
Fault run(const Prepared<X, W>& p, const Operands& operands, TileRange tiles) noexcept {
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) Tile<X, W>(p, operands, tile).run();
  return Fault::none;
}

template <class X, class W>
void take_weights(const PrepareContext& context, Prepared<X, W>& p) {
  if (!context.input(1).is_known()) return;
  const std::byte* data = known_bytes(context, 1);
  const MatrixLayout& layout = p.product.w;
  const std::int64_t matrices = elements(context.input(1).shape) / layout.size();
  const std::int64_t rows = matrices * layout.rows;
  if (!layout.is_plain() || sizeof(W) > 1) {
    p.w_rows = aligned_buffer(static_cast<std::size_t>(matrices * layout.size()) * sizeof(W));
    for (std::int64_t matrix = 0; matrix < matrices; ++matrix)
      copy_rows(layout, data, matrix, {0, layout.rows}, reinterpret_cast<W*>(p.w_rows.get()) + matrix * layout.size());
    data = p.w_rows.get();
  }
  if (!p.uses_w_sums) return;
  p.w_sums.resize(static_cast<std::size_t>(rows));
  if constexpr (std::is_same_v<X, W>)
    integer_product::sum_rows(*p.dots, {1, p.k, rows, p.k, p.k, rows}, p.ones.data(), reinterpret_cast<const W*>(data),
                              p.w_sums.data());
}

/// Returns the arrays' places; `bytes` is their sum.
template <class X, class W>
integer_product::ScratchLayout scratch_layout(const Prepared<X, W>& p) {
  using Sum = typename Prepared<X, W>::Sum;
  integer_product::ScratchLayout at{};
  const auto add = [&](std::int64_t count, std::size_t size) {
    return std::exchange(at.bytes, at.bytes + align_up(static_cast<std::size_t>(count) * size));
  };
  const std::int64_t rows = std::min(p.m, kRowBlock);
  const bool copies_x = p.is_hybrid || !p.product.x.is_plain();
  const bool copies_w = p.w_rows == nullptr && !p.product.w.is_plain();
  at.x = add(copies_x ? rows * p.k : 0, sizeof(X));
  at.floats = add(p.is_hybrid && p.product.x.transposed ? rows * p.k : 0, sizeof(float));
  at.w = add(copies_w ? p.columns * p.k : 0, sizeof(W));
  at.w_sums = add(p.columns, sizeof(Sum));
  at.offsets = add(p.columns, sizeof(Sum));
  at.x_sums = add(rows, sizeof(Sum));
  at.scales = add(p.is_hybrid ? rows : 0, sizeof(kernels::RowScale));
  at.sums = add(rows * p.columns, sizeof(Sum));
  at.narrow = add(p.product.narrow_sums ? rows * p.columns : 0, sizeof(std::int32_t));
  return at;
}

template <class X, class W>
Step step_of(const PrepareContext& context, IntegerProduct product, std::string_view family) {
  Prepared<X, W> p;
  p.product = std::move(product);
  p.dots = &kernels::row_dots(context.isa());
  p.requantize = &kernels::requantize_loops(context.isa());
  p.quantizer = &kernels::row_quantizer(context.isa());
  p.m = p.product.x.rows;
  p.k = p.product.x.columns;
  p.n = p.product.w.rows;
  const std::int64_t fitting = kTileBytes / (p.k * static_cast<std::int64_t>(sizeof(W)));
  p.columns = std::min(p.n, std::max(fitting / kernels::kScaleBlock * kernels::kScaleBlock, kLeastColumns));
  p.column_tiles = (p.n - 1) / p.columns + 1;
  p.row_tiles = (p.m - 1) / kTileRows + 1;
  const auto* hybrid = std::get_if<HybridResult>(&p.product.result);
  p.is_hybrid = hybrid != nullptr;
  p.uses_w_sums = hybrid ? hybrid->range == kernels::RowRange::asymmetric : p.product.x_zero_point != 0;
  if (p.uses_w_sums || p.product.w_zero_point != 0) p.ones.assign(static_cast<std::size_t>(p.k), 1);
  take_weights(context, p);
  p.bias = product_bias(context, p.product.bias);
  p.column = column_scales(context, p.product);
  p.at = scratch_layout(p);
  const std::size_t scratch = p.at.bytes;
  const auto matrices = static_cast<std::int64_t>(p.product.x_matrix.size());
  const std::int64_t tiles = matrices * p.row_tiles * p.column_tiles;
  const double work = static_cast<double>(matrices * p.m) * static_cast<double>(p.k * p.n);
  const simd::Isa isa = p.dots->isa;
  const std::string kernel = concat(family, "/", simd::isa_name(isa), p.is_hybrid ? "/hybrid" : "/integer");
  Step step = make_step<run<X, W>>(std::move(p), kernel, isa);
  step.tiles = tiles;
  step.scratch_bytes = scratch;
  step.work = work;
  return step;
}

}  // namespace

Step integer_product_step(const PrepareContext& context, IntegerProduct product, std::string_view family) {
  if (elements(context.output().shape) == 0) return empty_step(family);
  if (packs_weights(context, product)) return packed_product_step(context, std::move(product), family);
  product.x_zero_point -= row_shift(product.x.type);
  product.w_zero_point -= row_shift(product.w.type);
  if (product.x.type != DType::int16) return step_of<std::int8_t, std::int8_t>(context, std::move(product), family);
  if (product.w.type != DType::int16) return step_of<std::int16_t, std::int8_t>(context, std::move(product), family);
  return step_of<std::int16_t, std::int16_t>(context, std::move(product), family);
}

}  // namespace litesmith::ops
