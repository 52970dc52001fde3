#include "ops/gather/gather.h"

#include <algorithm>
#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/dynamic_range_rules.h"
#include "ops/host_prepare.h"
#include "ops/index_operand.h"
#include "ops/op_def.h"
#include "ops/static_rules.h"
#include "ops/tiles.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::gather {
namespace {

struct Axes {
  int axis, batch_dims;
};

Axes axes_of(const NodeView& view) {
  const auto& attrs = view.attrs<GatherAttrs>();
  const TensorInfo& x = view.input(0);
  const TensorInfo& indices = view.input(1);
  const int axis = axis_within(view, attrs.axis, x.shape.rank(), x);
  const int rank = indices.shape.rank();
  const int batch_dims = attrs.batch_dims < 0 ? attrs.batch_dims + rank : attrs.batch_dims;
  if (batch_dims < 0 || batch_dims > rank || batch_dims > axis)
    view.fail("has ", attrs.batch_dims, " batch dimensions but gathers along axis ", axis, " of '", x.name,
              "' with indices of shape ", indices.shape, "; batch dimensions stand before the axis, in both operands");
  return {axis, batch_dims};
}

void infer_gather(InferContext& context) {
  context.require_type(1, {DType::int16, DType::int32, DType::int64});
  const TensorInfo& x = context.input(0);
  const TensorInfo& indices = context.input(1);
  if (!shape_up_to(context, 0).has_rank() || !shape_up_to(context, 1).has_rank())
    return context.set_output(0, x.dtype, Shape::unknown_rank());
  const auto [axis, batch_dims] = axes_of(context);
  std::vector<std::int32_t> dims(x.shape.begin(), x.shape.begin() + axis);
  for (int i = 0; i < batch_dims; ++i) {
    std::int32_t& dim = dims[static_cast<std::size_t>(i)];
    if (dim == kUnknownDim) dim = indices.shape[i];
    if (indices.shape[i] != kUnknownDim && indices.shape[i] != dim)
      context.fail("batch axis ", i, " has ", dim, " entries in '", x.name, "' but ", indices.shape[i], " in '",
                   indices.name, "'");
  }
  dims.insert(dims.end(), indices.shape.begin() + batch_dims, indices.shape.end());
  dims.insert(dims.end(), x.shape.begin() + axis + 1, x.shape.end());
  unknown_dims(context, static_cast<std::int64_t>(dims.size()));
  context.set_output(0, x.dtype, Shape(std::move(dims)));
}

struct Gather {
  IntegerAt index_at;
  std::int64_t rows, rows_per_tile;   // of the result
  std::int64_t outer, entries, size;  // per batch: rows of x, indices, entries along the axis
  std::int64_t bytes;                 // of one entry
};

Fault run_gather(const Gather& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.rows, params.rows_per_tile);
  for (std::int64_t row = range.begin; row < range.end; ++row) {
    const std::int64_t entry = row % params.entries;
    const std::int64_t from_row = row / params.entries;
    const std::int64_t batch = from_row / params.outer;
    const std::int64_t index = params.index_at(operands.inputs[1], batch * params.entries + entry);
    if (index < 0 || index >= params.size) return Fault::index_out_of_range;
    kernels::copy_row(operands.outputs[0] + row * params.bytes,
                      operands.inputs[0] + (from_row * params.size + index) * params.bytes, params.bytes);
  }
  return Fault::none;
}

/// Constant indices are checked while the tensors still have names.
void check_known_indices(const NodeView& view, std::int64_t size, int axis) {
  const auto indices = view.ints(1);
  if (!indices) return;
  for (const std::int64_t index : *indices)
    if (index < 0 || index >= size)
      view.fail("index ", index, " is outside of axis ", axis, " of '", view.input(0).name, "', whose shape is ",
                view.input(0).shape);
}

Step prepare_gather(const PrepareContext& context) {
  const Shape& x = context.input(0).shape;
  const Shape& indices = context.input(1).shape;
  const auto [axis, batch_dims] = axes_of(context);
  const std::int64_t width = element_bytes(context, context.input(0));
  packed_bytes(context.output().dtype, elements(context.output().shape));
  Gather params{.index_at = integer_reader(context, 1),
                .rows = 0,
                .rows_per_tile = 1,
                .outer = x.count(batch_dims, axis),
                .entries = indices.count(batch_dims, indices.rank()),
                .size = x[axis],
                .bytes = checked_product(x.count(axis + 1, x.rank()), width)};
  check_known_indices(context, params.size, axis);
  const bool is_empty = elements(context.output().shape) == 0;
  params.rows = is_empty ? 0 : x.count(0, axis) * params.entries;
  params.rows_per_tile = items_per_tile(params.bytes / 4);
  Step step = make_step<run_gather>(params, "gather/scalar");
  step.tiles = tile_count(params.rows, params.rows_per_tile);
  step.work = static_cast<double>(elements(context.output().shape));
  return step;
}

void infer_gather_nd(InferContext& context) {
  context.require_type(1, {DType::int16, DType::int32, DType::int64});
  const TensorInfo& x = context.input(0);
  const TensorInfo& indices = context.input(1);
  const bool is_open = !shape_up_to(context, 0).has_rank() || !shape_up_to(context, 1).has_rank();
  if (!is_open && indices.shape.rank() == 0)
    context.fail("'", indices.name, "' is a scalar but must have one dimension at least, whose entries form an index");
  if (is_open || indices.shape.back() == kUnknownDim) return context.set_output(0, x.dtype, Shape::unknown_rank());
  const int depth = indices.shape.back();
  if (depth > x.shape.rank())
    context.fail("'", indices.name, "' has shape ", indices.shape, ", so that an index has ", depth, " entries, but '",
                 x.name, "' has only ", x.shape.rank(), " dimensions");
  std::vector<std::int32_t> dims(indices.shape.begin(), indices.shape.end() - 1);
  dims.insert(dims.end(), x.shape.begin() + depth, x.shape.end());
  unknown_dims(context, static_cast<std::int64_t>(dims.size()));
  context.set_output(0, x.dtype, Shape(std::move(dims)));
}

struct GatherNd {
  IntegerAt index_at;
  std::int64_t rows, rows_per_tile;
  std::vector<std::int64_t> sizes, strides;  // of the indexed axes; strides in bytes
  std::int64_t bytes;
};

Fault run_gather_nd(const GatherNd& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.rows, params.rows_per_tile);
  const auto depth = static_cast<std::int64_t>(params.sizes.size());
  for (std::int64_t row = range.begin; row < range.end; ++row) {
    std::int64_t offset = 0;
    for (std::int64_t i = 0; i < depth; ++i) {
      const std::int64_t index = params.index_at(operands.inputs[1], row * depth + i);
      if (index < 0 || index >= params.sizes[static_cast<std::size_t>(i)]) return Fault::index_out_of_range;
      offset += index * params.strides[static_cast<std::size_t>(i)];
    }
    kernels::copy_row(operands.outputs[0] + row * params.bytes, operands.inputs[0] + offset, params.bytes);
  }
  return Fault::none;
}

Step prepare_gather_nd(const PrepareContext& context) {
  const Shape& x = context.input(0).shape;
  const Shape& indices = context.input(1).shape;
  const int depth = indices.back();
  const std::int64_t width = element_bytes(context, context.input(0));
  packed_bytes(context.output().dtype, elements(context.output().shape));
  GatherNd params{.index_at = integer_reader(context, 1),
                  .rows = elements(context.output().shape) == 0 ? 0 : indices.count(0, indices.rank() - 1),
                  .rows_per_tile = 1,
                  .sizes = {x.begin(), x.begin() + depth},
                  .strides = dense_strides(x, width),
                  .bytes = checked_product(x.count(depth, x.rank()), width)};
  params.rows_per_tile = items_per_tile(params.bytes / 4 + depth);
  const std::int64_t tiles = tile_count(params.rows, params.rows_per_tile);
  Step step = make_step<run_gather_nd>(std::move(params), "gather_nd/scalar");
  step.tiles = tiles;
  step.work = static_cast<double>(elements(context.output().shape));
  return step;
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_GatherOptions();
  return options == nullptr ? GatherAttrs{} : GatherAttrs{options->axis(), options->batch_dims()};
}

flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::GatherOptionsBuilder options(builder);
  options.add_batch_dims(attrs.as<GatherAttrs>().batch_dims);
  options.add_axis(attrs.as<GatherAttrs>().axis);
  return options.Finish().Union();
}

int gather_version(const VersionQuery& query) {
  constexpr TypeVersion kNewest[] = {{DType::float8_e4m3fn, 8}, {DType::float8_e5m2, 8}, {DType::int4, 7}};
  constexpr TypeVersion kOlder[] = {{DType::int16, 4}, {DType::boolean, 3}, {DType::int8, 2}};
  const DType type = query.input_type(0);
  if (const int newest = version_of(type, kNewest); newest > 1) return newest;
  if (query.input_type(1) == DType::int16) return 6;
  return query.node.attrs.as<GatherAttrs>().batch_dims != 0 ? 5 : version_of(type, kOlder);
}

int gather_nd_version(const VersionQuery& query) {
  constexpr TypeVersion kNewest[] = {{DType::float8_e4m3fn, 6}, {DType::float8_e5m2, 6}, {DType::boolean, 5}};
  constexpr TypeVersion kOlder[] = {{DType::int16, 3}, {DType::string, 2}};
  const DType type = query.input_type(0);
  if (const int newest = version_of(type, kNewest); newest > 1) return newest;
  return query.input_type(1) == DType::int16 ? 4 : version_of(type, kOlder);
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      {.identity = {"GATHER"},
       .builtin_code = 36,
       .inputs = {2, 2},
       .newest_version = 8,
       .version = gather_version,
       .infer = infer_gather,
       .read = read,
       .write = write,
       .options_type = 23,
       .prepare = prepare_gather,
       .host = prepare_and_move,
       .quantization = {.int8 = kSame, .int16x8 = kSame, .dynamic_range = weight_only(kTableOperand)}},
      {.identity = {"GATHER_ND"},
       .builtin_code = 107,
       .inputs = {2, 2},
       .newest_version = 6,
       .version = gather_nd_version,
       .infer = infer_gather_nd,
       .options_type = 83,
       .prepare = prepare_gather_nd,
       .host = prepare_and_move,
       .quantization = {.int8 = kSame, .int16x8 = kSame}}};
  return kOps;
}

}  // namespace litesmith::ops::gather
