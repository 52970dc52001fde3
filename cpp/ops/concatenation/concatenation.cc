#include "ops/concatenation/concatenation.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/file_enum.h"
#include "ops/host_prepare.h"
#include "ops/op_def.h"
#include "ops/quantization_match.h"
#include "ops/quantized_tensor.h"
#include "ops/static_rules.h"
#include "ops/tiles.h"
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

/// An operand of uint8 numbers and what brings them to the result's scale and zero point.
struct Rescaled {
  std::int64_t width;   // elements of a row
  std::int64_t offset;  // in the result's row
  float scale;
  float bias;
};
struct RescaledParams {
  std::vector<Rescaled> operands;
  std::int64_t rows;
  std::int64_t width;
  std::int32_t zero_point;
};

std::uint8_t rescaled(std::uint8_t x, const Rescaled& to, std::int32_t zero_point) noexcept {
  const float steps = std::round(static_cast<float>(x) * to.scale + to.bias);
  return static_cast<std::uint8_t>(std::clamp(steps + static_cast<float>(zero_point), 0.0F, 255.0F));
}

Fault run_rescaled(const RescaledParams& p, const Operands& operands, TileRange tiles) noexcept {
  const Range rows = items_of(tiles, p.rows, items_per_tile(p.width));
  for (std::size_t i = 0; i < p.operands.size(); ++i) {
    const Rescaled& operand = p.operands[i];
    std::uint8_t levels[256];
    for (std::int32_t level = 0; level < 256; ++level)
      levels[level] = rescaled(static_cast<std::uint8_t>(level), operand, p.zero_point);
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
      const std::uint8_t* x = operands.in<std::uint8_t>(static_cast<int>(i)) + row * operand.width;
      std::uint8_t* y = operands.out<std::uint8_t>() + row * p.width + operand.offset;
      for (std::int64_t k = 0; k < operand.width; ++k) y[k] = levels[x[k]];
    }
  }
  return Fault::none;
}

bool rescales(const PrepareContext& context) {
  if (context.output().dtype != DType::uint8 || !is_quantized(context.output())) return false;
  for (int i = 0; i < context.input_count(); ++i)
    if (is_quantized(context.input(i)) && !same_quantization(context.input(i), context.output())) return true;
  return false;
}

/// uint8 operands may have scales of their own (reference: arithmetic.md §3); the conversion is float32.
Step prepare_rescaled(const PrepareContext& context, int axis) {
  const Shape& result = context.output().shape;
  const PerTensor y = per_tensor_quantization(context, context.output());
  RescaledParams params{{}, result.count(0, axis), result.count(axis, result.rank()), y.zero_point};
  std::int64_t offset = 0;
  for (int i = 0; i < context.input_count(); ++i) {
    const PerTensor x = per_tensor_quantization(context, context.input(i));
    const std::int64_t width = context.input(i).shape.count(axis, result.rank());
    const bool is_same = same_quantization(context.input(i), context.output());
    const float scale = is_same ? 1.0F : x.scale * (1.0F / y.scale);
    context.require(scale < 0x1p30F, "'", context.input(i).name, "' has a scale ", scale,
                    " times that of the result; it must be below 2^30, so check the scales");
    params.operands.push_back({width, offset, scale, -static_cast<float>(x.zero_point) * scale});
    offset += width;
  }
  Step step = make_step<run_rescaled>(params, "concatenation/scalar/rescaled");
  step.tiles = tile_count(params.rows, items_per_tile(params.width));
  step.work = static_cast<double>(elements(result));
  return step;
}

Step prepare(const PrepareContext& context) {
  const Shape& result = context.output().shape;
  const std::int64_t width = element_bytes(context, context.output());
  const int axis = axis_within(context, context.attrs<ConcatenationAttrs>().axis, result.rank(), context.input(0));
  if (rescales(context)) return prepare_rescaled(context, axis);
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
                                .host = prepare_and_move,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}}};
  return kOps;
}

}  // namespace litesmith::ops::concatenation
