#include <algorithm>
#include <cmath>

#include "ops/recurrent/cases.h"
#include "ops/recurrent/recurrent.h"

namespace litesmith::ops::recurrent {
namespace {

struct Form {
  std::string name;
  RnnAttrs attrs{.activation = Activation::tanh};
  std::int32_t batch = 2, steps = 3, in = 5, units = 7;
  bool fed_weights = false;
  /// Of weights; small ones forget errors.
  double bound = 0.6;
  DType weights = DType::float32;
};

Shape sequence_of(const Form& f, std::int32_t width) {
  return f.attrs.time_major ? Shape{f.steps, f.batch, width} : Shape{f.batch, f.steps, width};
}

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::relu: return std::max(x, 0.0);
    case Activation::tanh: return std::tanh(x);
    default: return x;
  }
}

/// One direction: x, second input or null, weights [units, in], recurrent, bias, state, weights of the second input.
struct Direction {
  const Value* x;
  const Value* second;
  const Value* weights;
  const Value* recurrent;
  const Value* bias;
  const Value* state;
  const Value* second_weights;
};

double dot(const Value& w, std::size_t unit, const Value& x, std::size_t row) {
  const auto n = static_cast<std::size_t>(x.shape.back());
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += double{w.as<float>()[unit * n + i]} * x.as<float>()[row * n + i];
  return sum;
}

std::vector<float> naive(const Form& f, const Direction& d, bool is_backward) {
  const auto units = static_cast<std::size_t>(f.units);
  std::vector<float> y(static_cast<std::size_t>(f.batch * f.steps) * units);
  for (std::int32_t row = 0; row < f.batch; ++row) {
    std::vector<double> h(units);
    for (std::size_t u = 0; u < units; ++u) h[u] = d.state->as<float>()[static_cast<std::size_t>(row) * units + u];
    for (std::int32_t s = 0; s < f.steps; ++s) {
      const std::int32_t t = is_backward ? f.steps - 1 - s : s;
      const auto at = static_cast<std::size_t>(f.attrs.time_major ? t * f.batch + row : row * f.steps + t);
      std::vector<double> next(units);
      for (std::size_t u = 0; u < units; ++u) {
        double sum = d.bias->as<float>()[u] + dot(*d.weights, u, *d.x, at);
        if (d.second_weights != nullptr) sum += dot(*d.second_weights, u, *d.second, at);
        for (std::size_t i = 0; i < units; ++i) sum += double{d.recurrent->as<float>()[u * units + i]} * h[i];
        next[u] = activate(f.attrs.activation, sum);
        y[at * units + u] = static_cast<float>(next[u]);
      }
      h = next;
    }
  }
  return y;
}

/// The operands of one direction, those of a unidirectional node.
std::vector<Value> direction_operands(const Form& f, std::uint64_t seed) {
  const auto weights = [&](const Shape& shape) {
    Value value = uniform(DType::float32, shape, -f.bound, f.bound, ++seed);
    if (f.weights != DType::float32) {
      value = uniform(f.weights, shape, -127, 127, ++seed);
      value.quantization = {.scales = {0.004F}, .zero_points = {0}};
    }
    value.constant = !f.fed_weights;
    return value;
  };
  Value state = uniform(DType::float32, {f.batch, f.units}, -1, 1, ++seed);
  state.is_variable = true;
  return {weights({f.units, f.in}), weights({f.units, f.units}),
          constant(uniform(DType::float32, {f.units}, -0.5, 0.5, ++seed)), state};
}

Case unidirectional(const Form& f, std::string_view op) {
  const bool has_time = op != "RNN";
  std::vector<Value> inputs = direction_operands(f, 20);
  inputs.insert(inputs.begin(),
                uniform(DType::float32, has_time ? sequence_of(f, f.in) : Shape{f.batch, f.in}, -2, 2, 3));
  Case one{.name = f.name,
           .op = op,
           .attrs = f.attrs,
           .inputs = inputs,
           .outputs = {},
           .reference = nullptr,
           .relative = 2e-6,
           .absolute = 1e-6};
  if (f.weights == DType::float32)
    one.reference = [=](const std::vector<Value>& v) {
      const auto y = naive(f, {&v[0], nullptr, &v[1], &v[2], &v[3], &v[4], nullptr}, false);
      return std::vector{value_of(has_time ? sequence_of(f, f.units) : Shape{f.batch, f.units}, y)};
    };
  return one;
}

enum class SecondInput { none, of_backward, of_both };

std::vector<Value> naive_bidirectional(const Form& f, const std::vector<Value>& v, SecondInput second) {
  const bool of_both = second == SecondInput::of_both;
  const auto forward = naive(f, {&v[0], &v[9], &v[1], &v[2], &v[3], &v[4], of_both ? &v[10] : nullptr}, false);
  const Value* x = second == SecondInput::of_backward ? &v[9] : &v[0];
  const auto backward = naive(f, {x, &v[9], &v[5], &v[6], &v[7], &v[8], of_both ? &v[11] : nullptr}, true);
  const Shape shape = sequence_of(f, f.units);
  if (!f.attrs.merge_outputs) return {value_of(shape, forward), value_of(shape, backward)};
  std::vector<float> merged;
  const auto units = static_cast<std::ptrdiff_t>(f.units);
  for (std::ptrdiff_t at = 0; at < std::ssize(forward); at += units) {
    merged.insert(merged.end(), forward.begin() + at, forward.begin() + at + units);
    merged.insert(merged.end(), backward.begin() + at, backward.begin() + at + units);
  }
  return {value_of(sequence_of(f, 2 * f.units), merged)};
}

Case bidirectional(const Form& f, SecondInput second) {
  std::vector<Value> inputs{uniform(DType::float32, sequence_of(f, f.in), -2, 2, 3)};
  for (const std::uint64_t seed : {20U, 60U})
    for (Value& value : direction_operands(f, seed)) inputs.push_back(std::move(value));
  inputs.resize(12, absent());
  if (second != SecondInput::none) inputs[9] = uniform(DType::float32, sequence_of(f, f.in), -2, 2, 4);
  if (second == SecondInput::of_both)
    for (const std::size_t i : {10U, 11U}) inputs[i] = constant(uniform(DType::float32, {f.units, f.in}, -0.6, 0.6, i));
  return {.name = f.name,
          .op = "BIDIRECTIONAL_SEQUENCE_RNN",
          .attrs = f.attrs,
          .inputs = std::move(inputs),
          .outputs = std::vector(f.attrs.merge_outputs ? 1 : 2, DType::float32),
          .reference = [=](const std::vector<Value>& v) { return naive_bidirectional(f, v, second); },
          .relative = 2e-6,
          .absolute = 1e-6};
}

}  // namespace

void add_rnn_cases(std::vector<Case>& list) {
  const Form plain{.name = "tanh"};
  Form relu = plain, time_major = plain, fed = plain, hybrid = plain, long_one = plain, merged = plain;
  relu.name = "relu";
  relu.attrs.activation = Activation::relu;
  time_major.name = "time major";
  time_major.attrs.time_major = true;
  fed.name = "weights that are fed";
  fed.fed_weights = true;
  hybrid.name = "int8 weights";
  hybrid.weights = DType::int8;
  long_one.name = "many steps";
  long_one.steps = 2000;
  long_one.units = 33;
  long_one.bound = 0.15;
  for (const Form& form : {plain, relu, time_major, fed, hybrid, long_one})
    list.push_back(unidirectional(form, "UNIDIRECTIONAL_SEQUENCE_RNN"));
  for (Form form : {plain, relu, fed, hybrid}) {
    form.steps = 1;
    list.push_back(unidirectional(form, "RNN"));
  }
  merged.name = "merged";
  merged.attrs.merge_outputs = true;
  merged.attrs.time_major = true;
  for (const Form& form : {plain, merged})
    for (const SecondInput second : {SecondInput::none, SecondInput::of_backward, SecondInput::of_both})
      list.push_back(bidirectional(form, second));
}

}  // namespace litesmith::ops::recurrent
