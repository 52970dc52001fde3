#include <cmath>

#include "importers/graphdef/node_context.h"
#include "ops/activation/activation.h"

/// Operators on elements: one operand, or two with broadcasting.
namespace litesmith::importers::graphdef {
namespace {

Results import_unary(NodeContext& c) { return unary(c, c.rule().ir_op, c.input(0)); }
Results import_binary(NodeContext& c) { return binary(c, c.rule().ir_op, c.input(0), c.input(1)); }
Results import_comparison(NodeContext& c) { return compare(c, c.rule().ir_op, c.input(0), c.input(1)); }

Results import_add_n(NodeContext& c) {
  if (c.input_count() == 1) return c.input(0);
  if (c.input_count() == 2) return binary(c, "ADD", c.input(0), c.input(1));
  return c.add("ADD_N", {}, c.tensors());
}

Results import_cast(NodeContext& c) { return cast(c, c.input(0), c.attr_type("DstT", c.dtype(c.input(0)))); }

Results import_leaky_relu(NodeContext& c) {
  return c.add("LEAKY_RELU", ops::LeakyReluAttrs{c.attr_float("alpha", 0.2f)}, {c.input(0)});
}

/// Integers have no RELU in TFLite.
Results import_relu(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  return is_float(c.dtype(x)) ? unary(c, "RELU", x) : with_number(c, "MAXIMUM", x, 0);
}

/// y != 0 ? x op y : 0, where x / 0 is 0 too.
Results import_no_nan(NodeContext& c) {
  const ir::TensorId x = c.input(0), y = c.input(1);
  const ir::TensorId zero = c.number("zero", 0, c.dtype(y));
  const ir::TensorId value = binary(c, c.rule().ir_op, x, y);
  return select(c, compare(c, "EQUAL", y, zero), zero, value);
}

ir::TensorId reciprocal(NodeContext& c, ir::TensorId x) { return binary(c, "DIV", c.number("one", 1, c.dtype(x)), x); }

Results import_reciprocal(NodeContext& c) { return reciprocal(c, c.input(0)); }

/// x == 0 ? 0 : x op f(y)
template <ir::TensorId (*combine)(NodeContext&, ir::TensorId, ir::TensorId)>
Results import_zero_wins(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const ir::TensorId zero = c.number("zero", 0, c.dtype(x));
  const ir::TensorId value = combine(c, x, c.input(1));
  return select(c, compare(c, "EQUAL", x, zero), zero, value);
}

ir::TensorId x_over_y(NodeContext& c, ir::TensorId x, ir::TensorId y) { return binary(c, "DIV", x, y); }
ir::TensorId x_log_y(NodeContext& c, ir::TensorId x, ir::TensorId y) { return binary(c, "MUL", x, unary(c, "LOG", y)); }
ir::TensorId x_log1p_y(NodeContext& c, ir::TensorId x, ir::TensorId y) {
  return x_log_y(c, x, with_number(c, "ADD", y, 1));
}

Results import_log1p(NodeContext& c) { return unary(c, "LOG", with_number(c, "ADD", c.input(0), 1)); }
Results import_expm1(NodeContext& c) { return with_number(c, "SUB", unary(c, "EXP", c.input(0)), 1); }

/// max(x, 0) + log(1 + exp(-|x|)), which does not overflow.
Results import_softplus(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const ir::TensorId tail = unary(c, "EXP", unary(c, "NEG", unary(c, "ABS", x)));
  return binary(c, "ADD", unary(c, "RELU", x), unary(c, "LOG", with_number(c, "ADD", tail, 1)));
}

Results import_softsign(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  return binary(c, "DIV", x, with_number(c, "ADD", unary(c, "ABS", x), 1));
}

Results import_selu(NodeContext& c) {
  constexpr double kScale = 1.0507009873554805, kScaleAlpha = 1.7580993408473766;
  const ir::TensorId x = c.input(0);
  const ir::TensorId zero = c.number("zero", 0, c.dtype(x));
  const ir::TensorId below = with_number(c, "MUL", unary(c, "ELU", binary(c, "MINIMUM", x, zero)), kScaleAlpha);
  return binary(c, "ADD", with_number(c, "MUL", unary(c, "RELU", x), kScale), below);
}

Results import_is_nan(NodeContext& c) { return compare(c, "NOT_EQUAL", c.input(0), c.input(0)); }
Results import_is_inf(NodeContext& c) {
  return compare(c, "EQUAL", unary(c, "ABS", c.input(0)), c.number("infinity", double{INFINITY}, c.dtype(c.input(0))));
}
Results import_is_finite(NodeContext& c) {
  const ir::TensorId difference = binary(c, "SUB", c.input(0), c.input(0));
  return compare(c, "EQUAL", difference, c.number("zero", 0, c.dtype(difference)));
}

Results import_select(NodeContext& c) { return select(c, c.input(0), c.input(1), c.input(2)); }

/// TF1's Select takes a vector as the condition for whole rows.
Results import_row_select(NodeContext& c) {
  ir::TensorId condition = c.input(0);
  const int rank = c.rank(c.input(1));
  if (c.rank(condition) == 1 && rank > 1) {
    Dims dims(static_cast<std::size_t>(rank), 1);
    dims[0] = c.shape(condition)[0];
    condition = reshape(c, condition, std::move(dims));
  }
  return select(c, condition, c.input(1), c.input(2));
}

Results import_zeros_like(NodeContext& c) { return unary(c, "ZEROS_LIKE", c.input(0)); }

Results import_clip(NodeContext& c) {
  return binary(c, "MAXIMUM", binary(c, "MINIMUM", c.input(0), c.input(2)), c.input(1));
}

constexpr OpRule kRules[] = {
    {.op = "Abs", .import = import_unary, .ir_op = "ABS"},
    {.op = "Ceil", .import = import_unary, .ir_op = "CEIL"},
    {.op = "Cos", .import = import_unary, .ir_op = "COS"},
    {.op = "Elu", .import = import_unary, .ir_op = "ELU"},
    {.op = "Exp", .import = import_unary, .ir_op = "EXP"},
    {.op = "Floor", .import = import_unary, .ir_op = "FLOOR"},
    {.op = "Log", .import = import_unary, .ir_op = "LOG"},
    {.op = "LogicalNot", .import = import_unary, .ir_op = "LOGICAL_NOT"},
    {.op = "Neg", .import = import_unary, .ir_op = "NEG"},
    {.op = "Relu6", .import = import_unary, .ir_op = "RELU6"},
    {.op = "Rint", .import = import_unary, .ir_op = "ROUND"},
    {.op = "Round", .import = import_unary, .ir_op = "ROUND"},
    {.op = "Rsqrt", .import = import_unary, .ir_op = "RSQRT"},
    {.op = "Sigmoid", .import = import_unary, .ir_op = "LOGISTIC"},
    {.op = "Sign", .import = import_unary, .ir_op = "SIGN"},
    {.op = "Sin", .import = import_unary, .ir_op = "SIN"},
    {.op = "Sqrt", .import = import_unary, .ir_op = "SQRT"},
    {.op = "Square", .import = import_unary, .ir_op = "SQUARE"},
    {.op = "Tanh", .import = import_unary, .ir_op = "TANH"},
    {.op = "ZerosLike", .import = import_zeros_like},
    {.op = "Add", .import = import_binary, .ir_op = "ADD"},
    {.op = "AddV2", .import = import_binary, .ir_op = "ADD"},
    {.op = "Atan2", .import = import_binary, .ir_op = "ATAN2"},
    {.op = "BitwiseXor", .import = import_binary, .ir_op = "BITWISE_XOR"},
    {.op = "Div", .import = import_binary, .ir_op = "DIV"},
    {.op = "FloorDiv", .import = import_binary, .ir_op = "FLOOR_DIV"},
    {.op = "FloorMod", .import = import_binary, .ir_op = "FLOOR_MOD"},
    {.op = "LogicalAnd", .import = import_comparison, .ir_op = "LOGICAL_AND"},
    {.op = "LogicalOr", .import = import_comparison, .ir_op = "LOGICAL_OR"},
    {.op = "Maximum", .import = import_binary, .ir_op = "MAXIMUM"},
    {.op = "Minimum", .import = import_binary, .ir_op = "MINIMUM"},
    {.op = "Mul", .import = import_binary, .ir_op = "MUL"},
    {.op = "Pow", .import = import_binary, .ir_op = "POW"},
    {.op = "RealDiv", .import = import_binary, .ir_op = "DIV"},
    {.op = "RightShift", .import = import_binary, .ir_op = "RIGHT_SHIFT"},
    {.op = "SquaredDifference", .import = import_binary, .ir_op = "SQUARED_DIFFERENCE"},
    {.op = "Sub", .import = import_binary, .ir_op = "SUB"},
    {.op = "TruncateDiv", .import = import_binary, .ir_op = "DIV"},
    {.op = "Equal", .import = import_comparison, .ir_op = "EQUAL"},
    {.op = "Greater", .import = import_comparison, .ir_op = "GREATER"},
    {.op = "GreaterEqual", .import = import_comparison, .ir_op = "GREATER_EQUAL"},
    {.op = "Less", .import = import_comparison, .ir_op = "LESS"},
    {.op = "LessEqual", .import = import_comparison, .ir_op = "LESS_EQUAL"},
    {.op = "NotEqual", .import = import_comparison, .ir_op = "NOT_EQUAL"},
    {.op = "AddN", .import = import_add_n},
    {.op = "Cast", .import = import_cast},
    {.op = "ClipByValue", .import = import_clip},
    {.op = "DivNoNan", .import = import_no_nan, .ir_op = "DIV"},
    {.op = "MulNoNan", .import = import_no_nan, .ir_op = "MUL"},
    {.op = "Expm1", .import = import_expm1},
    {.op = "Inv", .import = import_reciprocal},
    {.op = "Reciprocal", .import = import_reciprocal},
    {.op = "IsFinite", .import = import_is_finite},
    {.op = "IsInf", .import = import_is_inf},
    {.op = "IsNan", .import = import_is_nan},
    {.op = "LeakyRelu", .import = import_leaky_relu},
    {.op = "Log1p", .import = import_log1p},
    {.op = "Relu", .import = import_relu},
    {.op = "Select", .import = import_row_select},
    {.op = "SelectV2", .import = import_select},
    {.op = "Selu", .import = import_selu},
    {.op = "Softplus", .import = import_softplus},
    {.op = "Softsign", .import = import_softsign},
    {.op = "Xdivy", .import = import_zero_wins<x_over_y>},
    {.op = "Xlog1py", .import = import_zero_wins<x_log1p_y>},
    {.op = "Xlogy", .import = import_zero_wins<x_log_y>},
};

}  // namespace

std::span<const OpRule> arithmetic_ops() { return kRules; }

}  // namespace litesmith::importers::graphdef
