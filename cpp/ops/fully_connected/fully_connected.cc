#include "ops/fully_connected/fully_connected.h"

#include "ops/axes.h"
#include "ops/dynamic_range_rules.h"
#include "ops/file_enum.h"
#include "ops/float_product.h"
#include "ops/fully_connected/integer.h"
#include "ops/kernel_table.h"
#include "ops/static_rules.h"
#include "ops/weights.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::fully_connected {
namespace {

constexpr int kOptional[] = {2};
constexpr TypePair kTypes[] = {
    {DType::float32, DType::float32}, {DType::int8, DType::int8},     {DType::int8, DType::int4},
    {DType::int8, DType::int2},       {DType::uint8, DType::uint8},   {DType::int16, DType::int8},
    {DType::int16, DType::int4},      {DType::int16, DType::int2},    {DType::int16, DType::int16},
    {DType::float32, DType::int8},    {DType::float32, DType::uint8}, {DType::float32, DType::int4},
    {DType::float32, DType::int2}};

/// Rows of `in` values that the input holds; -1 = unknown.
std::int64_t rows(const NodeView& view, std::int64_t in) {
  const TensorInfo& x = view.input(0);
  const auto count = x.shape.element_count();
  if (!count || in == kUnknownDim) return kUnknownDim;
  if (*count % in != 0)
    view.fail("the weights '", view.input(1).name, "' (", view.input(1).shape, ") take rows of ", in, " values but '",
              x.name, "' (", x.shape, ") has ", *count, " values, which is no multiple");
  return *count / in;
}

Shape kept_shape(const NodeView& view, std::int32_t in, std::int32_t out) {
  Shape shape = view.input(0).shape;
  if (!shape.has_rank()) return shape;
  view.require(shape.rank() > 0, "'", view.input(0).name, "' is a scalar but must have at least one dimension");
  const std::int32_t last = shape.back();
  if (in != kUnknownDim && last != kUnknownDim && last != in)
    view.fail("the weights '", view.input(1).name, "' (", view.input(1).shape, ") take rows of ", in, " values but '",
              view.input(0).name, "' (", view.input(0).shape, ") ends in ", last);
  shape.dims().back() = out;
  return shape;
}

DType output_type(const InferContext& context) {
  const DType x = context.input(0).dtype;
  const DType declared = context.output_type(0);
  const bool widens = (x == DType::uint8 || x == DType::int8) && declared == DType::int16;
  return widens ? declared : x;
}

void infer(InferContext& context) {
  const auto& a = context.attrs<FullyConnectedAttrs>();
  require_pair(context, 0, 1, kTypes);
  context.require_rank(1, 2);
  const TensorInfo& w = context.input(1);
  const std::int32_t out = w.shape.has_rank() ? w.shape[0] : kUnknownDim;
  const std::int32_t in = w.shape.has_rank() ? w.shape[1] : kUnknownDim;
  context.require(in != 0 && out != 0, "the weights '", w.name, "' (", w.shape, ") are empty");
  require_bias(context, 2, out, context.input(0).dtype);
  const std::int64_t count = rows(context, in);
  context.set_output(0, output_type(context),
                     a.keep_num_dims ? kept_shape(context, in, out) : Shape{dimension_or_unknown(context, count), out});
  if (context.output_count() > 1) {
    context.require(a.weights_format == WeightsFormat::shuffled_4x16_int8,
                    "has two results, which only shuffled weights have");
    context.set_output(1, DType::uint8, context.input(0).shape);
  }
}

/// Fails for the forms of weights that no kernel reads.
void require_rows(const PrepareContext& context) {
  const TensorInfo& w = context.input(1);
  std::string_view form;
  if (context.attrs<FullyConnectedAttrs>().weights_format != WeightsFormat::dense) form = "shuffled (4x16)";
  if (w.sparsity != nullptr) form = "sparse";
  if (w.quantization != nullptr && w.quantization->blockwise) form = "quantized by blocks";
  if (!form.empty())
    litesmith::fail(ErrorKind::unsupported, ir::describe(context.node()), ": the weights '", w.name, "' are ", form,
                    ", and there is no kernel for it; store them as plain rows");
}

Step prepare_float(const PrepareContext& context, simd::Isa isa) {
  const Shape& w = context.input(1).shape;
  FloatProduct product =
      matrix_product(rows(context, w[1]), w[1], w[0], kernels::weights_nk(nullptr, std::int64_t{w[1]}));
  product.clamp = fused_clamp(context, context.attrs<FullyConnectedAttrs>().activation);
  return float_product_step(context, isa, product, "fully_connected");
}

constexpr Kernel kKernels[] = {
#include "ops/fully_connected/kernels.inc"
};

Step prepare(const PrepareContext& context) {
  require_rows(context);
  return prepare_best(kKernels, context);
}

int version(const VersionQuery& query) {
  const auto& a = query.node.attrs.as<FullyConnectedAttrs>();
  const DType x = query.input_type(0);
  const DType w = query.input_type(1);
  const bool hybrid = is_hybrid(query, 0, 1);
  if (w == DType::int2) return 14;
  if (x == DType::int16 && w == DType::int4) return 13;
  if (hybrid && is_per_channel(query, 1)) return 12;
  if (x == DType::int16 && w == DType::int8 && a.quantized_bias_type != DType::float32) return 11;
  if (query.input(1)->sparsity != nullptr) return 8;
  if (x == DType::int16 && w == DType::int16) return 7;
  if (query.node.inputs.size() == 2) return 6;
  if (a.keep_num_dims) return 5;
  if (x == DType::int8) return w == DType::int4 ? 10 : 4;
  if (hybrid) return a.asymmetric_quantize_inputs ? 9 : 3;
  return a.weights_format == WeightsFormat::shuffled_4x16_int8 ? 2 : 1;
}

ir::Attrs read(const ::tflite::Operator& node) {
  FullyConnectedAttrs attrs;
  const auto* options = node.builtin_options_as_FullyConnectedOptions();
  if (options == nullptr) return attrs;
  attrs.activation = enum_from_file(options->fused_activation_function(), Activation::sign_bit, "fused activation");
  attrs.weights_format = enum_from_file(options->weights_format(), WeightsFormat::shuffled_4x16_int8, "weights format");
  attrs.keep_num_dims = options->keep_num_dims();
  attrs.asymmetric_quantize_inputs = options->asymmetric_quantize_inputs();
  attrs.quantized_bias_type = enum_from_file(options->quantized_bias_type(), DType::float8_e5m2, "bias type");
  return attrs;
}

flatbuffers::Offset<void> write(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<FullyConnectedAttrs>();
  ::tflite::FullyConnectedOptionsBuilder options(builder);
  options.add_quantized_bias_type(static_cast<::tflite::TensorType>(attrs.quantized_bias_type));
  options.add_asymmetric_quantize_inputs(attrs.asymmetric_quantize_inputs);
  options.add_keep_num_dims(attrs.keep_num_dims);
  options.add_weights_format(static_cast<::tflite::FullyConnectedOptionsWeightsFormat>(attrs.weights_format));
  options.add_fused_activation_function(static_cast<::tflite::ActivationFunctionType>(attrs.activation));
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"FULLY_CONNECTED"},
                                .builtin_code = 9,
                                .inputs = {2, 3},
                                .outputs = {1, 2},
                                .optional_inputs = kOptional,
                                .newest_version = 14,
                                .version = version,
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 8,
                                .prepare = prepare,
                                .linear = {.filter = 1, .bias = 2, .channel_axis = 0},
                                .quantization = {.int8 = kFree,
                                                 .int16x8 = kFree,
                                                 .dynamic_range = hybrid_weights_asymmetric<FullyConnectedAttrs>(0)},
                                .fused_activation = fused_activation_of<FullyConnectedAttrs>()}};
  return kOps;
}

}  // namespace litesmith::ops::fully_connected
