#include "ops/shape_of/shape_of.h"

#include <cstring>
#include <span>
#include <vector>

#include "ops/axes.h"
#include "ops/host_prepare.h"
#include "ops/static_rules.h"
#include "ops/step.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::shape_of {
namespace {

void infer_shape(InferContext& context) {
  const DType type = context.attrs<ShapeAttrs>().out_type;
  if (type != DType::int32 && type != DType::int64)
    context.fail("gives ", name(type), " but a shape is int32 or int64; set out_type to one of them");
  const Shape& shape = shape_up_to(context, 0);
  context.set_output(0, type, Shape{shape.has_rank() ? shape.rank() : kUnknownDim});
}

void infer_rank(InferContext& context) {
  shape_up_to(context, 0);
  context.set_output(0, DType::int32, Shape{});
}

struct Values {
  std::vector<std::byte> bytes;
};

Fault write_values(const Values& params, const Operands& operands, TileRange) noexcept {
  if (!params.bytes.empty()) std::memcpy(operands.outputs[0], params.bytes.data(), params.bytes.size());
  return Fault::none;
}

template <class T>
Step constant_step(const std::vector<std::int32_t>& values) {
  const std::vector<T> typed(values.begin(), values.end());
  const auto bytes = std::as_bytes(std::span(typed));
  return make_step<write_values>(Values{{bytes.begin(), bytes.end()}}, "shape_of/constant");
}

Step prepare_shape(const PrepareContext& context) {
  const std::vector<std::int32_t>& dims = context.input(0).shape.dims();
  return context.output().dtype == DType::int64 ? constant_step<std::int64_t>(dims) : constant_step<std::int32_t>(dims);
}

Step prepare_rank(const PrepareContext& context) {
  return constant_step<std::int32_t>({context.input(0).shape.rank()});
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_ShapeOptions();
  return ShapeAttrs{static_cast<DType>(options == nullptr ? ::tflite::TensorType::INT32 : options->out_type())};
}

flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::ShapeOptionsBuilder options(builder);
  options.add_out_type(static_cast<::tflite::TensorType>(attrs.as<ShapeAttrs>().out_type));
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"SHAPE"},
                                .builtin_code = 77,
                                .infer = infer_shape,
                                .read = read,
                                .write = write,
                                .options_type = 55,
                                .prepare = prepare_shape,
                                .host = prepare_and_run,
                                .reads_shapes_only = true,
                                .quantization = {.int8 = kInputsOnly, .int16x8 = kInputsOnly}},
                               {.identity = {"RANK"},
                                .builtin_code = 110,
                                .infer = infer_rank,
                                .options_type = 86,
                                .prepare = prepare_rank,
                                .host = prepare_and_run,
                                .reads_shapes_only = true,
                                .quantization = {.int8 = kInputsOnly, .int16x8 = kInputsOnly}}};
  return kOps;
}

}  // namespace litesmith::ops::shape_of
