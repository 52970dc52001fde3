#include "ops/elementwise_binary/elementwise_binary.h"

#include <algorithm>
#include <span>

#include "ops/broadcast.h"
#include "ops/elementwise_binary/kernels.h"
#include "ops/file_enum.h"
#include "ops/infer.h"
#include "ops/op_row.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::elementwise_binary {
namespace {

using enum DType;

template <DType... types>
void infer(InferContext& context) {
  context.require_type(0, {types...});
  context.require_same_type(0, 1);
  context.set_output(0, context.input(0).dtype, broadcast_shape(context, 0, 1));
}

/// Every operand has the first one's type and shape.
void infer_add_n(InferContext& context) {
  context.require_type(0, {float32, int32});
  const TensorInfo& first = context.input(0);
  Shape shape = first.shape;
  for (int i = 1; i < context.input_count(); ++i) {
    context.require_same_type(0, i);
    const Shape& other = context.input(i).shape;
    if (shape.is_static() && other.is_static() && shape != other)
      context.fail("'", first.name, "' has shape ", shape, " but '", context.input(i).name, "' has shape ", other,
                   "; all operands must have one shape");
    if (other.is_static()) shape = other;
  }
  context.set_output(0, first.dtype, shape);
}

bool is_raw(const VersionQuery& query) {
  const ir::Tensor* tensor = query.input(0);
  return tensor == nullptr || tensor->quantization.empty();
}
bool broadcasts_above_rank_4(const VersionQuery& query) {
  return std::max(query.input_rank(0), query.input_rank(1)) > 4 && query.input(0) != nullptr &&
         query.input(1) != nullptr && query.input(0)->shape != query.input(1)->shape;
}
bool lacks_pot_scale(const VersionQuery& query) { return !query.node.attrs.as<ArithmeticAttrs>().pot_scale_int16; }

int add_version(const VersionQuery& query) {
  switch (query.input_type(0)) {
    case float16: return 6;
    case int16: return is_raw(query) ? 5 : (lacks_pot_scale(query) ? 3 : 1);
    case int64: return 4;
    case int8: return 2;
    default: return 1;
  }
}
int sub_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  if (type == int16 && !is_raw(query) && lacks_pot_scale(query)) return 5;
  if (type == int64) return 4;
  if (broadcasts_above_rank_4(query)) return 3;
  return type == int8 ? 2 : 1;
}

/// s1 * s2 / s_out >= 1, which early kernels could not multiply by.
bool has_large_multiplier(const VersionQuery& query) {
  const auto scale = [](const ir::Tensor* tensor) {
    return tensor == nullptr || tensor->quantization.scales.empty() ? 0.0 : double{tensor->quantization.scales[0]};
  };
  const double product = scale(query.input(0)) * scale(query.input(1));
  const double result = scale(&query.graph.tensor(query.node.output()));
  return product > 0 && result > 0 && product / result >= 1;
}
int mul_version(const VersionQuery& query) {
  switch (query.input_type(0)) {
    case float16: return 8;
    case uint32: return 7;
    case int16: return is_raw(query) ? 7 : 4;
    case complex64: return 6;
    case int64: return 5;
    case uint8: return has_large_multiplier(query) ? 3 : 1;
    case int8: return has_large_multiplier(query) ? 3 : 2;
    default: return 1;
  }
}
int div_version(const VersionQuery& query) { return broadcasts_above_rank_4(query) ? 2 : 1; }
int extremum_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  if (type == int16) return 4;
  if (broadcasts_above_rank_4(query)) return 3;
  return type == int8 ? 2 : 1;
}
int squared_difference_version(const VersionQuery& query) { return query.input_type(0) == int8 ? 2 : 1; }
int floor_div_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == int8 || type == int16 ? 3 : (type == float32 ? 2 : 1);
}
int floor_mod_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == int8 || type == int16 ? 2 : 1;
}

template <auto options_of>
ir::Attrs read(const ::tflite::Operator& node) {
  ArithmeticAttrs attrs;
  const auto* options = (node.*options_of)();
  if (options == nullptr) return attrs;
  attrs.activation = enum_from_file(options->fused_activation_function(), Activation::sign_bit, "fused activation");
  if constexpr (requires { options->pot_scale_int16(); }) attrs.pot_scale_int16 = options->pot_scale_int16();
  return attrs;
}

template <class OptionsBuilder>
flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  const auto& arithmetic = attrs.as<ArithmeticAttrs>();
  OptionsBuilder options(builder);
  if constexpr (requires { options.add_pot_scale_int16({}); }) options.add_pot_scale_int16(arithmetic.pot_scale_int16);
  options.add_fused_activation_function(static_cast<::tflite::ActivationFunctionType>(arithmetic.activation));
  return options.Finish().Union();
}

OpDef row(std::string_view name, Codes codes, int (*version)(const VersionQuery&), void (*infer)(InferContext&),
          Step (*prepare)(const PrepareContext&)) {
  OpDef def = op_row(name, codes, version, infer, prepare);
  def.inputs = {2, 2};
  def.elementwise = true;
  def.broadcasts = true;
  return def;
}

template <auto options_of, class OptionsBuilder>
OpDef with_activation(OpDef def) {
  def.read = read<options_of>;
  def.write = write<OptionsBuilder>;
  def.fused_activation = fused_activation_of<ArithmeticAttrs>();
  return def;
}

OpDef add_n_row() {
  OpDef def = row("ADD_N", {106, 82, 1}, nullptr, infer_add_n, prepare_add_n);
  def.inputs = {1, Arity::kAny};
  def.broadcasts = false;
  return def;
}

}  // namespace

std::span<const OpDef> ops() {
  using ::tflite::Operator;
  static const OpDef kOps[] = {
      with_activation<&Operator::builtin_options_as_AddOptions, ::tflite::AddOptionsBuilder>(
          quantized(row("ADD", {0, 11, 6}, add_version,
                        infer<float32, float16, bfloat16, uint8, int8, int16, int32, int64>, prepare_add),
                    kFree, kFree)),
      with_activation<&Operator::builtin_options_as_SubOptions, ::tflite::SubOptionsBuilder>(
          quantized(row("SUB", {41, 28, 5}, sub_version, infer<float32, uint8, int8, int16, int32, int64>, prepare_sub),
                    kFree, kFree)),
      with_activation<&Operator::builtin_options_as_MulOptions, ::tflite::MulOptionsBuilder>(
          quantized(row("MUL", {18, 21, 8}, mul_version,
                        infer<float32, float16, uint8, int8, int16, int32, uint32, int64, complex64>, prepare_mul),
                    kFree, kFree)),
      with_activation<&Operator::builtin_options_as_DivOptions, ::tflite::DivOptionsBuilder>(quantized(
          row("DIV", {42, 29, 2}, div_version, infer<float32, int32, uint8, int8, int16>, prepare_div), kFree)),
      quantized(row("MAXIMUM", {55, 39, 4}, extremum_version,
                    infer<float32, float16, bfloat16, uint8, int8, int16, int32, int64>, prepare_maximum),
                kSame, kSame),
      quantized(row("MINIMUM", {57, 39, 4}, extremum_version,
                    infer<float32, float16, bfloat16, uint8, int8, int16, int32, int64>, prepare_minimum),
                kSame, kSame),
      quantized(row("SQUARED_DIFFERENCE", {99, 76, 2}, squared_difference_version, infer<float32, int32, int8>,
                    prepare_squared_difference),
                kFree),
      row("POW", {78, 56, 1}, nullptr, infer<float32, int32>, prepare_pow),
      row("FLOOR_DIV", {90, 65, 3}, floor_div_version, infer<float32, int8, int16, int32>, prepare_floor_div),
      row("FLOOR_MOD", {95, 72, 2}, floor_mod_version, infer<float32, int8, int16, int32, int64>, prepare_floor_mod),
      row("ATAN2", {156, 122, 1}, nullptr, infer<float16, bfloat16, float32, float64>, prepare_atan2),
      row("BITWISE_XOR", {160, 125, 1}, nullptr, infer<int8, uint8, int16, uint16, int32, uint32>, prepare_bitwise_xor),
      row("RIGHT_SHIFT", {161, 126, 1}, nullptr, infer<int8, uint8, int16, uint16, int32, uint32>, prepare_right_shift),
      add_n_row(),
  };
  return kOps;
}

}  // namespace litesmith::ops::elementwise_binary
