#include <cmath>
#include <limits>

#include "base/half.h"
#include "ops/case_reference.h"

namespace litesmith::ops::elementwise_unary {
namespace {

constexpr double kLastPlace = 1.2e-7;  // 2^-23 of the largest result
constexpr float kInf = std::numeric_limits<float>::infinity();
const float kNan = std::numeric_limits<float>::quiet_NaN();

double half_to_even(double x) { return std::nearbyint(x); }

struct Row {
  std::string_view op;
  double (*reference)(double);
  double low, high;
};

const Row kRows[] = {
    {"ABS", [](double x) { return std::abs(x); }, -5, 5},
    {"NEG", [](double x) { return -x; }, -5, 5},
    {"SQRT", [](double x) { return std::sqrt(x); }, 0, 50},
    {"RSQRT", [](double x) { return 1 / std::sqrt(x); }, 0.1, 50},
    {"LOG", [](double x) { return std::log(x); }, 0, 50},
    {"EXP", [](double x) { return std::exp(x); }, -20, 20},
    {"SIN", [](double x) { return std::sin(x); }, -20, 20},
    {"COS", [](double x) { return std::cos(x); }, -20, 20},
    {"SQUARE", [](double x) { return x * x; }, -5, 5},
    {"FLOOR", [](double x) { return std::floor(x); }, -5, 5},
    {"ROUND", half_to_even, -5, 5},
    {"CEIL", [](double x) { return std::ceil(x); }, -5, 5},
    {"SIGN", [](double x) { return double(x > 0) - double(x < 0); }, -5, 5},
    {"ZEROS_LIKE", [](double) { return 0.0; }, -5, 5},
};

Case of(std::string_view op, Value x, Reference reference) {
  const DType type = x.dtype;
  return {.name = concat(op, " ", name(type), " ", x.shape),
          .op = op,
          .attrs = {},
          .inputs = {std::move(x)},
          .outputs = {type},
          .reference = std::move(reference),
          .relative = kLastPlace};
}

template <class T>
void add_integers(std::vector<Case>& list, std::string_view op, T (*f)(T)) {
  list.push_back(of(op, uniform(kDTypeOf<T>, {3, 33}, -100, 100, 5), mapped<T, T>(f)));
}

/// Half floats: the values are drawn as floats and stored rounded.
Case of_half(std::string_view op, double (*f)(double)) {
  const Value x = uniform(DType::float32, {50}, -5, 5, 6);
  std::vector<std::uint16_t> bits;
  for (const float v : x.as<float>()) bits.push_back(to_half(v).bits);
  Value stored = value_of({50}, bits);
  stored.dtype = DType::float16;
  return of(op, stored, [f](const std::vector<Value>& inputs) {
    std::vector<std::uint16_t> y;
    for (const Half h : inputs[0].as<Half>()) y.push_back(to_half(static_cast<float>(f(to_float(h)))).bits);
    Value result = value_of(inputs[0].shape, y);
    result.dtype = DType::float16;
    return std::vector<Value>{result};
  });
}

template <class T>
Case of_levels(std::string_view op, double low, const ir::Quantization& from, const ir::Quantization& to,
               double (*f)(double), double (*rounded)(double)) {
  Case one = of(op, quantized(uniform(kDTypeOf<T>, {2, 700}, low, std::numeric_limits<T>::max(), 8), from),
                mapped<T, T>([=](T x) {
                  const double real = f(double{from.scales[0]} * static_cast<double>(x - from.zero_points[0]));
                  return saturated<T>(rounded(real / double{to.scales[0]}) + static_cast<double>(to.zero_points[0]));
                }));
  one.name += concat(", scale ", to.scales[0]);
  one.output_quantization = {to};
  return one;
}

double nearest(double x) { return std::round(x); }
double truncated(double x) { return std::trunc(x); }

void add_quantized(std::vector<Case>& list) {
  const auto same = [](double x) { return std::abs(x); };
  const auto root = [](double x) { return std::sqrt(x); };
  const auto inverse = [](double x) { return x == 0 ? kInf : 1 / std::sqrt(x); };
  list.push_back(of_levels<std::int8_t>("ABS", -128, per_tensor(0.05F, 3), per_tensor(0.05F, -7), same, nearest));
  list.push_back(of_levels<std::int16_t>("ABS", -32768, per_tensor(0.05F, 0), per_tensor(0.05F, 0), same, nearest));
  list.push_back(of_levels<std::int8_t>("ABS", -128, per_tensor(0.05F, 3), per_tensor(0.0237F, -7), same, nearest));
  list.push_back(of_levels<std::int8_t>("SQRT", 3, per_tensor(0.05F, 3), per_tensor(0.021F, -7), root, truncated));
  list.push_back(of_levels<std::int16_t>("SQRT", 0, per_tensor(0.0503F, 0), per_tensor(0.00217F, 0), root, truncated));
  list.push_back(of_levels<std::int16_t>("RSQRT", 0, per_tensor(0.05F, 0), per_tensor(0.0021F, 0), inverse, nearest));
  list.push_back(of_levels<std::int8_t>(
      "EXP", -128, per_tensor(0.05F, 100), per_tensor(0.021F, -7), [](double x) { return std::exp(x); }, nearest));
  list.push_back(of_levels<std::int8_t>(
      "LOG", 4, per_tensor(0.05F, 3), per_tensor(0.021F, -7), [](double x) { return std::log(x); }, nearest));
  for (const std::string_view op : {"EXP", "LOG"}) {
    Case curve = of(op, quantized(uniform(DType::int16, {2, 700}, -32768, 32767, 8), per_tensor(0.0003F, 0)), nullptr);
    curve.output_quantization = {per_tensor(0.0005F, 0)};
    list.push_back(std::move(curve));
  }
  Case fixed = of("RSQRT", quantized(uniform(DType::int8, {2, 70}, 0, 127, 8), per_tensor(0.05F, 0)), nullptr);
  fixed.output_quantization = {per_tensor(0.05F, -100)};
  list.push_back(std::move(fixed));
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Row& row : kRows)
    for (const int n : {1, 3, 8, 9, 17000})
      list.push_back(
          of(row.op, uniform(DType::float32, {2, n}, row.low, row.high, 7), mapped<float, float>(row.reference)));
  const std::vector<float> ties = {0.5F, 1.5F, 2.5F, -0.5F, -1.5F, 8388609.0F, -0.0F, 1e30F, kInf, -kInf, kNan};
  for (const Row& row : kRows)
    if (row.op == "FLOOR" || row.op == "ROUND" || row.op == "CEIL" || row.op == "ABS" || row.op == "NEG")
      list.push_back(of(row.op, value_of({11}, ties), mapped<float, float>(row.reference)));
  add_integers<std::int32_t>(list, "ABS", [](std::int32_t x) { return std::abs(x); });
  add_integers<std::int16_t>(list, "ABS", [](std::int16_t x) { return static_cast<std::int16_t>(std::abs(x)); });
  add_integers<std::int32_t>(list, "NEG", [](std::int32_t x) { return -x; });
  add_integers<std::int64_t>(list, "NEG", [](std::int64_t x) { return -x; });
  add_integers<std::int32_t>(list, "SIGN", [](std::int32_t x) { return (x > 0) - (x < 0); });
  add_integers<std::int64_t>(list, "ZEROS_LIKE", [](std::int64_t) { return std::int64_t{0}; });
  for (const Row& row : kRows)
    if (row.op == "FLOOR" || row.op == "ROUND" || row.op == "NEG" || row.op == "SIN" || row.op == "COS")
      list.push_back(of_half(row.op, row.reference));
  constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::lowest();
  list.push_back(of("NEG", value_of<std::int32_t>({2}, {kLeast, 0}),
                    mapped<std::int32_t, std::int32_t>([](std::int32_t x) { return x; })));
  add_quantized(list);
  return list;
}

}  // namespace litesmith::ops::elementwise_unary
