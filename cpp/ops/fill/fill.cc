#include "ops/fill/fill.h"

#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/fill/range.h"
#include "ops/host_prepare.h"
#include "ops/index_operand.h"
#include "ops/op_def.h"
#include "ops/static_rules.h"
#include "ops/tiles.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::fill {
namespace {

void infer_fill(InferContext& context) {
  require_index_vector(context, 0);
  require_one_value(context, 1);
  const auto dims = context.ints(0);
  context.set_output(0, context.input(1).dtype,
                     dims ? shape_from_values(context, 0, *dims) : shape_from_length(context, 0));
}

struct Fill {
  std::int64_t count, width;
};

Fault run_fill(const Fill& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.count);
  kernels::fill_elements(operands.inputs[1], params.width, operands.outputs[0] + range.begin * params.width,
                         range.size());
  return Fault::none;
}

Step prepare_fill(const PrepareContext& context) {
  const Fill params{elements(context.output().shape), element_bytes(context, context.output())};
  packed_bytes(context.output().dtype, params.count);
  Step step = make_step<run_fill>(params, "fill/scalar");
  step.tiles = tile_count(params.count);
  step.work = static_cast<double>(params.count);
  return step;
}

void infer_one_hot(InferContext& context) {
  context.require_type(0, {DType::int32, DType::int64});
  context.require_type(1, {DType::int32});
  context.require_same_type(2, 3);
  for (const int i : {2, 3}) require_one_value(context, i);
  const auto depth = scalar_value(context, 1);
  const TensorInfo& indices = context.input(0);
  const DType type = context.input(2).dtype;
  if (!shape_up_to(context, 0).has_rank()) return context.set_output(0, type, Shape::unknown_rank());
  const int rank = unknown_dims(context, indices.shape.rank() + 1).rank();
  const int axis = axis_within(context, context.attrs<OneHotAttrs>().axis, rank, indices);
  Shape result = indices.shape;
  result.dims().insert(result.dims().begin() + axis, depth ? dimension(context, *depth, 0) : kUnknownDim);
  context.set_output(0, type, std::move(result));
}

struct OneHot {
  IntegerAt index_at;
  std::int64_t outer, outer_per_tile;
  std::int64_t depth, inner, width;
};

/// An index outside of [0, depth) leaves its vector off.
Fault run_one_hot(const OneHot& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.outer, params.outer_per_tile);
  const std::int64_t block = params.depth * params.inner;
  kernels::fill_elements(operands.inputs[3], params.width, operands.outputs[0] + range.begin * block * params.width,
                         range.size() * block);
  for (std::int64_t i = range.begin * params.inner; i < range.end * params.inner; ++i) {
    const std::int64_t index = params.index_at(operands.inputs[0], i);
    if (index < 0 || index >= params.depth) continue;
    const std::int64_t at = i / params.inner * block + index * params.inner + i % params.inner;
    kernels::copy_row(operands.outputs[0] + at * params.width, operands.inputs[2], params.width);
  }
  return Fault::none;
}

Step prepare_one_hot(const PrepareContext& context) {
  const Shape& indices = context.input(0).shape;
  const Shape& result = context.output().shape;
  const int axis = axis_within(context, context.attrs<OneHotAttrs>().axis, result.rank(), context.input(0));
  packed_bytes(context.output().dtype, elements(result));
  OneHot params{.index_at = integer_reader(context, 0),
                .outer = indices.count(0, axis),
                .outer_per_tile = 1,
                .depth = result[axis],
                .inner = indices.count(axis, indices.rank()),
                .width = element_bytes(context, context.output())};
  params.outer_per_tile = items_per_tile(params.depth * params.inner);
  Step step = make_step<run_one_hot>(params, "one_hot/scalar");
  step.tiles = tile_count(params.outer, params.outer_per_tile);
  step.work = static_cast<double>(elements(result));
  return step;
}

ir::Attrs read_one_hot(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_OneHotOptions();
  return OneHotAttrs{options == nullptr ? 0 : options->axis()};
}

flatbuffers::Offset<void> write_one_hot(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::OneHotOptionsBuilder options(builder);
  options.add_axis(attrs.as<OneHotAttrs>().axis);
  return options.Finish().Union();
}

int fill_version(const VersionQuery& query) {
  constexpr TypeVersion kRows[] = {{DType::float8_e4m3fn, 5}, {DType::float8_e5m2, 5}, {DType::float16, 4},
                                   {DType::int8, 3},          {DType::int16, 3},       {DType::boolean, 2},
                                   {DType::string, 2}};
  return version_of(query.input_type(1), kRows);
}

int range_version(const VersionQuery& query) { return query.input_type(0) == DType::int64 ? 2 : 1; }

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"FILL"},
                                .builtin_code = 94,
                                .inputs = {2, 2},
                                .newest_version = 5,
                                .version = fill_version,
                                .infer = infer_fill,
                                .options_type = 68,
                                .prepare = prepare_fill,
                                .host = prepare_and_move},
                               {.identity = {"RANGE"},
                                .builtin_code = 96,
                                .inputs = {3, 3},
                                .newest_version = 2,
                                .version = range_version,
                                .infer = infer_range,
                                .options_type = 73,
                                .prepare = prepare_range,
                                .host = prepare_and_run},
                               {.identity = {"ONE_HOT"},
                                .builtin_code = 85,
                                .inputs = {4, 4},
                                .infer = infer_one_hot,
                                .read = read_one_hot,
                                .write = write_one_hot,
                                .options_type = 61,
                                .prepare = prepare_one_hot,
                                .host = prepare_and_run,
                                .quantization = {.int8 = kFree}}};
  return kOps;
}

}  // namespace litesmith::ops::fill
