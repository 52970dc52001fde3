#include <cmath>
#include <limits>

#include "kernels/requantize/multiplier.h"
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

constexpr float kScale = 0.043F, kResultScale = 0.029F;

template <class T>
Value every_level() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> levels;
  for (int x = Limits::lowest(); x <= Limits::max(); ++x) levels.push_back(static_cast<T>(x));
  return value_of({static_cast<std::int32_t>(levels.size())}, levels);
}

/// A function of all levels of T; without a reference only that every instruction set gives the same.
template <class T>
Case quantized_case(const Row& row, const ir::Quantization& from, const ir::Quantization& to, Reference reference) {
  return {.name = concat("quantized ", row.op, " of every ", name(kDTypeOf<T>)),
          .op = row.op,
          .attrs = row.attrs,
          .inputs = {quantized(every_level<T>(), from)},
          .outputs = {kDTypeOf<T>},
          .reference = std::move(reference),
          .output_quantization = {to}};
}

/// Where f(x) is no tie the nearest level does not depend on how f was computed.
template <class T>
void add_nearest_levels(std::vector<Case>& list) {
  const int middle = std::is_unsigned_v<T> ? 128 : 0;
  const auto from = per_tensor(kScale, middle + 7);
  for (const Row& row : kRows) {
    const bool is_sigmoid = row.op == "LOGISTIC", is_exact = is_sigmoid || row.op == "TANH" || row.op == "GELU";
    if (!is_exact && row.op != "ELU") continue;
    const auto to = is_sigmoid ? per_tensor(1 / 256.0F, middle - 128) : per_tensor(1 / 128.0F, middle);
    const double scale = double{to.scales[0]};
    list.push_back(
        quantized_case<T>(row, from, to, mapped<T, T>([=, f = row.reference](T x) {
                            const double real = f(double{kScale} * static_cast<double>(x - from.zero_points[0]));
                            return saturated<T>(std::round(real / scale) + static_cast<double>(to.zero_points[0]));
                          })));
  }
}

template <class T>
void add_rescaled(std::vector<Case>& list) {
  const int zero = sizeof(T) == 2 ? 0 : (std::is_unsigned_v<T> ? 131 : 3);
  const auto from = per_tensor(kScale, zero), to = per_tensor(kResultScale, zero);
  const auto factor = kernels::multiplier_of(double{kScale / kResultScale});
  const auto slope = kernels::multiplier_of(double{kScale * 0.25F / kResultScale});
  const auto clamped = [=](double low, double high) {
    return mapped<T, T>([=](T x) {
      const double level = kernels::multiply(x - zero, factor);
      return saturated<T>(
          zero + std::clamp(level, std::round(low / double{kResultScale}), std::round(high / double{kResultScale})));
    });
  };
  list.push_back(quantized_case<T>({"RELU", nullptr}, from, to, clamped(0, 1e9)));
  list.push_back(quantized_case<T>({"RELU6", nullptr}, from, to, clamped(0, 6)));
  list.push_back(quantized_case<T>({"RELU_N1_TO_1", nullptr}, from, to, clamped(-1, 1)));
  list.push_back(quantized_case<T>({"RELU_0_TO_1", nullptr}, from, to, clamped(0, 1)));
  list.push_back(quantized_case<T>({"LEAKY_RELU", nullptr, LeakyReluAttrs{0.25F}}, from, to, mapped<T, T>([=](T x) {
                                     return saturated<T>(zero + kernels::multiply(x - zero, x < zero ? slope : factor));
                                   })));
  Case two = quantized_case<T>({"PRELU", nullptr}, from, to, nullptr);
  two.inputs = {quantized(uniform(kDTypeOf<T>, {3, 4, 21}, 0, 127, 3), from),
                quantized(uniform(kDTypeOf<T>, {1, 1, 21}, 0, 127, 4), per_tensor(0.01F, 0))};
  const auto product = kernels::multiplier_of(double{kScale * 0.01F / kResultScale});
  two.reference = broadcast_mapped<T, T>([=](T x, T a) {
    const int value = x - zero;
    return saturated<T>(zero + (value >= 0 ? kernels::multiply(value, factor) : kernels::multiply(value * a, product)));
  });
  list.push_back(std::move(two));
}

void add_quantized(std::vector<Case>& list) {
  add_nearest_levels<std::int8_t>(list);
  add_nearest_levels<std::uint8_t>(list);
  add_rescaled<std::int8_t>(list);
  add_rescaled<std::uint8_t>(list);
  add_rescaled<std::int16_t>(list);
  list.push_back(
      quantized_case<std::int8_t>({"HARD_SWISH", nullptr}, per_tensor(kScale, 3), per_tensor(0.05F, -9), {}));
  for (const float scale : {0x1p-12F, 0.0003F})
    for (const std::string_view op : {"LOGISTIC", "TANH"})
      list.push_back(
          quantized_case<std::int16_t>({op, nullptr}, per_tensor(scale, 0), per_tensor(0x1p-15F, 0), nullptr));
  list.push_back(quantized_case<std::int16_t>({"GELU", nullptr, GeluAttrs{}}, per_tensor(0.0003F, 0),
                                              per_tensor(0.0003F, 0), nullptr));
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
  add_quantized(list);
  return list;
}

}  // namespace litesmith::ops::activation
