#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "ops/dynamic_range_rules.h"
#include "ops/float_product.h"
#include "ops/map.h"
#include "ops/stored_integer.h"
#include "ops/weights.h"

namespace litesmith::ops::embedding_lookup {
namespace {

bool is_hybrid_table(DType table) {
  return table == DType::int8 || table == DType::uint8 || table == DType::int4 || table == DType::int2;
}

/// EMBEDDING_LOOKUP: ids [n] (int32), table [rows, ...]; the result is [n, ...]. Integer tables may give float32.
void infer(InferContext& context) {
  context.require_type(0, {DType::int32});
  context.require_type(1, {DType::float32, DType::float16, DType::uint8, DType::int8, DType::int4, DType::int2});
  context.require_rank(0, 1);
  const TensorInfo& ids = context.input(0);
  const TensorInfo& table = context.input(1);
  const bool to_float = is_hybrid_table(table.dtype) && context.output_type(0) == DType::float32;
  const DType type = to_float ? DType::float32 : table.dtype;
  if (!table.shape.has_rank()) return context.set_output(0, type, Shape::unknown_rank());
  context.require(table.shape.rank() >= 2, "the table '", table.name, "' has shape ", table.shape,
                  " but must have at least two dimensions: rows and what they hold");
  context.require(table.shape[0] != 0, "the table '", table.name, "' (", table.shape, ") has no rows");
  Shape shape = table.shape;
  shape[0] = ids.shape.has_rank() ? ids.shape[0] : kUnknownDim;
  context.set_output(0, type, shape);
}

struct Copy {
  std::int64_t ids;
  std::int64_t rows;
  std::size_t row_bytes;
};

Fault run_copy(const Copy& p, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, p.ids, items_per_tile(static_cast<std::int64_t>(p.row_bytes)));
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    const std::int64_t id = operands.in<std::int32_t>(0)[i];
    if (id < 0 || id >= p.rows) return Fault::index_out_of_range;
    std::memcpy(operands.outputs[0] + static_cast<std::size_t>(i) * p.row_bytes,
                operands.inputs[1] + static_cast<std::size_t>(id) * p.row_bytes, p.row_bytes);
  }
  return Fault::none;
}

struct Widen {
  std::int64_t ids;
  std::int64_t rows;
  std::int64_t columns;
  DType table;
  std::vector<float> scales;  // one, or one per row
};

Fault run_widen(const Widen& p, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, p.ids, items_per_tile(p.columns));
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    const std::int64_t id = operands.in<std::int32_t>(0)[i];
    if (id < 0 || id >= p.rows) return Fault::index_out_of_range;
    const float scale = p.scales[p.scales.size() > 1 ? static_cast<std::size_t>(id) : 0];
    float* y = operands.out<float>() + i * p.columns;
    for (std::int64_t c = 0; c < p.columns; ++c)
      y[c] = scale * static_cast<float>(stored_integer(p.table, operands.inputs[1], id * p.columns + c));
  }
  return Fault::none;
}

Step prepare_widen(const PrepareContext& context, const TensorInfo& table) {
  const ir::Quantization* quantization = table.quantization;
  if (quantization == nullptr || quantization->scales.empty())
    context.fail("the ", name(table.dtype), " table '", table.name, "' has no scale; quantize it or store float32");
  const auto rows = static_cast<std::size_t>(table.shape[0]);
  const std::vector<float>& scales = quantization->scales;
  if (scales.size() > 1 && (scales.size() != rows || quantization->dimension != 0))
    context.fail("the table '", table.name, "' has ", scales.size(), " scales but ", rows,
                 " rows; give it one scale, or one per row");
  const std::int64_t columns = table.shape.count(1, table.shape.rank());
  const std::int64_t ids = context.input(0).shape[0];
  Step step =
      make_step<run_widen>(Widen{ids, table.shape[0], columns, table.dtype, scales}, "embedding_lookup/scalar/widen");
  step.tiles = tile_count(ids, items_per_tile(columns));
  step.work = static_cast<double>(ids) * static_cast<double>(columns);
  return step;
}

Step prepare(const PrepareContext& context) {
  const TensorInfo& table = context.input(1);
  if (elements(context.output().shape) == 0) return empty_step("embedding_lookup");
  if (context.output().dtype != table.dtype) return prepare_widen(context, table);
  if (byte_width(table.dtype) == 0) context.fail_no_kernel("float32, float16, uint8, int8; int4 and int2 to float32");
  const std::int64_t columns = table.shape.count(1, table.shape.rank());
  const std::int64_t ids = context.input(0).shape[0];
  const std::size_t row_bytes = packed_bytes(table.dtype, columns);
  Step step = make_step<run_copy>(Copy{ids, table.shape[0], row_bytes}, "embedding_lookup/scalar/copy");
  step.tiles = tile_count(ids, items_per_tile(static_cast<std::int64_t>(row_bytes)));
  step.work = static_cast<double>(ids) * static_cast<double>(columns);
  return step;
}

int version(const VersionQuery& query) {
  const DType table = query.input_type(1);
  if (table == DType::int2) return 5;
  return table == DType::int4 || is_per_channel(query, 1) ? 4 : 1;
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"EMBEDDING_LOOKUP"},
                                .builtin_code = 7,
                                .inputs = {2, 2},
                                .newest_version = 5,
                                .version = version,
                                .infer = infer,
                                .prepare = prepare,
                                .quantization = {.dynamic_range = weight_only(kWeightsOperand, 0)}}};
  return kOps;
}

}  // namespace litesmith::ops::embedding_lookup
