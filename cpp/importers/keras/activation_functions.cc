#include "importers/keras/activation_functions.h"

#include <cmath>
#include <numeric>

#include "importers/keras/layer_context.h"
#include "ops/activation/activation.h"
#include "ops/softmax/softmax.h"

namespace litesmith::importers::keras {

ir::TensorId relu(LayerContext& c, ir::TensorId x, double negative_slope, double max_value, double threshold) {
  const bool bounded = !std::isinf(max_value);
  if (threshold == 0 && !bounded && negative_slope != 0) return leaky_relu(c, x, negative_slope);
  const bool is_relu6 = threshold == 0 && max_value == 6;
  ir::TensorId y;
  if (threshold == 0)
    y = unary(c, is_relu6 ? "RELU6" : "RELU", x);
  else
    y = keep_above(c, x, threshold);
  if (bounded && !is_relu6) y = with_number(c, "MINIMUM", y, max_value);
  if (negative_slope == 0) return y;
  const ir::TensorId below = binary(c, "SUB", c.number("threshold", threshold), x);
  return binary(c, "SUB", y, with_number(c, "MUL", unary(c, "RELU", below), negative_slope));
}

ir::TensorId leaky_relu(LayerContext& c, ir::TensorId x, double slope) {
  return c.add("LEAKY_RELU", ops::LeakyReluAttrs{static_cast<float>(slope)}, {x});
}

ir::TensorId keep_above(LayerContext& c, ir::TensorId x, double threshold, double otherwise) {
  const ir::TensorId above = compare(c, "GREATER", x, c.number("threshold", threshold));
  return select(c, above, x, c.number("otherwise", otherwise));
}

namespace {

/// scale * max(x, 0) + exp_scale * (e^(min(x, 0) / divisor) - 1): ELU, SELU and CELU.
ir::TensorId exponential_below(LayerContext& c, ir::TensorId x, double scale, double exp_scale, double divisor) {
  ir::TensorId above = unary(c, "RELU", x);
  if (scale != 1) above = with_number(c, "MUL", above, scale);
  ir::TensorId below = with_number(c, "MINIMUM", x, 0);
  if (divisor != 1) below = with_number(c, "MUL", below, 1 / divisor);
  below = with_number(c, "SUB", unary(c, "EXP", below), 1);
  if (exp_scale != 1) below = with_number(c, "MUL", below, exp_scale);
  return binary(c, "ADD", above, below);
}

}  // namespace

ir::TensorId elu(LayerContext& c, ir::TensorId x, double alpha) {
  return alpha == 1 ? unary(c, "ELU", x) : exponential_below(c, x, 1, alpha, 1);
}

ir::TensorId over_axis(LayerContext& c, std::string_view op, ir::Attrs attrs, ir::TensorId x, int axis) {
  const int rank = c.rank(x);
  const int last = rank - 1;
  const int at = checked_axis(c, axis, rank);
  std::vector<int> order;
  for (int i = 0; i < rank; ++i) order.push_back(i);
  std::swap(order[static_cast<std::size_t>(at)], order[static_cast<std::size_t>(last)]);
  return transpose(c, c.add(op, std::move(attrs), {transpose(c, x, order)}), order);
}

ir::TensorId softmax(LayerContext& c, ir::TensorId x, int axis) {
  return over_axis(c, "SOFTMAX", ops::SoftmaxAttrs{1.0F}, x, axis);
}

namespace {

constexpr int kLongestSparsemax = 1 << 20;
constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
constexpr double kSeluScale = 1.0507009873554804934193349852946;

/// log(1 + e^-|x|), which never overflows.
ir::TensorId log1p_exp_minus_abs(LayerContext& c, ir::TensorId x) {
  const ir::TensorId minus_abs = with_number(c, "MUL", unary(c, "ABS", x), -1);
  return unary(c, "LOG", with_number(c, "ADD", unary(c, "EXP", minus_abs), 1));
}

ir::TensorId softplus_of(LayerContext& c, ir::TensorId x) {
  return binary(c, "ADD", unary(c, "RELU", x), log1p_exp_minus_abs(c, x));
}

ir::TensorId clip(LayerContext& c, ir::TensorId x, double low, double high) {
  return with_number(c, "MINIMUM", with_number(c, "MAXIMUM", x, low), high);
}

ir::TensorId clip01(LayerContext& c, ir::TensorId x) { return with_number(c, "MINIMUM", unary(c, "RELU", x), 1); }

int axis_parameter(const LayerContext& c) {
  const Value axis = c.parameter("axis", 1);
  if (!axis) return -1;
  const auto axes = axis.as<std::vector<int>>();
  if (axes.size() != 1) c.unsupported("softmax over the axes ", axis.text(), " has no conversion; use one axis");
  return axes[0];
}

Results linear(LayerContext& c) { return c.input(); }
Results one_operator(LayerContext& c) { return unary(c, c.rule().op, to_float(c, c.input())); }

Results import_relu(LayerContext& c) {
  return relu(c, to_float(c, c.input()), c.number_parameter("negative_slope|alpha", 0),
              c.number_parameter("max_value", INFINITY), c.number_parameter("threshold", 0));
}
Results import_leaky_relu(LayerContext& c) {
  return leaky_relu(c, to_float(c, c.input()), c.number_parameter("negative_slope|alpha", 0.2, 1));
}
Results import_elu(LayerContext& c) { return elu(c, to_float(c, c.input()), c.number_parameter("alpha", 1, 1)); }
Results import_selu(LayerContext& c) {
  return exponential_below(c, to_float(c, c.input()), kSeluScale, kSeluScale * kSeluAlpha, 1);
}
Results import_celu(LayerContext& c) {
  const double alpha = c.number_parameter("alpha", 1, 1);
  return exponential_below(c, to_float(c, c.input()), 1, alpha, alpha);
}
Results import_softplus(LayerContext& c) { return softplus_of(c, to_float(c, c.input())); }
Results import_softsign(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  return binary(c, "DIV", x, with_number(c, "ADD", unary(c, "ABS", x), 1));
}
Results import_silu(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  return binary(c, "MUL", x, unary(c, "LOGISTIC", x));
}
Results import_hard_sigmoid_2(LayerContext& c) {
  return clip01(c, with_number(c, "ADD", with_number(c, "MUL", to_float(c, c.input()), 0.2), 0.5));
}
Results import_hard_sigmoid_3(LayerContext& c) {
  const ir::TensorId shifted = with_number(c, "ADD", to_float(c, c.input()), 3);
  return with_number(c, "MUL", unary(c, "RELU6", shifted), 1.0 / 6);
}
Results import_gelu(LayerContext& c) {
  const Value approximate = c.parameter("approximate", 1);
  return c.add("GELU", ops::GeluAttrs{approximate ? approximate.as<bool>() : false}, {to_float(c, c.input())});
}
Results import_mish(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  return binary(c, "MUL", x, unary(c, "TANH", softplus_of(c, x)));
}
Results import_softmax(LayerContext& c) { return softmax(c, to_float(c, c.input()), axis_parameter(c)); }
Results import_log_softmax(LayerContext& c) {
  return over_axis(c, "LOG_SOFTMAX", {}, to_float(c, c.input()), axis_parameter(c));
}
Results import_log_sigmoid(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  return binary(c, "SUB", with_number(c, "MINIMUM", x, 0), log1p_exp_minus_abs(c, x));
}
Results import_glu(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  const auto halves = split(c, x, checked_axis(c, axis_parameter(c), c.rank(x)), 2);
  return binary(c, "MUL", halves[0], unary(c, "LOGISTIC", halves[1]));
}
Results import_squareplus(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  const ir::TensorId squared = with_number(c, "ADD", binary(c, "MUL", x, x), c.number_parameter("b", 4, 1));
  return with_number(c, "MUL", binary(c, "ADD", x, unary(c, "SQRT", squared)), 0.5);
}
Results import_soft_shrink(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  const double threshold = c.number_parameter("threshold", 0.5, 1);
  return binary(c, "SUB", x, clip(c, x, -threshold, threshold));
}
Results import_hard_shrink(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  const ir::TensorId threshold = c.number("threshold", c.number_parameter("threshold", 0.5, 1));
  return select(c, compare(c, "GREATER", unary(c, "ABS", x), threshold), x, c.number("zero", 0));
}
Results import_tanh_shrink(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  return binary(c, "SUB", x, unary(c, "TANH", x));
}
Results import_threshold(LayerContext& c) {
  const Value threshold = c.parameter("threshold", 1);
  const Value otherwise = c.parameter("default_value", 2);
  if (!threshold || !otherwise) c.fail("needs the parameters threshold and default_value");
  return keep_above(c, to_float(c, c.input()), threshold.as<double>(), otherwise.as<double>());
}
/// (x + 1)^2 / 4 between -1 and 1, zero below, x above.
Results import_sparse_plus(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  const ir::TensorId inside = with_number(c, "ADD", clip(c, x, -1, 1), 1);
  const ir::TensorId parabola = with_number(c, "MUL", binary(c, "MUL", inside, inside), 0.25);
  return binary(c, "ADD", parabola, unary(c, "RELU", with_number(c, "SUB", x, 1)));
}
/// relu(x - t). Keras takes t from the sum of the partial sums in the support, not from the last of them.
Results import_sparsemax(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  const int last = c.rank(x) - 1;
  if (checked_axis(c, axis_parameter(c), c.rank(x)) != last)
    c.unsupported("sparsemax over an axis other than the last has no conversion; permute before it");
  const int n = c.known_dim(x, last, "the axis of sparsemax");
  if (n > kLongestSparsemax) c.unsupported("sparsemax over more than ", kLongestSparsemax, " values has no conversion");
  std::vector<float> counts(static_cast<std::size_t>(n));
  std::iota(counts.begin(), counts.end(), 1.0F);
  const ir::TensorId sorted = c.add_many("TOPK_V2", {}, {x, c.int_scalar("count", n)}, 2)[0];
  const ir::TensorId sums = c.add("CUMSUM", {}, {sorted, c.int_scalar("axis", last)});
  const ir::TensorId scaled = binary(c, "MUL", sorted, c.floats("counts", Shape{n}, counts));
  const ir::TensorId in_support = compare(c, "GREATER", with_number(c, "ADD", scaled, 1), sums);
  const ir::TensorId support = cast(c, in_support, DType::float32);
  const ir::TensorId size = reduce(c, "SUM", support, {last}, true);
  const ir::TensorId total = reduce(c, "SUM", binary(c, "MUL", sums, support), {last}, true);
  const ir::TensorId threshold = binary(c, "DIV", with_number(c, "SUB", total, 1), size);
  return unary(c, "RELU", binary(c, "SUB", x, threshold));
}
Results import_sparse_sigmoid(LayerContext& c) {
  return clip01(c, with_number(c, "ADD", with_number(c, "MUL", to_float(c, c.input()), 0.5), 0.5));
}

}  // namespace

ir::TensorId activate(LayerContext& c, const Value& activation, ir::TensorId x) {
  if (!activation) return x;
  const std::string class_name = activation.get("class_name", "");
  const bool is_function = activation.is_string() || class_name == "function";
  const std::string name = activation.is_string() ? activation.as<std::string>()
                           : is_function          ? activation.get("config", "")
                                                  : class_name;
  const LayerRule* rule = is_function ? find_activation(name, c.keras_major()) : find_layer(name, c.keras_major());
  if (rule == nullptr && !is_function) rule = find_activation(name, c.keras_major());
  if (rule == nullptr)
    c.unsupported("the activation '", name,
                  "' is not one of Keras' own; write it with layers, or use a supported activation");
  LayerContext inner = c.inner(*rule, is_function ? Value() : activation["config"], {x});
  return rule->import(inner).ids.front();
}

std::span<const LayerRule> activation_functions() {
  static constexpr LayerRule kRules[] = {
      {.name = "linear", .import = linear},
      {.name = "relu", .import = import_relu},
      {.name = "relu6", .import = one_operator, .op = "RELU6"},
      {.name = "leaky_relu", .import = import_leaky_relu},
      {.name = "elu", .import = import_elu},
      {.name = "selu", .import = import_selu},
      {.name = "celu", .import = import_celu},
      {.name = "softplus", .import = import_softplus},
      {.name = "softsign", .import = import_softsign},
      {.name = "silu", .import = import_silu, .aliases = "swish"},
      {.name = "hard_silu", .import = one_operator, .op = "HARD_SWISH", .aliases = "hard_swish"},
      {.name = "hard_sigmoid",
       .import = import_hard_sigmoid_2,
       .last_major = 2,
       .note = "Keras 1 and 2: 0.2 x + 0.5 between 0 and 1"},
      {.name = "hard_sigmoid", .import = import_hard_sigmoid_3, .first_major = 3, .note = "Keras 3: relu6(x + 3) / 6"},
      {.name = "gelu", .import = import_gelu},
      {.name = "tanh", .import = one_operator, .op = "TANH"},
      {.name = "sigmoid", .import = one_operator, .op = "LOGISTIC"},
      {.name = "exponential", .import = one_operator, .op = "EXP"},
      {.name = "mish", .import = import_mish},
      {.name = "softmax", .import = import_softmax},
      {.name = "log_softmax", .import = import_log_softmax},
      {.name = "log_sigmoid", .import = import_log_sigmoid},
      {.name = "glu", .import = import_glu},
      {.name = "squareplus", .import = import_squareplus},
      {.name = "soft_shrink", .import = import_soft_shrink},
      {.name = "hard_shrink", .import = import_hard_shrink},
      {.name = "tanh_shrink", .import = import_tanh_shrink},
      {.name = "threshold", .import = import_threshold},
      {.name = "hard_tanh", .import = one_operator, .op = "RELU_N1_TO_1"},
      {.name = "sparse_plus", .import = import_sparse_plus},
      {.name = "sparse_sigmoid", .import = import_sparse_sigmoid},
      {.name = "sparsemax", .import = import_sparsemax, .note = "over the last axis"},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
