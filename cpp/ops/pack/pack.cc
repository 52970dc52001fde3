#include "ops/pack/pack.h"

#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/host_prepare.h"
#include "ops/op_def.h"
#include "ops/quantization_match.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::pack {
namespace {

/// The shape that all operands share; unknown rank when none has one.
Shape common_shape(const NodeView& view) {
  Shape common = Shape::unknown_rank();
  for (int i = 0; i < view.input_count(); ++i) {
    view.require_same_type(i, 0);
    const TensorInfo& x = view.input(i);
    if (!x.shape.has_rank()) continue;
    if (!common.has_rank()) common = x.shape;
    bool fits = x.shape.rank() == common.rank();
    for (int d = 0; fits && d < common.rank(); ++d) {
      if (common[d] == kUnknownDim) common[d] = x.shape[d];
      fits = x.shape[d] == kUnknownDim || x.shape[d] == common[d];
    }
    if (!fits)
      view.fail("'", x.name, "' has shape ", x.shape, " but the operands before it have ", common,
                "; all must be of one shape");
  }
  return common;
}

void infer_pack(InferContext& context) {
  const auto& attrs = context.attrs<PackAttrs>();
  if (attrs.count != context.input_count())
    context.fail("is said to pack ", attrs.count, " values but has ", context.input_count(), " operands");
  Shape shape = common_shape(context);
  if (shape.has_rank()) {
    unknown_dims(context, shape.rank() + 1);
    const int axis = axis_within(context, attrs.axis, shape.rank() + 1, context.input(0));
    shape.dims().insert(shape.dims().begin() + axis, dimension(context, context.input_count(), 0));
  }
  context.set_output(0, context.input(0).dtype, std::move(shape));
}

void infer_unpack(InferContext& context) {
  const auto& attrs = context.attrs<PackAttrs>();
  const TensorInfo& x = context.input(0);
  if (attrs.count != context.output_count())
    context.fail("is said to give ", attrs.count, " values but has ", context.output_count(), " results");
  Shape shape = shape_up_to(context, 0);
  if (shape.has_rank()) {
    const int axis = axis_within(context, attrs.axis, shape.rank(), x);
    if (shape[axis] != kUnknownDim && shape[axis] != attrs.count)
      context.fail("'", x.name, "' has ", shape[axis], " entries along axis ", attrs.axis, " but ", attrs.count,
                   " results are wanted");
    shape.dims().erase(shape.dims().begin() + axis);
  }
  for (int i = 0; i < context.output_count(); ++i) context.set_output(i, x.dtype, shape);
}

/// Pieces of one slice each between single tensors and the tensor that has all of them along `axis`.
struct Layout {
  std::int64_t outer, count, inner_bytes;
};

Layout layout_of(const Shape& all, int axis, std::int64_t width) {
  return {all.count(0, axis), all[axis], checked_product(all.count(axis + 1, all.rank()), width)};
}

Step prepare_pack(const PrepareContext& context) {
  const std::int64_t width = element_bytes(context, context.output());
  const Shape& result = context.output().shape;
  const int axis = axis_within(context, context.attrs<PackAttrs>().axis, result.rank(), context.output());
  const Layout layout = layout_of(result, axis, width);
  const kernels::CopyAxis axes[] = {{layout.outer, layout.inner_bytes, layout.inner_bytes * layout.count},
                                    {layout.inner_bytes / width, width, width}};
  std::vector<CopyPiece> pieces;
  for (int i = 0; i < context.input_count(); ++i) {
    require_same_quantization(context, context.input(i), context.output());
    pieces.push_back(
        {.input = i, .to_offset = i * layout.inner_bytes, .copy = kernels::plan_strided_copy(axes, width)});
  }
  return make_copy_step(std::move(pieces), "pack/scalar");
}

Step prepare_unpack(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  const std::int64_t width = element_bytes(context, x);
  const int axis = axis_within(context, context.attrs<PackAttrs>().axis, x.shape.rank(), x);
  const Layout layout = layout_of(x.shape, axis, width);
  const kernels::CopyAxis axes[] = {{layout.outer, layout.inner_bytes * layout.count, layout.inner_bytes},
                                    {layout.inner_bytes / width, width, width}};
  std::vector<CopyPiece> pieces;
  for (int i = 0; i < context.output_count(); ++i) {
    require_same_quantization(context, x, context.output(i));
    pieces.push_back(
        {.output = i, .from_offset = i * layout.inner_bytes, .copy = kernels::plan_strided_copy(axes, width)});
  }
  return make_copy_step(std::move(pieces), "unpack/scalar");
}

ir::Attrs read_pack(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_PackOptions();
  return options == nullptr ? PackAttrs{} : PackAttrs{options->values_count(), options->axis()};
}
flatbuffers::Offset<void> write_pack(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::PackOptionsBuilder options(builder);
  options.add_axis(attrs.as<PackAttrs>().axis);
  options.add_values_count(attrs.as<PackAttrs>().count);
  return options.Finish().Union();
}
ir::Attrs read_unpack(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_UnpackOptions();
  return options == nullptr ? PackAttrs{} : PackAttrs{options->num(), options->axis()};
}
flatbuffers::Offset<void> write_unpack(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::UnpackOptionsBuilder options(builder);
  options.add_axis(attrs.as<PackAttrs>().axis);
  options.add_num(attrs.as<PackAttrs>().count);
  return options.Finish().Union();
}

constexpr TypeVersion kPackVersions[] = {
    {DType::float8_e4m3fn, 5}, {DType::float8_e5m2, 5}, {DType::uint32, 4}, {DType::int16, 3}, {DType::int8, 2}};
constexpr TypeVersion kUnpackVersions[] = {{DType::float8_e4m3fn, 6}, {DType::float8_e5m2, 6}, {DType::float16, 5},
                                           {DType::bfloat16, 5},      {DType::int16, 4},       {DType::boolean, 3},
                                           {DType::int8, 2},          {DType::uint8, 2}};

int pack_version(const VersionQuery& query) { return version_of(query.input_type(0), kPackVersions); }
int unpack_version(const VersionQuery& query) { return version_of(query.input_type(0), kUnpackVersions); }

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"PACK"},
                                .builtin_code = 83,
                                .inputs = {1, Arity::kAny},
                                .newest_version = 5,
                                .version = pack_version,
                                .infer = infer_pack,
                                .read = read_pack,
                                .write = write_pack,
                                .options_type = 59,
                                .prepare = prepare_pack,
                                .host = prepare_and_move,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}},
                               {.identity = {"UNPACK"},
                                .builtin_code = 88,
                                .outputs = {1, Arity::kAny},
                                .newest_version = 6,
                                .version = unpack_version,
                                .infer = infer_unpack,
                                .read = read_unpack,
                                .write = write_unpack,
                                .options_type = 64,
                                .prepare = prepare_unpack,
                                .host = prepare_and_move,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}}};
  return kOps;
}

}  // namespace litesmith::ops::pack
