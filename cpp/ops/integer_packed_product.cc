#include "ops/integer_packed_product.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/aligned_buffer.h"
#include "kernels/integer_gemm/integer_gemm.h"
#include "ops/product_constants.h"
#include "ops/weights.h"

namespace litesmith::ops {
namespace {

/// Rows that a hybrid product quantizes at once.
constexpr std::int64_t kHybridRows = 64;

struct Packed {
  IntegerProduct product;
  kernels::IntegerPlan plan;  ///< of all rows; of kHybridRows of a hybrid product
  kernels::IntegerPlan last;  ///< of the remaining rows of a hybrid product
  std::shared_ptr<std::byte[]> weights;
  ColumnScales column;
  std::vector<std::int32_t> bias{};
  std::vector<std::int64_t> wide_bias{};
  std::vector<float> real_bias{};
  const kernels::RowQuantizer* quantizer = nullptr;
};

kernels::IntegerOperands operands_of(const Packed& p, const Operands& operands) noexcept {
  const void* bias = p.bias.empty() ? nullptr : static_cast<const void*>(p.bias.data());
  return {.x = operands.inputs[0],
          .packed = p.weights.get(),
          .bias = p.wide_bias.empty() ? bias : p.wide_bias.data(),
          .y = operands.outputs[0],
          .x_zero_point = p.product.x_zero_point,
          .weight_zero_point = p.product.w_zero_point,
          .weights_are_unsigned = p.product.w.type == DType::uint8};
}

Fault run_integer(const Packed& p, const Operands& operands, TileRange tiles) noexcept {
  kernels::IntegerEpilogue epilogue;
  if (const auto* requantization = std::get_if<Requantization>(&p.product.result)) {
    using Kind = kernels::IntegerEpilogue::Kind;
    epilogue.kind = requantization->in_float64 ? Kind::float64 : Kind::fixed_point;
    epilogue.type = requantization->type;
    epilogue.range = requantization->range;
    epilogue.multipliers = p.column.multipliers.data();
    epilogue.factors = p.column.factors.data();
    epilogue.narrow = p.product.narrow_sums;
  }
  kernels::run_integer_conv2d(p.plan, operands_of(p, operands), epilogue, tiles.begin, tiles.end, operands.scratch);
  return Fault::none;
}

/// Rows of a block as bytes, with their scales.
struct RowBlock {
  std::int8_t* values;
  float* scales;
  std::int32_t* zero_points;
  std::byte* rest;

  RowBlock(std::int64_t k, std::byte* scratch) noexcept
      : values(reinterpret_cast<std::int8_t*>(scratch)),
        scales(reinterpret_cast<float*>(scratch + align_up(static_cast<std::size_t>(kHybridRows * k)))),
        zero_points(reinterpret_cast<std::int32_t*>(scales + kHybridRows)),
        rest(reinterpret_cast<std::byte*>(zero_points + kHybridRows)) {}
  static std::size_t bytes(std::int64_t k) noexcept {
    return align_up(static_cast<std::size_t>(kHybridRows * k)) + kHybridRows * (sizeof(float) + sizeof(std::int32_t));
  }
};

/// Tiles of one block of rows after those of another.
Fault run_hybrid(const Packed& p, const Operands& operands, TileRange tiles) noexcept {
  const auto& how = std::get<HybridResult>(p.product.result);
  const std::int64_t k = p.product.x.columns;
  const RowBlock rows(k, operands.scratch);
  kernels::IntegerEpilogue epilogue{.kind = kernels::IntegerEpilogue::Kind::real,
                                    .x_scales = rows.scales,
                                    .weight_scales = p.column.scales.data(),
                                    .real_bias = p.real_bias.empty() ? nullptr : p.real_bias.data(),
                                    .clamp = {how.clamp.low, how.clamp.high}};
  kernels::IntegerOperands part = operands_of(p, operands);
  part.x = rows.values;
  part.x_zero_points = rows.zero_points;
  const std::int64_t full_blocks = p.product.x.rows / kHybridRows;
  for (std::int64_t tile = tiles.begin; tile < tiles.end;) {
    const std::int64_t block = std::min(tile / p.plan.tiles, full_blocks);
    const kernels::IntegerPlan& plan = block < full_blocks ? p.plan : p.last;
    const std::int64_t first_tile = block * p.plan.tiles;
    const std::int64_t end = std::min(tiles.end, first_tile + plan.tiles);
    for (std::int64_t i = 0; i < plan.rows; ++i) {
      const float* x = operands.in<float>(0) + (block * kHybridRows + i) * k;
      const auto scale = kernels::quantize_row(*p.quantizer, x, k, how.range, rows.values + i * k);
      rows.scales[i] = scale.scale;
      rows.zero_points[i] = scale.zero_point;
    }
    part.y = operands.out<float>() + block * kHybridRows * p.product.w.rows;
    kernels::run_integer_conv2d(plan, part, epilogue, tile - first_tile, end - first_tile, rows.rest);
    tile = end;
  }
  return Fault::none;
}

kernels::Activations activations(DType type) {
  if (type == DType::int16) return kernels::Activations::int16;
  return type == DType::uint8 ? kernels::Activations::uint8 : kernels::Activations::int8;
}

std::shared_ptr<std::byte[]> packed_weights(const PrepareContext& context, const MatrixLayout& w,
                                            const kernels::IntegerLayout& layout) {
  const std::byte* data = known_bytes(context, 1);
  std::vector<std::int8_t> unpacked;
  if (w.type == DType::int4 || w.type == DType::int2) {
    unpacked.resize(static_cast<std::size_t>(w.size()));
    copy_rows(w, data, 0, {0, w.rows}, unpacked.data());
    data = reinterpret_cast<const std::byte*>(unpacked.data());
  }
  const bool is_kn = w.transposed && unpacked.empty();
  const kernels::IntegerWeights weights = is_kn ? kernels::integer_weights_kn(data, w.rows)
                                                : kernels::integer_weights_nk(data, w.columns, w.type == DType::uint8);
  auto packed = aligned_buffer(kernels::packed_bytes(layout));
  kernels::pack_integer_weights(layout, weights, packed.get());
  return packed;
}

void set_bias(const PrepareContext& context, Packed& p) {
  ProductBias bias = product_bias(context, p.product.bias);
  p.real_bias = std::move(bias.floats);
  if (p.product.x.type == DType::int16)
    p.wide_bias = std::move(bias.integers);
  else
    p.bias.assign(bias.integers.begin(), bias.integers.end());
}

}  // namespace

bool packs_weights(const PrepareContext& context, const IntegerProduct& product) {
  const auto* requantization = std::get_if<Requantization>(&product.result);
  if (requantization != nullptr && requantization->in_float64 && product.narrow_sums) return false;
  return product.x_matrix.size() == 1 && !product.x.transposed && product.w.type != DType::int16 &&
         context.input(1).is_known() && is_known(context, product.bias) &&
         elements(context.input(1).shape) == product.w.size();
}

Step packed_product_step(const PrepareContext& context, IntegerProduct product, std::string_view family) {
  const std::int64_t m = product.x.rows, k = product.x.columns, n = product.w.rows;
  const bool is_hybrid = std::holds_alternative<HybridResult>(product.result);
  const auto layout = kernels::integer_layout(
      context.isa(), is_hybrid ? kernels::Activations::int8 : activations(product.x.type), n, k);
  auto weights = packed_weights(context, product.w, layout);
  Packed p{.product = std::move(product),
           .plan = kernels::plan_integer_gemm(layout, is_hybrid ? kHybridRows : m, k, n),
           .last = kernels::plan_integer_gemm(layout, std::max<std::int64_t>(m % kHybridRows, 1), k, n),
           .weights = std::move(weights),
           .column = {},
           .quantizer = &kernels::row_quantizer(context.isa())};
  p.column = column_scales(context, p.product);
  set_bias(context, p);
  std::size_t scratch = p.plan.scratch_bytes;
  std::int64_t tiles = p.plan.tiles;
  if (is_hybrid) {
    tiles = m / kHybridRows * p.plan.tiles + (m % kHybridRows == 0 ? 0 : p.last.tiles);
    scratch = RowBlock::bytes(k) + std::max(scratch, p.last.scratch_bytes);
  }
  const std::string kernel = concat(family, "/", simd::isa_name(layout.isa), is_hybrid ? "/hybrid/packed" : "/packed");
  Step step = is_hybrid ? make_step<run_hybrid>(std::move(p), kernel, layout.isa)
                        : make_step<run_integer>(std::move(p), kernel, layout.isa);
  step.tiles = tiles;
  step.scratch_bytes = scratch;
  step.work = static_cast<double>(m * n) * static_cast<double>(k);
  return step;
}

}  // namespace litesmith::ops
