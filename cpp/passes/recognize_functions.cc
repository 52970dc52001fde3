#include <cmath>

#include "ops/activation/activation.h"
#include "ops/op_def.h"
#include "ops/softmax/softmax.h"
#include "passes/pattern.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

/// An expression of place 0, and the operator that it is.
struct Function {
  Pattern pattern;
  std::string_view op;
  ir::Attrs attrs{};
};

// Place 0 stands for the operand of every function.
Pattern x() { return place(0); }
Pattern add(Pattern a, double b) { return op("ADD", {std::move(a), number(b)}); }
Pattern relu(Pattern a) { return op("RELU", {std::move(a)}); }
Pattern exp(Pattern a) { return op("EXP", {std::move(a)}); }
Pattern square(Pattern a) { return any_of({op("SQUARE", {a}), op("MUL", {a, a}), op("POW", {a, number(2)})}); }
Pattern select(Pattern condition, Pattern yes, Pattern no) {
  return any_of({op("SELECT_V2", {condition, yes, no}), op("SELECT", {condition, yes, no})});
}

void add_clamps(std::vector<Function>& list) {
  list.push_back({op("MAXIMUM", {x(), number(0)}), "RELU"});
  list.push_back({op("MINIMUM", {relu(x()), number(6)}), "RELU6"});
  list.push_back({relu(op("MINIMUM", {x(), number(6)})), "RELU6"});
  list.push_back({op("MINIMUM", {op("MAXIMUM", {x(), number(-1)}), number(1)}), "RELU_N1_TO_1"});
  list.push_back({op("MAXIMUM", {op("MINIMUM", {x(), number(1)}), number(-1)}), "RELU_N1_TO_1"});
}

void add_hard_swish(std::vector<Function>& list) {
  list.push_back({product(1.0 / 6, x(), op("RELU6", {add(x(), 3)})), "HARD_SWISH"});
  const Pattern line = add(scaled(x(), 1.0 / 6), 0.5);
  list.push_back({op("MUL", {x(), op("MINIMUM", {relu(line), number(1)})}), "HARD_SWISH"});
  list.push_back({op("MUL", {x(), relu(op("MINIMUM", {line, number(1)}))}), "HARD_SWISH"});
}

void add_gelu(std::vector<Function>& list) {
  const double root_half = std::sqrt(0.5);
  const Pattern erf = op("ERF", {scaled(x(), root_half)});
  const Pattern erf_of_negative = op("ERF", {any_of({scaled(x(), -root_half), scaled(op("NEG", {x()}), root_half)})});
  for (const Pattern& twice_normal : {add(erf, 1), op("SUB", {number(1), erf_of_negative})})
    list.push_back({product(0.5, x(), twice_normal), "GELU", ops::GeluAttrs{false}});
  const double scale = std::sqrt(2 / 3.14159265358979323846);
  const Pattern cube = any_of({op("POW", {x(), number(3)}), op("MUL", {x(), square(x())})});
  const Pattern sum =
      op("ADD", {x(), any_of({scaled(cube, 0.044715), op("MUL", {scaled(square(x()), 0.044715), x()})})});
  const Pattern inner = any_of({scaled(sum, scale), product(scale, x(), add(scaled(square(x()), 0.044715), 1))});
  list.push_back({product(0.5, x(), add(op("TANH", {inner}), 1)), "GELU", ops::GeluAttrs{true}});
}

void add_exponentials(std::vector<Function>& list) {
  const Pattern positive = any_of({op("GREATER", {x(), number(0)}), op("GREATER_EQUAL", {x(), number(0)})});
  const Pattern below = exp(any_of({x(), op("MINIMUM", {x(), number(0)})}));
  list.push_back({select(positive, x(), op("SUB", {below, number(1)})), "ELU"});
  list.push_back({select(positive, x(), add(below, -1)), "ELU"});
  list.push_back({op("DIV", {number(1), add(exp(op("NEG", {x()})), 1)}), "LOGISTIC"});

  const Pattern largest = over_last("REDUCE_MAX", x());
  const Pattern shifted = op("SUB", {x(), largest});
  const Pattern power = place(1, any_of({exp(shifted), exp(x())}));
  list.push_back({op("DIV", {power, over_last("SUM", place(1))}), "SOFTMAX", ops::SoftmaxAttrs{1}});
  const auto log_of_sum = [](const Pattern& a) { return op("LOG", {over_last("SUM", exp(a))}); };
  list.push_back({op("SUB", {place(1, shifted), log_of_sum(place(1))}), "LOG_SOFTMAX"});
  list.push_back({op("SUB", {x(), op("ADD", {log_of_sum(shifted), largest})}), "LOG_SOFTMAX"});
  list.push_back({op("SUB", {x(), log_of_sum(x())}), "LOG_SOFTMAX"});
}

void add_powers(std::vector<Function>& list) {
  list.push_back({op("POW", {x(), number(2)}), "SQUARE"});
  list.push_back({op("POW", {x(), number(0.5)}), "SQRT"});
  list.push_back({op("POW", {x(), number(-0.5)}), "RSQRT"});
  list.push_back({op("DIV", {number(1), op("SQRT", {x()})}), "RSQRT"});
  const Pattern squares = op("MAXIMUM", {over_last("SUM", square(x())), number(1e-12)});
  const Pattern length =
      any_of({op("SQRT", {squares}), op("MAXIMUM", {op("SQRT", {over_last("SUM", square(x()))}), number(1e-6)})});
  list.push_back({op("MUL", {x(), op("RSQRT", {squares})}), "L2_NORMALIZATION"});
  list.push_back({op("DIV", {x(), length}), "L2_NORMALIZATION"});
}

const std::vector<Function>& functions() {
  static const std::vector<Function> kFunctions = [] {
    std::vector<Function> list;
    add_clamps(list);
    add_hard_swish(list);
    add_gelu(list);
    add_exponentials(list);
    add_powers(list);
    return list;
  }();
  return kFunctions;
}

}  // namespace

std::optional<ir::Patch> recognize_functions(const Site& site) {
  if (site.node().outputs.size() != 1 || site.output().dtype != DType::float32) return std::nullopt;
  for (const Function& function : functions()) {
    const auto found = match(function.pattern, site);
    if (!found) continue;
    const ir::Tensor& operand = site.graph.tensor(found->tensors[0]);
    if (operand.dtype != DType::float32 || !operand.shape.has_rank() || operand.shape != site.output().shape) continue;
    ir::Patch patch(site.graph);
    patch.replace_node(site.id, ops::make_node(function.op, function.attrs, {found->tensors[0]}, site.node().outputs,
                                               origins_of(site, *found)));
    return patch;
  }
  return std::nullopt;
}

}  // namespace litesmith::passes
