#include <algorithm>
#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/host_prepare.h"
#include "ops/index_operand.h"
#include "ops/op_def.h"
#include "ops/static_rules.h"

namespace litesmith::ops::tile {
namespace {

void infer_tile(InferContext& context) {
  require_index_vector(context, 1);
  const TensorInfo& x = context.input(0);
  if (!shape_up_to(context, 0).has_rank()) return context.set_output(0, x.dtype, shape_from_length(context, 1));
  Shape result = unknown_dims(context, x.shape.rank());
  if (const auto length = context.input(1).shape.element_count(); length && *length != x.shape.rank())
    context.fail("'", context.input(1).name, "' has ", *length, " multiples but '", x.name, "' has shape ", x.shape,
                 "; give one per dimension");
  const auto multiples = context.ints(1);
  for (int i = 0; multiples && i < result.rank(); ++i) {
    const std::int64_t multiple = dimension(context, (*multiples)[static_cast<std::size_t>(i)], 0);
    if (x.shape[i] != kUnknownDim) result[i] = dimension(context, multiple * x.shape[i], 0);
  }
  context.set_output(0, x.dtype, std::move(result));
}

Step copy_by(const std::vector<kernels::CopyAxis>& axes, std::int64_t width, std::string kernel) {
  std::vector<CopyPiece> pieces(1);
  pieces[0].copy = kernels::plan_strided_copy(axes, width);
  return make_copy_step(std::move(pieces), std::move(kernel));
}

Step prepare_tile(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  const std::int64_t width = element_bytes(context, x);
  const auto from = dense_strides(x.shape, width);
  const auto to = dense_strides(context.output().shape, width);
  const auto multiples = context.ints(1).value();
  std::vector<kernels::CopyAxis> axes;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::int64_t size = x.shape[static_cast<int>(i)];
    axes.push_back({multiples[i], 0, size * to[i]});
    axes.push_back({size, from[i], to[i]});
  }
  return copy_by(axes, width, "tile/scalar");
}

void check_broadcast(const NodeView& view, const Shape& result) {
  const TensorInfo& x = view.input(0);
  bool fits = x.shape.rank() <= result.rank();
  for (int i = 1; fits && i <= x.shape.rank(); ++i)
    fits = x.shape.back(i) == 1 || x.shape.back(i) == kUnknownDim || result.back(i) == kUnknownDim ||
           x.shape.back(i) == result.back(i);
  if (!fits)
    view.fail("'", x.name, "' has shape ", x.shape, ", which cannot be broadcast to ", result,
              ": only dimensions of 1 grow");
}

void infer_broadcast_to(InferContext& context) {
  require_index_vector(context, 1);
  const auto values = context.ints(1);
  Shape result = values ? shape_from_values(context, 1, *values) : shape_from_length(context, 1);
  if (result.has_rank() && shape_up_to(context, 0).has_rank()) check_broadcast(context, result);
  context.set_output(0, context.input(0).dtype, std::move(result));
}

Step prepare_broadcast_to(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  const Shape& result = context.output().shape;
  check_broadcast(context, result);
  const std::int64_t width = element_bytes(context, x);
  const auto from = dense_strides(x.shape, width);
  const auto to = dense_strides(result, width);
  const int added = result.rank() - x.shape.rank();
  std::vector<kernels::CopyAxis> axes;
  for (int i = 0; i < result.rank(); ++i) {
    const bool repeats = i < added || x.shape[i - added] == 1;
    const std::int64_t step = repeats ? 0 : from[static_cast<std::size_t>(i - added)];
    axes.push_back({result[i], step, to[static_cast<std::size_t>(i)]});
  }
  return copy_by(axes, width, "broadcast_to/scalar");
}

void infer_broadcast_args(InferContext& context) {
  for (const int i : {0, 1}) require_index_vector(context, i);
  context.require_same_type(0, 1);
  const auto a = context.input(0).shape.element_count();
  const auto b = context.input(1).shape.element_count();
  const Shape result{a && b ? dimension(context, std::max(*a, *b), 0) : kUnknownDim};
  context.set_output(0, context.input(0).dtype, result);
}

struct BroadcastArgs {
  IntegerAt at;
  std::int64_t lengths[2];
  bool is_wide;
};

Fault run_broadcast_args(const BroadcastArgs& params, const Operands& operands, TileRange) noexcept {
  const std::int64_t rank = std::max(params.lengths[0], params.lengths[1]);
  for (std::int64_t i = 0; i < rank; ++i) {
    std::int64_t dims[2] = {1, 1};
    for (const int k : {0, 1}) {
      const std::int64_t at = i - (rank - params.lengths[k]);
      if (at >= 0) dims[k] = params.at(operands.inputs[k], at);
    }
    if (dims[0] != dims[1] && dims[0] != 1 && dims[1] != 1) return Fault::invalid_value;
    const std::int64_t dim = dims[0] == 1 ? dims[1] : dims[0];
    if (params.is_wide)
      operands.out<std::int64_t>()[i] = dim;
    else
      operands.out<std::int32_t>()[i] = static_cast<std::int32_t>(dim);
  }
  return Fault::none;
}

Step prepare_broadcast_args(const PrepareContext& context) {
  const BroadcastArgs params{integer_reader(context, 0),
                             {elements(context.input(0).shape), elements(context.input(1).shape)},
                             context.input(0).dtype == DType::int64};
  return make_step<run_broadcast_args>(params, "broadcast_args/scalar");
}

int tile_version(const VersionQuery& query) {
  constexpr TypeVersion kRows[] = {{DType::int8, 3}, {DType::string, 2}};
  return version_of(query.input_type(0), kRows);
}

int broadcast_to_version(const VersionQuery& query) {
  constexpr TypeVersion kRows[] = {
      {DType::float8_e4m3fn, 4}, {DType::float8_e5m2, 4}, {DType::int8, 3}, {DType::int16, 3}};
  return std::max(2, version_of(query.input_type(0), kRows));
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"TILE"},
                                .builtin_code = 69,
                                .inputs = {2, 2},
                                .newest_version = 3,
                                .version = tile_version,
                                .infer = infer_tile,
                                .options_type = 51,
                                .prepare = prepare_tile,
                                .host = prepare_and_move,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}},
                               {.identity = {"BROADCAST_TO"},
                                .builtin_code = 130,
                                .inputs = {2, 2},
                                .newest_version = 4,
                                .version = broadcast_to_version,
                                .infer = infer_broadcast_to,
                                .options_type = 104,
                                .prepare = prepare_broadcast_to,
                                .host = prepare_and_move,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}},
                               {.identity = {"BROADCAST_ARGS"},
                                .builtin_code = 145,
                                .inputs = {2, 2},
                                .infer = infer_broadcast_args,
                                .prepare = prepare_broadcast_args}};
  return kOps;
}

}  // namespace litesmith::ops::tile
