#include "ops/reverse/reverse.h"

#include <algorithm>
#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/host_prepare.h"
#include "ops/index_operand.h"
#include "ops/op_def.h"
#include "ops/static_rules.h"
#include "ops/tiles.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::reverse {
namespace {

void infer_reverse(InferContext& context) {
  require_index_vector(context, 1, true);
  const TensorInfo& x = context.input(0);
  const Shape& shape = shape_up_to(context, 0);
  const auto axes = context.ints(1);
  std::vector<bool> seen(static_cast<std::size_t>(shape.rank()), false);
  for (std::size_t i = 0; shape.has_rank() && axes && i < axes->size(); ++i) {
    const auto axis = static_cast<std::size_t>(axis_within(context, (*axes)[i], shape.rank(), x));
    if (seen[axis]) context.fail("names axis ", (*axes)[i], " of '", x.name, "' twice; give every axis once");
    seen[axis] = true;
  }
  context.set_output(0, x.dtype, shape);
}

struct Reverse {
  std::vector<std::int64_t> sizes, strides;
  std::int64_t width = 1;
  // Only for axes that arrive with the operands.
  IntegerAt axis_at = nullptr;
  std::int64_t axis_count = 0;
};

/// The copy that turns the marked axes around, and the byte offset where it starts to read.
struct Turned {
  kernels::StridedCopy copy;
  std::int64_t offset = 0;
};

Turned turn(const Reverse& params, const bool* turned) {
  kernels::CopyAxis axes[kMaxRank];
  Turned result;
  const std::size_t rank = params.sizes.size();
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t stride = params.strides[i];
    axes[i] = {params.sizes[i], turned[i] ? -stride : stride, stride};
    if (turned[i] && params.sizes[i] > 0) result.offset += (params.sizes[i] - 1) * stride;
  }
  result.copy = kernels::plan_strided_copy({axes, rank}, params.width);
  return result;
}

Fault run_reverse(const Reverse& params, const Operands& operands, TileRange) noexcept {
  const auto rank = static_cast<std::int64_t>(params.sizes.size());
  bool turned[kMaxRank] = {};
  for (std::int64_t i = 0; i < params.axis_count; ++i) {
    const std::int64_t axis = params.axis_at(operands.inputs[1], i);
    if (axis < -rank || axis >= rank) return Fault::axis_out_of_range;
    bool& flag = turned[axis < 0 ? axis + rank : axis];
    if (flag) return Fault::invalid_value;
    flag = true;
  }
  const Turned result = turn(params, turned);
  if (result.copy.units > 0)
    kernels::run_strided_copy(result.copy, operands.inputs[0] + result.offset, operands.outputs[0]);
  return Fault::none;
}

Step prepare_reverse(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  const std::int64_t width = element_bytes(context, x);
  Reverse params{.sizes = {x.shape.begin(), x.shape.end()}, .strides = dense_strides(x.shape, width), .width = width};
  const auto axes = context.ints(1);
  if (!axes) {
    params.axis_at = integer_reader(context, 1);
    params.axis_count = elements(context.input(1).shape);
    return make_step<run_reverse>(std::move(params), "reverse/fed_axes");
  }
  bool turned[kMaxRank] = {};
  for (const std::int64_t axis : *axes) turned[axis_within(context, axis, x.shape.rank(), x)] = true;
  const Turned result = turn(params, turned);
  std::vector<CopyPiece> pieces(1);
  pieces[0].from_offset = result.offset;
  pieces[0].copy = result.copy;
  return make_copy_step(std::move(pieces), "reverse/scalar");
}

struct SequenceAxes {
  int sequence, batch;
};

SequenceAxes sequence_axes(const NodeView& view) {
  const auto& attrs = view.attrs<ReverseSequenceAttrs>();
  const TensorInfo& x = view.input(0);
  const int sequence = axis_within(view, attrs.sequence_axis, x.shape.rank(), x);
  const int batch = axis_within(view, attrs.batch_axis, x.shape.rank(), x);
  if (sequence == batch) view.fail("uses axis ", batch, " of '", x.name, "' both as batch and as sequence");
  return {sequence, batch};
}

void infer_reverse_sequence(InferContext& context) {
  require_index_vector(context, 1);
  const TensorInfo& x = context.input(0);
  const TensorInfo& lengths = context.input(1);
  const Shape& shape = shape_up_to(context, 0);
  if (shape.has_rank()) {
    const int batch = sequence_axes(context).batch;
    const auto count = lengths.shape.element_count();
    if (count && shape[batch] != kUnknownDim && *count != shape[batch])
      context.fail("'", lengths.name, "' has ", *count, " lengths but '", x.name, "' has ", shape[batch],
                   " entries along its batch axis ", batch);
  }
  context.set_output(0, x.dtype, shape);
}

/// The tensor seen as [outer, first, middle, second, inner]; first and second are the two axes, in order.
struct ReverseSequence {
  IntegerAt length_at;
  std::int64_t rows, rows_per_tile;  // entries of [outer, first, middle]
  std::int64_t first, middle, second;
  std::int64_t bytes;  // of inner
  bool batch_is_first;
};

Fault run_reverse_sequence(const ReverseSequence& params, const Operands& operands, TileRange tiles) noexcept {
  const std::int64_t sequence = params.batch_is_first ? params.second : params.first;
  const std::int64_t row_bytes = params.second * params.bytes;
  const Range range = items_of(tiles, params.rows, params.rows_per_tile);
  for (std::int64_t row = range.begin; row < range.end; ++row) {
    const std::int64_t first = row / params.middle % params.first;
    for (std::int64_t second = 0; second < params.second; ++second) {
      const std::int64_t length = params.length_at(operands.inputs[1], params.batch_is_first ? first : second);
      if (length < 0 || length > sequence) return Fault::invalid_value;
      const std::int64_t at = params.batch_is_first ? second : first;
      const std::int64_t shift = at < length ? length - 1 - 2 * at : 0;
      const std::int64_t step = params.batch_is_first ? params.bytes : params.middle * row_bytes;
      const std::int64_t offset = row * row_bytes + second * params.bytes;
      kernels::copy_row(operands.outputs[0] + offset, operands.inputs[0] + offset + shift * step, params.bytes);
    }
  }
  return Fault::none;
}

Step prepare_reverse_sequence(const PrepareContext& context) {
  const Shape& shape = context.input(0).shape;
  const auto [sequence, batch] = sequence_axes(context);
  const int first = std::min(sequence, batch);
  const int second = std::max(sequence, batch);
  ReverseSequence params{
      .length_at = integer_reader(context, 1),
      .rows = shape.count(0, second),
      .rows_per_tile = 1,
      .first = shape[first],
      .middle = shape.count(first + 1, second),
      .second = shape[second],
      .bytes = checked_product(shape.count(second + 1, shape.rank()), element_bytes(context, context.input(0))),
      .batch_is_first = batch == first};
  params.rows_per_tile = items_per_tile(params.second * params.bytes / 4);
  Step step = make_step<run_reverse_sequence>(params, "reverse_sequence/scalar");
  step.tiles = tile_count(params.rows, params.rows_per_tile);
  step.work = static_cast<double>(elements(shape));
  return step;
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_ReverseSequenceOptions();
  return options == nullptr ? ReverseSequenceAttrs{} : ReverseSequenceAttrs{options->seq_dim(), options->batch_dim()};
}

flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::ReverseSequenceOptionsBuilder options(builder);
  options.add_batch_dim(attrs.as<ReverseSequenceAttrs>().batch_axis);
  options.add_seq_dim(attrs.as<ReverseSequenceAttrs>().sequence_axis);
  return options.Finish().Union();
}

int reverse_version(const VersionQuery& query) {
  constexpr TypeVersion kRows[] = {
      {DType::float8_e4m3fn, 4}, {DType::float8_e5m2, 4}, {DType::int8, 3}, {DType::boolean, 2}};
  return version_of(query.input_type(0), kRows);
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"REVERSE_V2"},
                                .builtin_code = 105,
                                .inputs = {2, 2},
                                .newest_version = 4,
                                .version = reverse_version,
                                .infer = infer_reverse,
                                .options_type = 81,
                                .prepare = prepare_reverse,
                                .host = prepare_and_move,
                                .quantization = {.int8 = kFree, .int16x8 = kSame}},
                               {.identity = {"REVERSE_SEQUENCE"},
                                .builtin_code = 112,
                                .inputs = {2, 2},
                                .infer = infer_reverse_sequence,
                                .read = read,
                                .write = write,
                                .options_type = 87,
                                .prepare = prepare_reverse_sequence}};
  return kOps;
}

}  // namespace litesmith::ops::reverse
