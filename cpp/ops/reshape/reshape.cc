#include "ops/reshape/reshape.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <span>

#include "ops/axes.h"
#include "ops/host_prepare.h"
#include "ops/static_rules.h"
#include "ops/step.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::reshape {
namespace {

std::optional<std::vector<std::int64_t>> wished_shape(const NodeView& view) {
  if (view.has_input(1)) {
    require_index_vector(view, 1);
    return view.ints(1);
  }
  const auto& dims = view.attrs<ReshapeAttrs>().new_shape;
  if (dims.size() == 1 && dims[0] == 0) return std::vector<std::int64_t>();  // how old files write a scalar
  return std::vector<std::int64_t>(dims.begin(), dims.end());
}

/// The result's shape, with the one -1 filled in where the operand's size is known.
Shape resolve(const NodeView& view, const std::vector<std::int64_t>& wished) {
  if (wished.size() > static_cast<std::size_t>(kMaxRank))
    view.fail("asks for ", wished.size(), " dimensions but at most ", kMaxRank, " are possible");
  std::vector<std::int32_t> dims;
  std::int64_t known = 1;
  int open = -1;
  for (std::size_t i = 0; i < wished.size(); ++i) {
    if (wished[i] < -1 || wished[i] > std::numeric_limits<std::int32_t>::max())
      view.fail("the wished dimension ", wished[i], " is impossible; give a size, or -1 once for what is left");
    if (wished[i] == -1) {
      if (open >= 0) view.fail("only one dimension of the wished shape may be -1");
      open = static_cast<int>(i);
    } else {
      known = checked_product(known, wished[i]);
    }
    dims.push_back(static_cast<std::int32_t>(wished[i]));
  }
  Shape shape(std::move(dims));
  const auto count = view.input(0).shape.element_count();
  if (!count) return shape;
  if (open >= 0 && known > 0 && *count % known == 0) shape[open] = dimension(view, *count / known, 0);
  if (shape.element_count() != count)
    view.fail("'", view.input(0).name, "' has shape ", view.input(0).shape, " (", *count,
              " elements), which cannot become ", shape);
  return shape;
}

void infer_reshape(InferContext& context) {
  const auto wished = wished_shape(context);
  context.set_output(0, context.input(0).dtype, wished ? resolve(context, *wished) : shape_from_length(context, 1));
}

/// Which axes SQUEEZE drops; nullopt when that depends on unknown dims.
std::optional<std::vector<bool>> squeezed(const NodeView& view, const Shape& shape) {
  const auto& axes = view.attrs<SqueezeAttrs>().axes;
  std::vector<bool> drop(static_cast<std::size_t>(shape.rank()), false);
  if (axes.empty()) {
    if (!shape.is_static()) return std::nullopt;
    for (int i = 0; i < shape.rank(); ++i) drop[static_cast<std::size_t>(i)] = shape[i] == 1;
  }
  for (const std::int32_t axis : axes) {
    const int normal = axis_within(view, axis, shape.rank(), view.input(0));
    if (shape[normal] != 1 && shape[normal] != kUnknownDim)
      view.fail("cannot drop axis ", axis, " of '", view.input(0).name, "', whose shape is ", shape,
                ": only dimensions of 1 can go");
    drop[static_cast<std::size_t>(normal)] = true;
  }
  return drop;
}

void infer_squeeze(InferContext& context) {
  const Shape& shape = shape_up_to(context, 0);
  const auto drop = shape.has_rank() ? squeezed(context, shape) : std::nullopt;
  if (!drop) return context.set_output(0, context.input(0).dtype, Shape::unknown_rank());
  std::vector<std::int32_t> dims;
  for (int i = 0; i < shape.rank(); ++i)
    if (!(*drop)[static_cast<std::size_t>(i)]) dims.push_back(shape[i]);
  context.set_output(0, context.input(0).dtype, Shape(std::move(dims)));
}

void infer_expand_dims(InferContext& context) {
  context.require_type(1, {DType::int32, DType::int64});
  const TensorInfo& x = context.input(0);
  const auto axis = scalar_value(context, 1);
  if (!x.shape.has_rank()) return context.set_output(0, x.dtype, Shape::unknown_rank());
  Shape result = unknown_dims(context, x.shape.rank() + 1);
  if (axis) {
    const int at = axis_within(context, *axis, x.shape.rank() + 1, x);
    result = x.shape;
    result.dims().insert(result.dims().begin() + at, 1);
  }
  context.set_output(0, x.dtype, std::move(result));
}

/// The interpreter expands sparse constants before anything reads them.
void infer_densify(InferContext& context) {
  const TensorInfo& x = context.input(0);
  context.require(byte_width(x.dtype) > 0, "its operand '", x.name, "' is ", name(x.dtype),
                  ", which cannot be stored sparsely");
  context.set_output(0, x.dtype, x.shape);
}

struct Size {
  std::size_t bytes;
};

Fault copy(const Size& params, const Operands& operands, TileRange) noexcept {
  if (operands.outputs[0] != operands.inputs[0] && params.bytes > 0)
    std::memcpy(operands.outputs[0], operands.inputs[0], params.bytes);
  return Fault::none;
}

Step prepare(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  return make_step<copy>(Size{packed_bytes(x.dtype, elements(x.shape))}, "reshape/copy");
}

ir::Attrs read_reshape(const ::tflite::Operator& node) {
  ReshapeAttrs attrs;
  if (const auto* options = node.builtin_options_as_ReshapeOptions();
      options != nullptr && options->new_shape() != nullptr)
    attrs.new_shape.assign(options->new_shape()->begin(), options->new_shape()->end());
  return attrs;
}

flatbuffers::Offset<void> write_reshape(const ir::Attrs& attrs, schema::Builder& builder) {
  const auto new_shape = schema::vector_unless_empty(builder, attrs.as<ReshapeAttrs>().new_shape);
  ::tflite::ReshapeOptionsBuilder options(builder);
  options.add_new_shape(new_shape);
  return options.Finish().Union();
}

ir::Attrs read_squeeze(const ::tflite::Operator& node) {
  SqueezeAttrs attrs;
  if (const auto* options = node.builtin_options_as_SqueezeOptions();
      options != nullptr && options->squeeze_dims() != nullptr)
    attrs.axes.assign(options->squeeze_dims()->begin(), options->squeeze_dims()->end());
  return attrs;
}

flatbuffers::Offset<void> write_squeeze(const ir::Attrs& attrs, schema::Builder& builder) {
  const auto squeeze_dims = schema::vector_unless_empty(builder, attrs.as<SqueezeAttrs>().axes);
  ::tflite::SqueezeOptionsBuilder options(builder);
  options.add_squeeze_dims(squeeze_dims);
  return options.Finish().Union();
}

int squeeze_version(const VersionQuery& query) { return query.input_type(0) == DType::string ? 2 : 1; }

OpDef view_op(std::string_view name, std::int32_t code, Arity inputs, int options_type,
              void (*infer)(InferContext& context)) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = inputs,
          .infer = infer,
          .options_type = options_type,
          .prepare = prepare,
          .host = prepare_and_move,
          .is_view = true};
}

}  // namespace

std::span<const OpDef> ops() {
  static const auto kOps = [] {
    std::vector<OpDef> list = {quantized(view_op("RESHAPE", 22, {1, 2}, 17, infer_reshape), kSame, kSame),
                               quantized(view_op("SQUEEZE", 43, {1, 1}, 30, infer_squeeze), kSame, kSame),
                               quantized(view_op("EXPAND_DIMS", 70, {2, 2}, 52, infer_expand_dims), kSame, kSame),
                               view_op("DENSIFY", 124, {1, 1}, 99, infer_densify)};
    list[0].read = read_reshape;
    list[0].write = write_reshape;
    list[1].read = read_squeeze;
    list[1].write = write_squeeze;
    list[1].newest_version = 2;
    list[1].version = squeeze_version;
    return list;
  }();
  return kOps;
}

}  // namespace litesmith::ops::reshape
