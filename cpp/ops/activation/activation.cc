#include "ops/activation/activation.h"

#include <cmath>
#include <limits>
#include <span>

#include "ops/step.h"

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

struct Length {
  std::int64_t elements;
};

constexpr std::int64_t kTile = 16384;

template <float (*function)(float)>
Fault map_f32(const Length& params, const Operands& operands, TileRange tiles) noexcept {
  const float* x = operands.in<float>(0);
  float* y = operands.out<float>();
  const std::int64_t end = tiles.end * kTile < params.elements ? tiles.end * kTile : params.elements;
  for (std::int64_t i = tiles.begin * kTile; i < end; ++i) y[i] = function(x[i]);
  return Fault::none;
}

template <float (*function)(float)>
Step prepare(const PrepareContext& context) {
  if (context.input(0).dtype != DType::float32) context.fail_no_kernel("float32");
  const std::int64_t count = elements(context.input(0).shape);
  Step step = make_step<map_f32<function>>(Length{count}, "activation/scalar");
  step.tiles = (count + kTile - 1) / kTile;
  step.work = static_cast<double>(count);
  return step;
}

// A NaN passes through every one of these.
float relu(float x) { return x < 0 ? 0 : x; }
float relu6(float x) { return x < 0 ? 0 : (x > 6 ? 6 : x); }
float relu_n1_to_1(float x) { return x < -1 ? -1 : (x > 1 ? 1 : x); }
float relu_0_to_1(float x) { return x < 0 ? 0 : (x > 1 ? 1 : x); }

void infer(InferContext& context) {
  context.require_type(0, {DType::float32, DType::float16, DType::bfloat16, DType::int8, DType::uint8, DType::int16});
  context.set_output(0, context.input(0).dtype, context.input(0).shape);
}

int relu_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == DType::int16 ? 3 : (type == DType::int8 || type == DType::uint8 ? 2 : 1);
}
int relu6_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == DType::int16 ? 3 : (type == DType::int8 ? 2 : 1);
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

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      row("RELU", 19, 3, relu_version, prepare<relu>, Activation::relu),
      row("RELU6", 21, 3, relu6_version, prepare<relu6>, Activation::relu6),
      row("RELU_N1_TO_1", 20, 1, nullptr, prepare<relu_n1_to_1>, Activation::relu_n1_to_1),
      row("RELU_0_TO_1", 152, 1, nullptr, prepare<relu_0_to_1>),
  };
  return kOps;
}

}  // namespace activation
}  // namespace litesmith::ops
