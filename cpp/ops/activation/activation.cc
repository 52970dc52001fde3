#include "ops/activation/activation.h"

#include <limits>
#include <span>

#include "ops/activation/quantized.h"
#include "ops/broadcast.h"
#include "ops/integer_map.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops {

std::string_view name(Activation activation) noexcept {
  constexpr std::string_view kNames[] = {"none", "relu", "relu_n1_to_1", "relu6", "tanh", "sign_bit"};
  const auto code = static_cast<std::size_t>(activation);
  return code < std::size(kNames) ? kNames[code] : "unknown";
}

bool clamp_of(Activation activation, Clamp& clamp) noexcept {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (activation) {
    case Activation::none: clamp = {-kInfinity, kInfinity}; return true;
    case Activation::relu: clamp = {0, kInfinity}; return true;
    case Activation::relu_n1_to_1: clamp = {-1, 1}; return true;
    case Activation::relu6: clamp = {0, 6}; return true;
    default: return false;
  }
}

Clamp fused_clamp(const NodeView& view, Activation activation) {
  Clamp clamp{};
  if (!clamp_of(activation, clamp))
    litesmith::fail(ErrorKind::unsupported, ir::describe(view.node()), ": the fused activation ", name(activation),
                    " has no kernel; make it an operator of its own");
  return clamp;
}

namespace activation {
namespace {

// A NaN passes through every one of these.
float relu(float x) { return x < 0 ? 0 : x; }
float relu6(float x) { return x < 0 ? 0 : (x > 6 ? 6 : x); }
float relu_n1_to_1(float x) { return x < -1 ? -1 : (x > 1 ? 1 : x); }
float relu_0_to_1(float x) { return x < 0 ? 0 : (x > 1 ? 1 : x); }
float hard_swish(float x) { return x * relu6(x + 3) / 6; }

constexpr simd::Isa kScalar = simd::Isa::scalar;
using enum DType;
using kernels::Elementary;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <float low, float high>
Step clamp_step(const PrepareContext& context, simd::Isa isa) {
  return rescaled_clamp(context, isa, low, high);
}

template <float (*function)(float), float low, float high>
constexpr Kernel kClampRows[] = {
    {"activation/scalar", kScalar, {float32}, {}, nullptr, map_step<float, float, function>},
    {"activation/i8", kScalar, {int8}, {}, nullptr, clamp_step<low, high>},
    {"activation/u8", kScalar, {uint8}, {}, nullptr, clamp_step<low, high>},
    {"activation/i16", kScalar, {int16}, {}, nullptr, clamp_step<low, high>},
};
constexpr Kernel kHardSwishRows[] = {
    {"hard_swish/scalar", kScalar, {float32}, {}, nullptr, map_step<float, float, hard_swish>},
    {"hard_swish/i8", kScalar, {int8}, {}, nullptr, quantized_hard_swish},
    {"hard_swish/u8", kScalar, {uint8}, {}, nullptr, quantized_hard_swish},
};

/// kTabulatedRows with another kernel for int16.
template <kernels::ArrayFunction Elementary::* function, auto int16_step>
constexpr Kernel kSigmoidRows[] = {
    {"fixed_point/i16", kScalar, {int16}, {}, nullptr, int16_step},
    kTabulatedRows<function>[0],
    kTabulatedRows<function>[1],
    kTabulatedRows<function>[2],
    kTabulatedRows<function>[3],
    kTabulatedRows<function>[4],
};

struct LeakyRelu {
  std::int64_t elements;
  float alpha;
};

Fault leaky_relu(const LeakyRelu& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.elements);
  const float* x = operands.in<float>(0);
  float* y = operands.out<float>();
  const float alpha = params.alpha;
#pragma GCC ivdep
  for (std::int64_t i = range.begin; i < range.end; ++i) y[i] = x[i] > 0 ? x[i] : x[i] * alpha;
  return Fault::none;
}

Step leaky_relu_step(const PrepareContext& context, simd::Isa isa) {
  const std::int64_t count = elements(context.input(0).shape);
  const LeakyRelu params{count, context.attrs<LeakyReluAttrs>().alpha};
  return over_elements(make_step<leaky_relu>(params, "", isa), count);
}

constexpr Kernel kLeakyReluRows[] = {
    {"leaky_relu/scalar", kScalar, {float32}, {}, nullptr, leaky_relu_step},
    {"leaky_relu/i8", kScalar, {int8}, {}, nullptr, quantized_leaky_relu},
    {"leaky_relu/u8", kScalar, {uint8}, {}, nullptr, quantized_leaky_relu},
    {"leaky_relu/i16", kScalar, {int16}, {}, nullptr, quantized_leaky_relu},
};

Fault prelu(const Broadcast& plan, const Operands& operands, TileRange tiles) noexcept {
  map_broadcast(plan, tiles, operands.in<float>(0), operands.in<float>(1), operands.out<float>(),
                [](float x, float alpha) { return x >= 0 ? x : x * alpha; });
  return Fault::none;
}

Step prelu_step(const PrepareContext& context, simd::Isa isa) { return broadcast_step<prelu>(context, isa); }

constexpr Kernel kPreluRows[] = {
    {"prelu/scalar", kScalar, {float32, float32}, {}, nullptr, prelu_step},
    {"prelu/i8", kScalar, {int8, int8}, {}, nullptr, quantized_prelu},
    {"prelu/u8", kScalar, {uint8, uint8}, {}, nullptr, quantized_prelu},
    {"prelu/i16xi8", kScalar, {int16, int8}, {}, nullptr, quantized_prelu},
    {"prelu/i16", kScalar, {int16, int16}, {}, nullptr, quantized_prelu},
};

Step prepare_gelu(const PrepareContext& context) {
  return context.attrs<GeluAttrs>().approximate ? prepare_best(kTabulatedRows<&Elementary::gelu_tanh>, context)
                                                : prepare_best(kTabulatedRows<&Elementary::gelu>, context);
}

void infer(InferContext& context) {
  context.require_type(0, {DType::float32, DType::float16, DType::bfloat16, DType::int8, DType::uint8, DType::int16});
  context.set_output(0, context.input(0).dtype, context.input(0).shape);
}

void infer_prelu(InferContext& context) {
  infer(context);
  const bool has_int8_slopes = context.input(0).dtype == int16 && context.input(1).dtype == int8;
  if (!has_int8_slopes) context.require_same_type(0, 1);
  const TensorInfo& x = context.input(0);
  const Shape result = broadcast_shape(context, 0, 1);
  if (result.is_static() && x.shape.is_static() && result != x.shape)
    context.fail("the slopes '", context.input(1).name, "' of shape ", context.input(1).shape,
                 " must broadcast to the operand's shape ", x.shape);
}

int relu_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == DType::int16 ? 3 : (type == DType::int8 || type == DType::uint8 ? 2 : 1);
}
int int16_3_int8_2(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == DType::int16 ? 3 : (type == DType::int8 ? 2 : 1);
}
int gelu_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == DType::float16 ? 3 : (type == DType::int8 || type == DType::uint8 ? 2 : 1);
}
int leaky_relu_version(const VersionQuery& query) { return query.input_type(0) == DType::int16 ? 2 : 1; }

ir::Attrs read_leaky_relu(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_LeakyReluOptions();
  return LeakyReluAttrs{options == nullptr ? 0.0F : options->alpha()};
}
flatbuffers::Offset<void> write_leaky_relu(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::LeakyReluOptionsBuilder options(builder);
  options.add_alpha(attrs.as<LeakyReluAttrs>().alpha);
  return options.Finish().Union();
}

ir::Attrs read_gelu(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_GeluOptions();
  return GeluAttrs{options != nullptr && options->approximate()};
}
flatbuffers::Offset<void> write_gelu(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::GeluOptionsBuilder options(builder);
  options.add_approximate(attrs.as<GeluAttrs>().approximate);
  return options.Finish().Union();
}

OpDef row(std::string_view name, std::int32_t code, int newest, int (*version)(const VersionQuery&),
          Step (*prepare)(const PrepareContext&), Activation fused = Activation::none) {
  return {.identity = {name},
          .builtin_code = code,
          .newest_version = newest,
          .version = version,
          .infer = infer,
          .prepare = prepare,
          .elementwise = true,
          .is_activation = fused};
}

OpDef prelu_row() {
  constexpr StaticRule kSymmetricSlopes{.scales = Scales::free, .symmetric_operand = 1};
  OpDef def = quantized(row("PRELU", 54, 1, nullptr, prepare_from<kPreluRows>), kSymmetricSlopes);
  def.inputs = {2, 2};
  def.infer = infer_prelu;
  return def;
}

OpDef with_options(OpDef def, int options_type, ir::Attrs (*read)(const ::tflite::Operator&),
                   flatbuffers::Offset<void> (*write)(const ir::Attrs&, schema::Builder&)) {
  def.options_type = options_type;
  def.read = read;
  def.write = write;
  return def;
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      quantized(row("RELU", 19, 3, relu_version, prepare_from<kClampRows<relu, 0.0F, kInfinity>>, Activation::relu),
                kFree, kFree),
      quantized(row("RELU6", 21, 3, int16_3_int8_2, prepare_from<kClampRows<relu6, 0.0F, 6.0F>>, Activation::relu6),
                kFree, kFree),
      quantized(row("RELU_N1_TO_1", 20, 1, nullptr, prepare_from<kClampRows<relu_n1_to_1, -1.0F, 1.0F>>,
                    Activation::relu_n1_to_1),
                kFree),
      quantized(row("RELU_0_TO_1", 152, 1, nullptr, prepare_from<kClampRows<relu_0_to_1, 0.0F, 1.0F>>), kFree),
      quantized(
          row("LOGISTIC", 14, 3, int16_3_int8_2, prepare_from<kSigmoidRows<&Elementary::sigmoid, logistic_int16>>),
          fixed(1.0F / 256, -128), fixed(1.0F / 32768, 0)),
      quantized(row("TANH", 28, 3, int16_3_int8_2, prepare_from<kSigmoidRows<&Elementary::tanh, tanh_int16>>),
                fixed(1.0F / 128, 0), fixed(1.0F / 32768, 0)),
      row("ELU", 111, 1, nullptr, prepare_from<kTabulatedRows<&Elementary::elu>>),
      with_options(quantized(row("HARD_SWISH", 117, 1, nullptr, prepare_from<kHardSwishRows>), kFree), 91, nullptr,
                   nullptr),
      with_options(quantized(row("GELU", 150, 3, gelu_version, prepare_gelu), kFree), 116, read_gelu, write_gelu),
      with_options(quantized(row("LEAKY_RELU", 98, 2, leaky_relu_version, prepare_from<kLeakyReluRows>), kFree, kFree),
                   75, read_leaky_relu, write_leaky_relu),
      prelu_row(),
  };
  return kOps;
}

}  // namespace activation
}  // namespace litesmith::ops
