#include "ops/concatenation/concatenation.h"

#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/file_enum.h"
#include "ops/host_prepare.h"
#include "ops/op_def.h"
#include "ops/quantization_match.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::concatenation {
namespace {

/// Adds operand i to the shape of the result so far.
void append(const NodeView& view, int i, int axis, Shape& result) {
  const TensorInfo& x = view.input(i);
  if (!x.shape.has_rank()) {
    result[axis] = kUnknownDim;
    return;
  }
  if (x.shape.rank() != result.rank())
    view.fail("'", x.name, "' has shape ", x.shape, " but ", result.rank(), " dimensions are needed, as in ", result);
  for (int d = 0; d < result.rank(); ++d) {
    if (d == axis) continue;
    if (result[d] == kUnknownDim) result[d] = x.shape[d];
    if (x.shape[d] != kUnknownDim && x.shape[d] != result[d])
      view.fail("'", x.name, "' has ", x.shape[d], " at axis ", d, " but the operands before it have ", result[d],
                "; only axis ", axis, " may differ");
  }
  const bool is_known = result[axis] != kUnknownDim && x.shape[axis] != kUnknownDim;
  result[axis] = is_known ? dimension(view, std::int64_t{result[axis]} + x.shape[axis], 0) : kUnknownDim;
}

void infer(InferContext& context) {
  const auto& attrs = context.attrs<ConcatenationAttrs>();
  if (attrs.activation != Activation::none)
    context.fail("has the fused activation ", name(attrs.activation),
                 ", which no runtime executes here; apply it to the ", "result instead");
  const TensorInfo* model = nullptr;
  for (int i = 0; i < context.input_count(); ++i) {
    context.require_same_type(i, 0);
    if (model == nullptr && context.input(i).shape.has_rank()) model = &context.input(i);
  }
  const DType type = context.input(0).dtype;
  if (model == nullptr) return context.set_output(0, type, Shape::unknown_rank());
  const int axis = axis_within(context, attrs.axis, model->shape.rank(), *model);
  Shape result = model->shape;
  result[axis] = 0;
  for (int i = 0; i < context.input_count(); ++i) append(context, i, axis, result);
  context.set_output(0, type, std::move(result));
}

Step prepare(const PrepareContext& context) {
  const Shape& result = context.output().shape;
  const std::int64_t width = element_bytes(context, context.output());
  const int axis = axis_within(context, context.attrs<ConcatenationAttrs>().axis, result.rank(), context.input(0));
  const std::int64_t outer = result.count(0, axis);
  const std::int64_t row = checked_product(result.count(axis, result.rank()), width);
  std::vector<CopyPiece> pieces;
  std::int64_t offset = 0;
  for (int i = 0; i < context.input_count(); ++i) {
    require_same_quantization(context, context.input(i), context.input(0));
    require_same_quantization(context, context.input(i), context.output());
    const std::int64_t bytes = context.input(i).shape.count(axis, result.rank()) * width;
    const kernels::CopyAxis axes[] = {{outer, bytes, row}, {bytes / width, width, width}};
    pieces.push_back({.input = i, .to_offset = offset, .copy = kernels::plan_strided_copy(axes, width)});
    offset += bytes;
  }
  return make_copy_step(std::move(pieces), "concatenation/scalar");
}

ir::Attrs read(const ::tflite::Operator& node) {
  ConcatenationAttrs attrs;
  if (const auto* options = node.builtin_options_as_ConcatenationOptions(); options != nullptr) {
    attrs.axis = options->axis();
    attrs.activation = enum_from_file(options->fused_activation_function(), Activation::sign_bit, "fused activation");
  }
  return attrs;
}

flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::ConcatenationOptionsBuilder options(builder);
  options.add_axis(attrs.as<ConcatenationAttrs>().axis);
  options.add_fused_activation_function(
      static_cast<::tflite::ActivationFunctionType>(attrs.as<ConcatenationAttrs>().activation));
  return options.Finish().Union();
}

constexpr TypeVersion kVersions[] = {{DType::float8_e4m3fn, 7}, {DType::float8_e5m2, 7}, {DType::float16, 6},
                                     {DType::int4, 5},          {DType::uint32, 4},      {DType::int16, 3},
                                     {DType::int8, 2}};

int version(const VersionQuery& query) { return version_of(query.input_type(0), kVersions); }

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"CONCATENATION"},
                                .builtin_code = 2,
                                .inputs = {1, Arity::kAny},
                                .newest_version = 7,
                                .version = version,
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 10,
                                .prepare = prepare,
                                .host = prepare_and_move}};
  return kOps;
}

}  // namespace litesmith::ops::concatenation
