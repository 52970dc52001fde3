#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "ops/activation/activation.h"
#include "ops/op_def.h"
#include "ops/reduce/reduce.h"
#include "testing/pass_net.h"

namespace litesmith {
namespace {

using testing::Names;
using testing::names;
using testing::Net;
using testing::optimise_and_compare;
using Id = ir::TensorId;

/// One way to write a function of x.
struct Spelling {
  const char* result;
  std::function<Id(Net&)> build;
};

Id unary(Net& n, std::string_view op, Id x) { return n.add(op, {}, {x}); }
Id binary(Net& n, std::string_view op, Id a, Id b) { return n.add(op, {}, {a, b}); }
Id with(Net& n, std::string_view op, Id a, double b) { return binary(n, op, a, n.number(static_cast<float>(b))); }
Id over_last(Net& n, std::string_view op, Id x) { return n.add(op, ops::ReduceAttrs{true}, {x, n.ints({-1}, {1})}); }

void check(const std::vector<Spelling>& spellings, double tolerance = 1e-5) {
  for (const Spelling& spelling : spellings) {
    Net net({-1, 3, 4, 5});
    net.amplitude = 8;
    CAPTURE(spelling.result);
    CAPTURE(&spelling - spellings.data());
    const auto model = optimise_and_compare(net, spelling.build(net), {2, 3, 4, 5}, tolerance);
    CHECK(names(model) == Names{spelling.result});
  }
}

TEST_CASE("clamps written with maximum and minimum are the RELU family") {
  check({
      {"RELU", [](Net& n) { return with(n, "MAXIMUM", n.x, 0); }},
      {"RELU", [](Net& n) { return binary(n, "MAXIMUM", n.number(0), n.x); }},
      {"RELU6", [](Net& n) { return with(n, "MINIMUM", with(n, "MAXIMUM", n.x, 0), 6); }},
      {"RELU6", [](Net& n) { return with(n, "MAXIMUM", with(n, "MINIMUM", n.x, 6), 0); }},
      {"RELU_N1_TO_1", [](Net& n) { return with(n, "MINIMUM", with(n, "MAXIMUM", n.x, -1), 1); }},
      {"RELU_N1_TO_1", [](Net& n) { return with(n, "MAXIMUM", with(n, "MINIMUM", n.x, 1), -1); }},
  });
}

TEST_CASE("hard swish is recognized in its spellings") {
  const auto gate = [](Net& n) { return unary(n, "RELU6", with(n, "ADD", n.x, 3)); };
  check({
      {"HARD_SWISH", [=](Net& n) { return with(n, "MUL", binary(n, "MUL", n.x, gate(n)), 1.0 / 6); }},
      {"HARD_SWISH", [=](Net& n) { return with(n, "DIV", binary(n, "MUL", n.x, gate(n)), 6); }},
      {"HARD_SWISH", [=](Net& n) { return binary(n, "MUL", n.x, with(n, "MUL", gate(n), 1.0 / 6)); }},
      {"HARD_SWISH", [=](Net& n) { return binary(n, "MUL", with(n, "DIV", gate(n), 6), n.x); }},
      {"HARD_SWISH", [=](Net& n) { return binary(n, "MUL", with(n, "MUL", n.x, 1.0 / 6), gate(n)); }},
      {"HARD_SWISH",
       [](Net& n) {
         const Id line = with(n, "ADD", with(n, "MUL", n.x, 1.0 / 6), 0.5);
         return binary(n, "MUL", n.x, with(n, "MAXIMUM", with(n, "MINIMUM", line, 1), 0));
       }},
  });
}

TEST_CASE("gelu is recognized in its exact and its tanh form") {
  const auto erf = [](Net& n) { return unary(n, "ERF", with(n, "DIV", n.x, std::sqrt(2.0))); };
  const auto cube = [](Net& n) { return with(n, "POW", n.x, 3); };
  const auto tanh = [](Net& n, Id cubed) {
    const Id sum = binary(n, "ADD", n.x, with(n, "MUL", cubed, 0.044715));
    return unary(n, "TANH", with(n, "MUL", sum, 0.7978845608));
  };
  check({
      {"GELU", [=](Net& n) { return with(n, "MUL", binary(n, "MUL", n.x, with(n, "ADD", erf(n), 1)), 0.5); }},
      {"GELU", [=](Net& n) { return binary(n, "MUL", with(n, "MUL", n.x, 0.5), with(n, "ADD", erf(n), 1)); }},
      {"GELU", [=](Net& n) { return binary(n, "MUL", n.x, with(n, "MUL", with(n, "ADD", erf(n), 1), 0.5)); }},
      {"GELU",
       [](Net& n) {
         const Id one_minus = binary(n, "SUB", n.number(1), unary(n, "ERF", with(n, "MUL", n.x, -std::sqrt(0.5))));
         return binary(n, "MUL", with(n, "MUL", n.x, 0.5), one_minus);
       }},
      {"GELU", [=](Net& n) { return binary(n, "MUL", with(n, "MUL", n.x, 0.5), with(n, "ADD", tanh(n, cube(n)), 1)); }},
      {"GELU",
       [=](Net& n) {
         const Id cubed = binary(n, "MUL", n.x, unary(n, "SQUARE", n.x));
         return binary(n, "MUL", n.x, with(n, "MUL", with(n, "ADD", tanh(n, cubed), 1), 0.5));
       }},
  });
  Net net({-1, 4});
  const auto model = optimise_and_compare(
      net, with(net, "MUL", binary(net, "MUL", net.x, with(net, "ADD", tanh(net, cube(net)), 1)), 0.5), {2, 4});
  CHECK(model.main().nodes[0].attrs.as<ops::GeluAttrs>().approximate);
}

TEST_CASE("erf alone is a rational function of builtins, equal to erf but for rounding") {
  Net net({-1});
  net.amplitude = 5;
  net.graph().outputs = {unary(net, "ERF", net.x)};
  const auto model = optimise_and_compare(net, net.graph().outputs[0], {2000});
  CHECK(names(model).size() == 25);
  const auto y = testing::run(model, {2000}, 5);
  for (int i = 0; i < 2000; ++i) {
    const double expected = std::erf(5 * std::sin(static_cast<float>(i)));
    CHECK(std::abs(y[static_cast<std::size_t>(i)] - expected) <= 4e-7);
  }
}

TEST_CASE("slopes below zero are LEAKY_RELU for a number and PRELU for a value per channel") {
  const auto above = [](Net& n) { return unary(n, "RELU", n.x); };
  const auto below = [](Net& n) { return unary(n, "RELU", unary(n, "NEG", n.x)); };
  const auto twice = [](Net& n) { return binary(n, "SUB", n.x, unary(n, "ABS", n.x)); };
  const auto channels = [](Net& n) { return n.weights({5}); };
  check({
      {"LEAKY_RELU", [](Net& n) { return binary(n, "MAXIMUM", n.x, with(n, "MUL", n.x, 0.25)); }},
      {"LEAKY_RELU",
       [](Net& n) { return n.add("SELECT_V2", {}, {with(n, "GREATER", n.x, 0), n.x, with(n, "MUL", n.x, 1.5)}); }},
      {"LEAKY_RELU", [=](Net& n) { return binary(n, "SUB", above(n), with(n, "MUL", below(n), 0.25)); }},
      {"PRELU", [=](Net& n) { return binary(n, "SUB", above(n), binary(n, "MUL", channels(n), below(n))); }},
      {"PRELU", [=](Net& n) { return binary(n, "ADD", above(n), binary(n, "MUL", channels(n), below(n))); }},
      {"PRELU",
       [=](Net& n) { return binary(n, "ADD", above(n), binary(n, "MUL", channels(n), unary(n, "NEG", below(n)))); }},
      {"PRELU",
       [=](Net& n) {
         return binary(n, "ADD", above(n), with(n, "MUL", binary(n, "MUL", channels(n), twice(n)), 0.5));
       }},
      {"PRELU", [=](Net& n) { return binary(n, "MAXIMUM", n.x, binary(n, "MUL", n.weights({3, 4, 5}, 0, 1), n.x)); }},
  });
}

TEST_CASE("a slope above 1 under a maximum stays as it is") {
  Net net({-1, 4});
  const Id y = binary(net, "MAXIMUM", net.x, with(net, "MUL", net.x, 1.5));
  CHECK(names(optimise_and_compare(net, y, {2, 4}, 0)) == Names{"MUL", "MAXIMUM"});
}

TEST_CASE("exponentials of the last dimension are SOFTMAX, LOG_SOFTMAX, LOGISTIC and ELU") {
  const auto shifted = [](Net& n) { return binary(n, "SUB", n.x, over_last(n, "REDUCE_MAX", n.x)); };
  check({
      {"SOFTMAX",
       [=](Net& n) {
         const Id power = unary(n, "EXP", shifted(n));
         return binary(n, "DIV", power, over_last(n, "SUM", power));
       }},
      {"SOFTMAX",
       [](Net& n) { return binary(n, "DIV", unary(n, "EXP", n.x), over_last(n, "SUM", unary(n, "EXP", n.x))); }},
      {"LOG_SOFTMAX",
       [=](Net& n) {
         const Id s = shifted(n);
         return binary(n, "SUB", s, unary(n, "LOG", over_last(n, "SUM", unary(n, "EXP", s))));
       }},
      {"LOG_SOFTMAX",
       [](Net& n) { return binary(n, "SUB", n.x, unary(n, "LOG", over_last(n, "SUM", unary(n, "EXP", n.x)))); }},
      {"LOGISTIC",
       [](Net& n) { return binary(n, "DIV", n.number(1), with(n, "ADD", unary(n, "EXP", unary(n, "NEG", n.x)), 1)); }},
      {"ELU",
       [](Net& n) {
         return n.add("SELECT_V2", {}, {with(n, "GREATER", n.x, 0), n.x, with(n, "SUB", unary(n, "EXP", n.x), 1)});
       }},
  });
}

TEST_CASE("a softmax over another dimension is not the operator") {
  Net net({-1, 3, 4});
  const Id power = unary(net, "EXP", net.x);
  const Id sum = net.add("SUM", ops::ReduceAttrs{true}, {power, net.ints({1}, {1})});
  CHECK(names(optimise_and_compare(net, binary(net, "DIV", power, sum), {2, 3, 4}, 0)) == Names{"EXP", "SUM", "DIV"});
}

TEST_CASE("vectors divided by their length are L2_NORMALIZATION") {
  const auto squares = [](Net& n) { return over_last(n, "SUM", unary(n, "SQUARE", n.x)); };
  check({
      {"L2_NORMALIZATION",
       [=](Net& n) { return binary(n, "MUL", n.x, unary(n, "RSQRT", with(n, "MAXIMUM", squares(n), 1e-12))); }},
      {"L2_NORMALIZATION",
       [=](Net& n) { return binary(n, "DIV", n.x, unary(n, "SQRT", with(n, "MAXIMUM", squares(n), 1e-12))); }},
  });
}

TEST_CASE("powers are the operators of their exponents and divisions by constants are products") {
  check({
      {"SQUARE", [](Net& n) { return with(n, "POW", n.x, 2); }},
      {"MUL", [](Net& n) { return with(n, "DIV", n.x, 3); }},
      {"MUL", [](Net& n) { return binary(n, "DIV", n.x, n.weights({5}, 1, 2)); }},
  });
}

}  // namespace
}  // namespace litesmith
