#include <algorithm>
#include <cmath>

#include "kernels/requantize/requantize.h"
#include "ops/recurrent/cases.h"
#include "ops/recurrent/recurrent.h"

namespace litesmith::ops::recurrent {
namespace {

struct Form {
  std::string name;
  std::int32_t batch = 2, in = 5, units = 3, rank = 2, memory = 4;
  Activation activation = Activation::none;
  bool has_bias = true, fed_weights = false, is_asymmetric = false;
  DType weights = DType::float32;

  std::int32_t filters() const { return units * rank; }
};

/// y[row, unit] of products features [filter] by input, put behind the memory.
template <class Feature, class Result>
std::vector<Value> naive(const Form& f, Feature feature, const std::vector<double>& memory, Result result) {
  std::vector<decltype(result(0, 0.0))> y;
  for (std::int32_t row = 0; row < f.batch; ++row)
    for (std::int32_t unit = 0; unit < f.units; ++unit) {
      double sum = 0;
      for (std::int32_t filter = unit * f.rank; filter < (unit + 1) * f.rank; ++filter)
        for (std::int32_t m = 0; m < f.memory; ++m) {
          const auto at = static_cast<std::size_t>((row * f.filters() + filter) * f.memory + m + 1);
          sum += feature(filter, m) * (m + 1 < f.memory ? memory[at] : feature.newest(row, filter));
        }
      y.push_back(result(unit, sum));
    }
  return {value_of({f.batch, f.units}, y)};
}

/// Time weights of (filter, m), and the newest product of (row, filter).
template <class Time, class Newest>
struct Features {
  Time time;
  Newest newest;
  double operator()(std::int32_t filter, std::int32_t m) const { return time(filter, m); }
};
template <class Time, class Newest>
Features(Time, Newest) -> Features<Time, Newest>;

template <class T>
double element(const Value& v, std::int32_t row, std::int32_t width, std::int32_t column) {
  return static_cast<double>(v.as<T>()[static_cast<std::size_t>(row * width + column)]);
}

std::vector<Value> float_reference(const Form& f, const std::vector<Value>& v) {
  const auto state = v[4].as<float>();
  const Features features{
      [&](std::int32_t filter, std::int32_t m) { return element<float>(v[2], filter, f.memory, m); },
      [&](std::int32_t row, std::int32_t filter) {
        double sum = 0;
        for (std::int32_t i = 0; i < f.in; ++i)
          sum += element<float>(v[0], row, f.in, i) * element<float>(v[1], filter, f.in, i);
        return sum;
      }};
  return naive(f, features, {state.begin(), state.end()}, [&](std::int32_t unit, double sum) {
    const double y = sum + (v[3].absent ? 0.0 : element<float>(v[3], 0, 0, unit));
    return static_cast<float>(f.activation == Activation::relu ? std::max(y, 0.0) : y);
  });
}

constexpr float kInput = 0.02F, kFeature = 0.004F, kState = 0.001F, kTime = 0.0003F, kOutput = 0.0002F;
constexpr std::int32_t kInputZero = -9, kOutputZero = 11;

std::vector<Value> integer_reference(const Form& f, const std::vector<Value>& v) {
  const auto state = v[4].as<std::int16_t>();
  const auto to_state = kernels::multiplier_of(double{kInput * kFeature / kState});
  const auto to_output = kernels::multiplier_of(double{kState * kTime / kOutput});
  const Features features{
      [&](std::int32_t filter, std::int32_t m) { return element<std::int16_t>(v[2], filter, f.memory, m); },
      [&](std::int32_t row, std::int32_t filter) {
        double sum = 0;
        for (std::int32_t i = 0; i < f.in; ++i)
          sum += (element<std::int8_t>(v[0], row, f.in, i) - kInputZero) * element<std::int8_t>(v[1], filter, f.in, i);
        return double(std::clamp(kernels::multiply(static_cast<std::int32_t>(sum), to_state), -32768, 32767));
      }};
  return naive(f, features, {state.begin(), state.end()}, [&](std::int32_t unit, double sum) {
    const double total = sum + element<std::int32_t>(v[3], 0, 0, unit);
    const auto y = kernels::multiply(static_cast<std::int32_t>(total), to_output) + kOutputZero;
    return static_cast<std::int8_t>(std::clamp(y, -128, 127));
  });
}

Value with_scale(Value value, float scale, std::int64_t zero_point = 0) {
  value.quantization = {.scales = {scale}, .zero_points = {zero_point}};
  return value;
}

Case float_case(const Form& f) {
  const auto weights = [&](const Shape& shape, std::uint64_t seed) {
    Value value = uniform(DType::float32, shape, -0.8, 0.8, seed);
    if (f.weights != DType::float32) value = with_scale(uniform(f.weights, shape, -127, 127, seed), 0.006F);
    value.constant = !f.fed_weights;
    return value;
  };
  Value state = uniform(DType::float32, {f.batch, f.filters() * f.memory}, -1, 1, 5);
  state.is_variable = true;
  Case one{.name = f.name,
           .op = "SVDF",
           .attrs = SvdfAttrs{f.rank, f.activation, f.is_asymmetric},
           .inputs = {uniform(DType::float32, {f.batch, f.in}, -2, 2, 1), weights({f.filters(), f.in}, 2),
                      weights({f.filters(), f.memory}, 3),
                      f.has_bias ? constant(uniform(DType::float32, {f.units}, -1, 1, 4)) : absent(), state},
           .outputs = {},
           .reference = nullptr,
           .relative = 2e-6,
           .absolute = 1e-6};
  if (f.weights == DType::float32)
    one.reference = [f](const std::vector<Value>& inputs) { return float_reference(f, inputs); };
  return one;
}

Case integer_case(const Form& f) {
  Value state = with_scale(uniform(DType::int16, {f.batch, f.filters() * f.memory}, -30000, 30000, 5), kState);
  state.is_variable = true;
  return {.name = f.name,
          .op = "SVDF",
          .attrs = SvdfAttrs{f.rank, Activation::relu, false},
          .inputs = {with_scale(uniform(DType::int8, {f.batch, f.in}, -128, 127, 1), kInput, kInputZero),
                     constant(with_scale(uniform(DType::int8, {f.filters(), f.in}, -127, 127, 2), kFeature)),
                     constant(with_scale(uniform(DType::int16, {f.filters(), f.memory}, -512, 512, 3), kTime)),
                     constant(uniform(DType::int32, {f.units}, -9000, 9000, 4)), state},
          .outputs = {DType::int8},
          .reference = [f](const std::vector<Value>& inputs) { return integer_reference(f, inputs); },
          .output_quantization = {{.scales = {kOutput}, .zero_points = {kOutputZero}}}};
}

}  // namespace

void add_svdf_cases(std::vector<Case>& list) {
  list.push_back(float_case({.name = "float"}));
  list.push_back(float_case({.name = "relu without bias", .activation = Activation::relu, .has_bias = false}));
  list.push_back(float_case({.name = "one step of memory", .rank = 1, .memory = 1}));
  list.push_back(float_case({.name = "weights that are fed", .fed_weights = true}));
  list.push_back(float_case({.name = "int8 weights", .weights = DType::int8}));
  list.push_back(float_case({.name = "asymmetric rows", .is_asymmetric = true, .weights = DType::int8}));
  list.push_back(integer_case({.name = "int8"}));
  list.push_back(integer_case({.name = "int8, more of everything", .batch = 3, .in = 17, .units = 6, .memory = 9}));
}

}  // namespace litesmith::ops::recurrent
