#include <cmath>
#include <string>

#include "importers/keras/activation_functions.h"
#include "importers/keras/operand.h"
#include "ops/batch_matmul/batch_matmul.h"

/// Operations that compute values: Keras 3's keras.ops and the functions of Keras 2's TFOpLambda.
namespace litesmith::importers::keras {
namespace {

constexpr std::string_view kFirst = "x1|x|a|input_tensor|features|logits|inputs";
constexpr std::string_view kSecond = "x2|y|b";

std::pair<ir::TensorId, ir::TensorId> two(LayerContext& c) {
  return operand_pair(c, c.parameter(kFirst, 0), c.parameter(kSecond, 1));
}

Results import_unary(LayerContext& c) { return unary(c, c.rule().op, operand(c, kFirst, 0)); }
Results import_float_unary(LayerContext& c) { return unary(c, c.rule().op, to_float(c, operand(c, kFirst, 0))); }

Results import_binary(LayerContext& c) {
  const auto [x, y] = two(c);
  return binary(c, c.rule().op, x, y);
}

Results import_divide(LayerContext& c) {
  const auto [x, y] = two(c);
  return binary(c, "DIV", to_float(c, x), to_float(c, y));
}

Results import_power(LayerContext& c) {
  const Value exponent = c.parameter(kSecond, 1);
  if (exponent.is_number() && exponent.as<double>() == 2) {
    const ir::TensorId x = operand(c, kFirst, 0);
    return binary(c, "MUL", x, x);
  }
  return import_binary(c);
}

Results import_compare(LayerContext& c) {
  const auto [x, y] = two(c);
  return compare(c, c.rule().op, x, y);
}

Results import_logical(LayerContext& c) {
  return compare(c, c.rule().op, cast(c, operand(c, kFirst, 0), DType::boolean),
                 cast(c, operand(c, kSecond, 1), DType::boolean));
}

Results import_where(LayerContext& c) {
  const ir::TensorId condition = cast(c, operand(c, "condition", 0), DType::boolean);
  const auto [x, y] = operand_pair(c, c.parameter("x1|x", 1), c.parameter("x2|y", 2));
  return select(c, condition, x, y);
}

Results import_clip(LayerContext& c) {
  const ir::TensorId x = operand(c, "x|t|value", 0);
  const Value low = c.parameter("x_min|clip_value_min|min_value", 1);
  const Value high = c.parameter("x_max|clip_value_max|max_value", 2);
  ir::TensorId y = x;
  if (low) y = binary(c, "MAXIMUM", y, operand(c, low, c.dtype(x)));
  if (high) y = binary(c, "MINIMUM", y, operand(c, high, c.dtype(x)));
  return y;
}

Results import_reduction(LayerContext& c) {
  const ir::TensorId x = operand(c, kFirst, 0);
  const Value axis = c.parameter("axis", 1);
  std::vector<int> axes;
  if (axis) {
    axes = checked_axes(c, axis.as<std::vector<int>>(), c.rank(x));
  } else {
    for (int i = 0; i < c.rank(x); ++i) axes.push_back(i);
  }
  const Value keep = c.parameter("keepdims|keep_dims", 2);
  const bool is_mean = c.rule().op == "MEAN";
  return reduce(c, c.rule().op, is_mean ? to_float(c, x) : x, axes, keep && keep.as<bool>());
}

Results import_matmul(LayerContext& c) {
  const ir::TensorId x = to_float(c, operand(c, kFirst, 0));
  const ir::TensorId y = to_float(c, operand(c, kSecond, 1));
  if (c.rank(x) < 2 || c.rank(y) < 2) c.unsupported("matmul of vectors has no conversion; use matrices");
  const auto flag = [&](const char* names) {
    const Value value = c.parameter(names);
    return value && value.as<bool>();
  };
  return c.add("BATCH_MATMUL",
               ops::BatchMatmulAttrs{.adj_x = flag("transpose_a|adjoint_a"), .adj_y = flag("transpose_b|adjoint_b")},
               {x, y});
}

/// The activation function named by the row's operator.
Results import_activation(LayerContext& c) {
  const LayerRule* rule = find_activation(c.rule().op, 3);
  LayerContext inner = c.inner(*rule, c.config(), {to_float(c, operand(c, kFirst, 0))});
  return rule->import(inner);
}

constexpr LayerRule kRules[] = {
    {.name = "Add", .import = import_binary, .op = "ADD", .aliases = "__operators__.add math.add add nn.bias_add"},
    {.name = "Subtract", .import = import_binary, .op = "SUB", .aliases = "__operators__.sub math.subtract subtract"},
    {.name = "Multiply", .import = import_binary, .op = "MUL", .aliases = "__operators__.mul math.multiply multiply"},
    {.name = "Divide",
     .import = import_divide,
     .aliases = "TrueDivide __operators__.truediv math.truediv math.divide divide truediv"},
    {.name = "FloorDivide",
     .import = import_binary,
     .op = "FLOOR_DIV",
     .aliases = "__operators__.floordiv math.floordiv"},
    {.name = "Mod", .import = import_binary, .op = "FLOOR_MOD", .aliases = "__operators__.mod math.floormod math.mod"},
    {.name = "Maximum", .import = import_binary, .op = "MAXIMUM", .aliases = "math.maximum maximum"},
    {.name = "Minimum", .import = import_binary, .op = "MINIMUM", .aliases = "math.minimum minimum"},
    {.name = "Power", .import = import_power, .op = "POW", .aliases = "__operators__.pow math.pow pow"},
    {.name = "SquaredDifference",
     .import = import_binary,
     .op = "SQUARED_DIFFERENCE",
     .aliases = "math.squared_difference"},
    {.name = "Greater", .import = import_compare, .op = "GREATER", .aliases = "__operators__.gt math.greater greater"},
    {.name = "GreaterEqual",
     .import = import_compare,
     .op = "GREATER_EQUAL",
     .aliases = "__operators__.ge math.greater_equal"},
    {.name = "Less", .import = import_compare, .op = "LESS", .aliases = "__operators__.lt math.less less"},
    {.name = "LessEqual", .import = import_compare, .op = "LESS_EQUAL", .aliases = "__operators__.le math.less_equal"},
    {.name = "Equal", .import = import_compare, .op = "EQUAL", .aliases = "__operators__.eq math.equal equal"},
    {.name = "NotEqual",
     .import = import_compare,
     .op = "NOT_EQUAL",
     .aliases = "__operators__.ne math.not_equal not_equal"},
    {.name = "LogicalAnd", .import = import_logical, .op = "LOGICAL_AND", .aliases = "math.logical_and"},
    {.name = "LogicalOr", .import = import_logical, .op = "LOGICAL_OR", .aliases = "math.logical_or"},
    {.name = "LogicalNot", .import = import_unary, .op = "LOGICAL_NOT", .aliases = "math.logical_not"},
    {.name = "Where", .import = import_where, .aliases = "where"},
    {.name = "Clip", .import = import_clip, .aliases = "clip_by_value"},
    {.name = "Absolute", .import = import_unary, .op = "ABS", .aliases = "Abs math.abs abs"},
    {.name = "Negative", .import = import_unary, .op = "NEG", .aliases = "__operators__.neg math.negative negative"},
    {.name = "Square", .import = import_unary, .op = "SQUARE", .aliases = "math.square square"},
    {.name = "Sqrt", .import = import_float_unary, .op = "SQRT", .aliases = "math.sqrt sqrt"},
    {.name = "Rsqrt", .import = import_float_unary, .op = "RSQRT", .aliases = "math.rsqrt"},
    {.name = "Exp", .import = import_float_unary, .op = "EXP", .aliases = "math.exp exp"},
    {.name = "Log", .import = import_float_unary, .op = "LOG", .aliases = "math.log"},
    {.name = "Sin", .import = import_float_unary, .op = "SIN", .aliases = "math.sin sin"},
    {.name = "Cos", .import = import_float_unary, .op = "COS", .aliases = "math.cos cos"},
    {.name = "Floor", .import = import_float_unary, .op = "FLOOR", .aliases = "math.floor floor"},
    {.name = "Ceil", .import = import_float_unary, .op = "CEIL", .aliases = "math.ceil"},
    {.name = "Round", .import = import_float_unary, .op = "ROUND", .aliases = "math.round round"},
    {.name = "Sign", .import = import_unary, .op = "SIGN", .aliases = "math.sign sign"},
    {.name = "Mean", .import = import_reduction, .op = "MEAN", .aliases = "math.reduce_mean reduce_mean"},
    {.name = "Sum", .import = import_reduction, .op = "SUM", .aliases = "math.reduce_sum reduce_sum"},
    {.name = "Max", .import = import_reduction, .op = "REDUCE_MAX", .aliases = "math.reduce_max reduce_max"},
    {.name = "Min", .import = import_reduction, .op = "REDUCE_MIN", .aliases = "math.reduce_min reduce_min"},
    {.name = "Prod", .import = import_reduction, .op = "REDUCE_PROD", .aliases = "math.reduce_prod reduce_prod"},
    {.name = "Any", .import = import_reduction, .op = "REDUCE_ANY", .aliases = "math.reduce_any reduce_any"},
    {.name = "All", .import = import_reduction, .op = "REDUCE_ALL", .aliases = "math.reduce_all reduce_all"},
    {.name = "Matmul", .import = import_matmul, .aliases = "linalg.matmul matmul"},
    {.name = "Relu", .import = import_activation, .op = "relu", .aliases = "nn.relu"},
    {.name = "Relu6", .import = import_activation, .op = "relu6", .aliases = "nn.relu6"},
    {.name = "LeakyRelu", .import = import_activation, .op = "leaky_relu", .aliases = "nn.leaky_relu"},
    {.name = "Elu", .import = import_activation, .op = "elu", .aliases = "nn.elu"},
    {.name = "Selu", .import = import_activation, .op = "selu", .aliases = "nn.selu"},
    {.name = "Celu", .import = import_activation, .op = "celu"},
    {.name = "Gelu", .import = import_activation, .op = "gelu", .aliases = "nn.gelu"},
    {.name = "Glu", .import = import_activation, .op = "glu"},
    {.name = "Silu", .import = import_activation, .op = "silu", .aliases = "Swish nn.silu nn.swish"},
    {.name = "HardSilu", .import = import_activation, .op = "hard_silu", .aliases = "HardSwish"},
    {.name = "HardSigmoid", .import = import_activation, .op = "hard_sigmoid"},
    {.name = "HardTanh", .import = import_activation, .op = "hard_tanh"},
    {.name = "HardShrink", .import = import_activation, .op = "hard_shrink"},
    {.name = "SoftShrink", .import = import_activation, .op = "soft_shrink"},
    {.name = "TanhShrink", .import = import_activation, .op = "tanh_shrink"},
    {.name = "Threshold", .import = import_activation, .op = "threshold"},
    {.name = "Mish", .import = import_activation, .op = "mish"},
    {.name = "Sigmoid", .import = import_activation, .op = "sigmoid", .aliases = "math.sigmoid nn.sigmoid sigmoid"},
    {.name = "LogSigmoid", .import = import_activation, .op = "log_sigmoid", .aliases = "math.log_sigmoid"},
    {.name = "Softplus", .import = import_activation, .op = "softplus", .aliases = "math.softplus nn.softplus"},
    {.name = "Softsign", .import = import_activation, .op = "softsign", .aliases = "nn.softsign"},
    {.name = "Squareplus", .import = import_activation, .op = "squareplus"},
    {.name = "SparsePlus", .import = import_activation, .op = "sparse_plus"},
    {.name = "SparseSigmoid", .import = import_activation, .op = "sparse_sigmoid"},
    {.name = "Sparsemax", .import = import_activation, .op = "sparsemax"},
    {.name = "Tanh", .import = import_activation, .op = "tanh", .aliases = "math.tanh nn.tanh tanh"},
    {.name = "Softmax", .import = import_activation, .op = "softmax", .aliases = "nn.softmax"},
    {.name = "LogSoftmax", .import = import_activation, .op = "log_softmax", .aliases = "nn.log_softmax"},
};

}  // namespace

std::span<const LayerRule> arithmetic_operations() { return kRules; }

}  // namespace litesmith::importers::keras
