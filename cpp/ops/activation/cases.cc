#include <cmath>
#include <limits>

#include "ops/activation/activation.h"
#include "ops/case_reference.h"

namespace litesmith::ops::activation {
namespace {

double gelu(double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }
double gelu_tanh(double x) {
  return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}

struct Row {
  std::string_view op;
  double (*reference)(double);
  ir::Attrs attrs{};
};

const Row kRows[] = {
    {"RELU", [](double x) { return std::max(x, 0.0); }},
    {"RELU6", [](double x) { return std::clamp(x, 0.0, 6.0); }},
    {"RELU_N1_TO_1", [](double x) { return std::clamp(x, -1.0, 1.0); }},
    {"RELU_0_TO_1", [](double x) { return std::clamp(x, 0.0, 1.0); }},
    {"LOGISTIC", [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"TANH", [](double x) { return std::tanh(x); }},
    {"ELU", [](double x) { return x < 0 ? std::expm1(x) : x; }},
    {"HARD_SWISH", [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }},
    {"GELU", gelu, GeluAttrs{}},
    {"GELU", gelu_tanh, GeluAttrs{true}},
    {"LEAKY_RELU", [](double x) { return x > 0 ? x : 0.25 * x; }, LeakyReluAttrs{0.25F}},
};

// The last place of the largest result (2^-23 of it): the reference rounds double results once.
constexpr double kLastPlace = 1.2e-7;
// GELU of large negative numbers: the weight 1 + erf is a float's last place away from 0.
constexpr double kNothing = 1e-7;

Case prelu(const Shape& x, const Shape& alpha) {
  return {.name = "PRELU " + to_string(x) + " by " + to_string(alpha),
          .op = "PRELU",
          .attrs = {},
          .inputs = {uniform(DType::float32, x, -10, 10, 1), uniform(DType::float32, alpha, -1, 1, 2)},
          .outputs = {},
          .reference = broadcast_mapped<float, float>([](float v, float a) { return v >= 0 ? v : v * a; })};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Row& row : kRows) {
    const auto add = [&](const std::string& name, Value x) {
      list.push_back({.name = std::string(row.op) + " of " + name,
                      .op = row.op,
                      .attrs = row.attrs,
                      .inputs = {std::move(x)},
                      .outputs = {},
                      .reference = mapped<float, float>(row.reference),
                      .relative = kLastPlace,
                      .absolute = kNothing});
    };
    for (const int n : {0, 1, 7, 16, 20000}) add(std::to_string(n), uniform(DType::float32, {2, n}, -10, 10, 1));
    add("special values", value_of<float>({6}, {0.0F, -0.0F, 1e-40F, std::numeric_limits<float>::infinity(), 1e30F,
                                                std::numeric_limits<float>::quiet_NaN()}));
  }
  list.push_back(prelu({2, 5, 4, 3}, {1, 1, 3}));
  list.push_back(prelu({2, 5, 4, 3}, {5, 4, 1}));
  list.push_back(prelu({4, 9}, {1}));
  return list;
}

}  // namespace litesmith::ops::activation
