#include "ops/reshape/reshape.h"

#include <cstring>
#include <optional>
#include <span>

#include "ops/step.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::reshape {
namespace {

std::optional<std::vector<std::int64_t>> wished_shape(const NodeView& view) {
  if (view.has_input(1)) return view.ints(1);
  const auto& dims = view.attrs<ReshapeAttrs>().new_shape;
  return std::vector<std::int64_t>(dims.begin(), dims.end());
}

/// The result's shape, with the one -1 filled in where the operand's size is known.
Shape resolve(const NodeView& view, const std::vector<std::int64_t>& wished) {
  std::vector<std::int32_t> dims;
  std::int64_t known = 1;
  int open = -1;
  for (std::size_t i = 0; i < wished.size(); ++i) {
    if (wished[i] < -1 || wished[i] > INT32_MAX) view.fail("the wished dimension ", wished[i], " is impossible");
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
  if (open >= 0 && known > 0 && *count % known == 0 && *count / known <= INT32_MAX)
    shape[open] = static_cast<std::int32_t>(*count / known);
  if (shape.element_count() != count)
    view.fail("'", view.input(0).name, "' has shape ", view.input(0).shape, " (", *count,
              " elements), which cannot become ", shape);
  return shape;
}

void infer(InferContext& context) {
  const auto wished = wished_shape(context);
  context.set_output(0, context.input(0).dtype, wished ? resolve(context, *wished) : Shape::unknown_rank());
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

void run_on_host(HostContext& context) {
  const Shape shape = resolve(context, wished_shape(context).value());
  const std::size_t bytes = packed_bytes(context.input(0).dtype, elements(shape));
  std::byte* result = context.allocate_output(0, shape);
  if (bytes > 0) std::memcpy(result, context.input_data(0), bytes);
}

ir::Attrs read(const ::tflite::Operator& node) {
  ReshapeAttrs attrs;
  if (const auto* options = node.builtin_options_as_ReshapeOptions();
      options != nullptr && options->new_shape() != nullptr)
    attrs.new_shape.assign(options->new_shape()->begin(), options->new_shape()->end());
  return attrs;
}

void write(const ir::Attrs& attrs, ::tflite::OperatorT& node) {
  ::tflite::ReshapeOptionsT options;
  options.new_shape = attrs.as<ReshapeAttrs>().new_shape;
  node.builtin_options.Set(std::move(options));
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"RESHAPE"},
                                .builtin_code = 22,
                                .inputs = {1, 2},
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 17,
                                .prepare = prepare,
                                .host = run_on_host,
                                .is_view = true}};
  return kOps;
}

}  // namespace litesmith::ops::reshape
