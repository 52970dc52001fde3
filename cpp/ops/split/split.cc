#include "ops/split/split.h"

#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/host_prepare.h"
#include "ops/op_def.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::split {
namespace {

/// Which operands hold what; SPLIT has no sizes.
struct Roles {
  int value, axis, sizes;
};
constexpr Roles kSplit{1, 0, -1};
constexpr Roles kSplitV{0, 2, 1};

Roles operands_of(const NodeView& view) { return view.input_count() == 2 ? kSplit : kSplitV; }

std::vector<std::int64_t> equal_parts(const NodeView& view, const TensorInfo& x, int axis, std::int32_t count) {
  const std::int32_t size = x.shape[axis];
  if (size % count != 0)
    view.fail("cannot cut '", x.name, "' into ", count, " equal parts: it has ", size, " entries along axis ", axis);
  return std::vector<std::int64_t>(static_cast<std::size_t>(count), size / count);
}

/// The sizes with the one -1 filled in; they must add up to the dimension unless that is unknown.
std::vector<std::int64_t> given_parts(const NodeView& view, const TensorInfo& x, int axis,
                                      std::vector<std::int64_t> sizes) {
  const std::int64_t whole = x.shape[axis];
  std::int64_t sum = 0;
  int open = -1;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == -1 && open < 0) {
      open = static_cast<int>(i);
      continue;
    }
    if (sizes[i] < 0) view.fail("part ", i, " has size ", sizes[i], "; give sizes of 0 or more, and -1 once at most");
    dimension(view, sizes[i], static_cast<int>(i));
    sum += sizes[i];
  }
  if (whole == kUnknownDim) return sizes;
  if (sum > whole || (open < 0 && sum != whole))
    view.fail("the parts add up to ", sum, " but '", x.name, "' has ", whole, " entries along axis ", axis);
  if (open >= 0) sizes[static_cast<std::size_t>(open)] = whole - sum;
  return sizes;
}

/// Sizes of the parts along `axis`; nullopt when not known. An entry of -1 is an unknown dim.
std::optional<std::vector<std::int64_t>> parts(const NodeView& view, int axis) {
  const Roles at = operands_of(view);
  const TensorInfo& x = view.input(at.value);
  const std::int32_t count = view.attrs<SplitAttrs>().count;
  if (at.sizes < 0) {
    if (x.shape[axis] == kUnknownDim) return std::nullopt;
    return equal_parts(view, x, axis, count);
  }
  auto sizes = view.ints(at.sizes);
  if (!sizes) return std::nullopt;
  if (sizes->size() != static_cast<std::size_t>(count))
    view.fail("has ", sizes->size(), " sizes but ", count, " results; give one size per result");
  return given_parts(view, x, axis, std::move(*sizes));
}

void infer(InferContext& context) {
  const Roles at = operands_of(context);
  const TensorInfo& x = context.input(at.value);
  const std::int32_t count = context.attrs<SplitAttrs>().count;
  if (count < 1 || count != context.output_count())
    context.fail("is said to give ", count, " parts but has ", context.output_count(), " results");
  context.require_type(at.axis, {DType::int32});
  if (at.sizes >= 0) require_index_vector(context, at.sizes);
  const auto axis_value = scalar_value(context, at.axis);
  Shape shape = shape_up_to(context, at.value);
  if (shape.has_rank() && shape.rank() == 0) context.fail("'", x.name, "' is a scalar, which has no axis to cut");
  if (!axis_value && shape.has_rank()) shape = unknown_dims(context, shape.rank());
  if (!axis_value || !shape.has_rank()) {
    for (int i = 0; i < count; ++i) context.set_output(i, x.dtype, shape);
    return;
  }
  const int axis = axis_within(context, *axis_value, shape.rank(), x);
  const auto sizes = parts(context, axis);
  for (int i = 0; i < count; ++i) {
    shape[axis] = sizes ? static_cast<std::int32_t>((*sizes)[static_cast<std::size_t>(i)]) : kUnknownDim;
    context.set_output(i, x.dtype, shape);
  }
}

Step prepare(const PrepareContext& context) {
  const Roles at = operands_of(context);
  const TensorInfo& x = context.input(at.value);
  const std::int64_t width = element_bytes(context, x);
  const int axis = axis_within(context, scalar_value(context, at.axis).value(), x.shape.rank(), x);
  const std::int64_t outer = x.shape.count(0, axis);
  const std::int64_t row = checked_product(x.shape.count(axis, x.shape.rank()), width);
  std::vector<CopyPiece> pieces;
  std::int64_t offset = 0;
  for (int i = 0; i < context.output_count(); ++i) {
    const Shape& part = context.output(i).shape;
    const std::int64_t bytes = part.count(axis, part.rank()) * width;
    const kernels::CopyAxis axes[] = {{outer, row, bytes}, {bytes / width, width, width}};
    pieces.push_back(
        {.input = at.value, .output = i, .from_offset = offset, .copy = kernels::plan_strided_copy(axes, width)});
    offset += bytes;
  }
  return make_copy_step(std::move(pieces), "split/scalar");
}

ir::Attrs read_split(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_SplitOptions();
  return SplitAttrs{options == nullptr ? 0 : options->num_splits()};
}
flatbuffers::Offset<void> write_split(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::SplitOptionsBuilder options(builder);
  options.add_num_splits(attrs.as<SplitAttrs>().count);
  return options.Finish().Union();
}
ir::Attrs read_split_v(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_SplitVOptions();
  return SplitAttrs{options == nullptr ? 0 : options->num_splits()};
}
flatbuffers::Offset<void> write_split_v(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::SplitVOptionsBuilder options(builder);
  options.add_num_splits(attrs.as<SplitAttrs>().count);
  return options.Finish().Union();
}

constexpr TypeVersion kSplitVersions[] = {
    {DType::float8_e4m3fn, 5}, {DType::float8_e5m2, 5}, {DType::int16, 4}, {DType::int32, 3}, {DType::int8, 2}};
constexpr TypeVersion kSplitVVersions[] = {{DType::float8_e4m3fn, 3}, {DType::float8_e5m2, 3}, {DType::int8, 2}};

int split_version(const VersionQuery& query) { return version_of(query.input_type(1), kSplitVersions); }
int split_v_version(const VersionQuery& query) { return version_of(query.input_type(0), kSplitVVersions); }

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"SPLIT"},
                                .builtin_code = 49,
                                .inputs = {2, 2},
                                .outputs = {1, Arity::kAny},
                                .newest_version = 5,
                                .version = split_version,
                                .infer = infer,
                                .read = read_split,
                                .write = write_split,
                                .options_type = 35,
                                .prepare = prepare,
                                .host = prepare_and_move,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}},
                               {.identity = {"SPLIT_V"},
                                .builtin_code = 102,
                                .inputs = {3, 3},
                                .outputs = {1, Arity::kAny},
                                .newest_version = 3,
                                .version = split_v_version,
                                .infer = infer,
                                .read = read_split_v,
                                .write = write_split_v,
                                .options_type = 79,
                                .prepare = prepare,
                                .host = prepare_and_move,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}}};
  return kOps;
}

}  // namespace litesmith::ops::split
