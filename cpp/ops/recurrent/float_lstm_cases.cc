#include <algorithm>
#include <cmath>

#include "ops/recurrent/cases.h"
#include "ops/recurrent/recurrent.h"

namespace litesmith::ops::recurrent {
namespace {

using Vector = std::vector<double>;

/// What an LSTM case is made of; parts that it may have or lack are bits.
struct Form {
  std::string name;
  std::int32_t batch, steps, in, cells, units;
  bool couples = false, peephole = false, norm = false, projection = false, projection_bias = false;
  LstmAttrs attrs{.activation = Activation::tanh};
  DType weights = DType::float32;
  bool fed_weights = false;
};

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::relu: return std::max(x, 0.0);
    case Activation::relu_n1_to_1: return std::clamp(x, -1.0, 1.0);
    case Activation::relu6: return std::clamp(x, 0.0, 6.0);
    case Activation::tanh: return std::tanh(x);
    default: return x;
  }
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double clipped(double x, double limit) { return limit > 0 ? std::clamp(x, -limit, limit) : x; }

Vector floats(const Value& value) {
  if (value.absent) return {};
  const auto values = value.as<float>();
  return {values.begin(), values.end()};
}

/// The textbook LSTM in double precision, one row after the other.
class Reference {
 public:
  Reference(const Form& form, const std::vector<Value>& inputs) : f_(form), inputs_(inputs) {}

  /// Rows of results in the order of the input's.
  std::vector<float> result(bool is_backward = false) const {
    std::vector<float> y(static_cast<std::size_t>(f_.batch * f_.steps * f_.units));
    const Vector x = floats(inputs_[0]);
    for (std::int32_t row = 0; row < f_.batch; ++row) {
      Vector h = row_of(18, row, f_.units), c = row_of(19, row, f_.cells);
      for (std::int32_t s = 0; s < f_.steps; ++s) {
        const std::int32_t t = is_backward ? f_.steps - 1 - s : s;
        const auto at = static_cast<std::size_t>(f_.attrs.time_major ? t * f_.batch + row : row * f_.steps + t);
        const auto in = static_cast<std::size_t>(f_.in);
        step(Vector(x.begin() + static_cast<std::ptrdiff_t>(at * in),
                    x.begin() + static_cast<std::ptrdiff_t>(at * in + in)),
             h, c);
        for (std::size_t u = 0; u < h.size(); ++u) y[at * h.size() + u] = static_cast<float>(h[u]);
      }
    }
    return y;
  }

 private:
  Vector row_of(std::size_t operand, std::int32_t row, std::int32_t width) const {
    const Vector all = floats(inputs_[operand]);
    return {all.begin() + row * width, all.begin() + (row + 1) * width};
  }

  static double dot(const Vector& w, std::size_t row, const Vector& x) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += w[row * x.size() + i] * x[i];
    return sum;
  }

  /// The sum of gate g (0 to 3) before its activation.
  Vector gate(std::size_t g, const Vector& x, const Vector& h, const Vector& c) const {
    const Vector w = floats(inputs_[1 + g]), r = floats(inputs_[5 + g]), bias = floats(inputs_[12 + g]);
    const Vector peephole = g == 2 ? Vector{} : floats(inputs_[g == 3 ? 11 : 9 + g]);
    const Vector norm = f_.norm ? floats(inputs_[20 + g]) : Vector{};
    Vector sums(static_cast<std::size_t>(f_.cells));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] = dot(w, i, x) + (f_.attrs.diagonal_recurrent ? r[i] * h[i] : dot(r, i, h));
      if (!peephole.empty()) sums[i] += peephole[i] * c[i];
    }
    double mean = 0, variance = 0;
    for (const double s : sums) mean += s / f_.cells;
    for (const double s : sums) variance += (s - mean) * (s - mean) / f_.cells;
    for (std::size_t i = 0; i < sums.size(); ++i)
      sums[i] = (norm.empty() ? sums[i] : (sums[i] - mean) / std::sqrt(variance + 1e-8) * norm[i]) + bias[i];
    return sums;
  }

  void step(const Vector& x, Vector& h, Vector& c) const {
    const Vector forget = gate(1, x, h, c), fresh = gate(2, x, h, c);
    const Vector input = f_.couples ? Vector(c.size()) : gate(0, x, h, c);
    for (std::size_t i = 0; i < c.size(); ++i) {
      const double f = sigmoid(forget[i]), in = f_.couples ? 1 - f : sigmoid(input[i]);
      c[i] = clipped(f * c[i] + in * activate(f_.attrs.activation, fresh[i]), f_.attrs.cell_clip);
    }
    const Vector output = gate(3, x, h, c);
    Vector hidden(c.size());
    for (std::size_t i = 0; i < c.size(); ++i) hidden[i] = sigmoid(output[i]) * activate(f_.attrs.activation, c[i]);
    if (!f_.projection) {
      h = hidden;
      return;
    }
    const Vector w = floats(inputs_[16]), bias = floats(inputs_[17]);
    for (std::size_t u = 0; u < h.size(); ++u)
      h[u] = clipped(dot(w, u, hidden) + (bias.empty() ? 0 : bias[u]), f_.attrs.projection_clip);
  }

  const Form& f_;
  const std::vector<Value>& inputs_;
};

Shape sequence_of(const Form& f, std::int32_t width) {
  return f.attrs.time_major ? Shape{f.steps, f.batch, width} : Shape{f.batch, f.steps, width};
}

/// Operands in order; the seed follows from the position.
std::vector<Value> operands_of(const Form& f) {
  std::vector<Value> list;
  const auto draw = [&](bool present, const Shape& shape, double bound) {
    Value value = present ? uniform(DType::float32, shape, -bound, bound, 100 + list.size()) : absent();
    value.constant = present && !f.fed_weights;
    list.push_back(value);
  };
  const auto weights = [&](bool present, const Shape& shape) {
    if (!present || f.weights == DType::float32) return draw(present, shape, 0.6);
    Value value = constant(uniform(DType::int8, shape, -127, 127, 100 + list.size()));
    value.dtype = f.weights;
    value.quantization = {.scales = {0.002F + 0.001F * static_cast<float>(list.size() % 3)}, .zero_points = {0}};
    list.push_back(value);
  };
  list.push_back(uniform(DType::float32, sequence_of(f, f.in), -2, 2, 7));
  for (int gate = 0; gate < 4; ++gate) weights(gate > 0 || !f.couples, {f.cells, f.in});
  for (int gate = 0; gate < 4; ++gate)
    weights(gate > 0 || !f.couples, f.attrs.diagonal_recurrent ? Shape{f.cells} : Shape{f.cells, f.units});
  for (int gate = 0; gate < 3; ++gate) weights(f.peephole && (gate > 0 || !f.couples), {f.cells});
  for (int gate = 0; gate < 4; ++gate) draw(gate > 0 || !f.couples, {f.cells}, 0.5);
  weights(f.projection, {f.units, f.cells});
  draw(f.projection && f.projection_bias, {f.units}, 0.5);
  for (const std::int32_t width : {f.units, f.cells}) {
    list.push_back(uniform(DType::float32, {f.batch, width}, -1, 1, 50 + static_cast<std::uint64_t>(width)));
    list.back().is_variable = true;
  }
  if (!f.norm) return list;
  for (int gate = 0; gate < 4; ++gate) draw(gate > 0 || !f.couples, {f.cells}, 1.5);
  return list;
}

/// Rows of both, one behind the other.
Value joined(const Value& a, const Value& b, const Shape& shape) {
  const auto left = static_cast<std::size_t>(a.shape.back()), right = static_cast<std::size_t>(b.shape.back());
  std::vector<float> values;
  for (std::size_t row = 0; row * left < a.as<float>().size(); ++row) {
    for (std::size_t i = 0; i < left; ++i) values.push_back(a.as<float>()[row * left + i]);
    for (std::size_t i = 0; i < right; ++i) values.push_back(b.as<float>()[row * right + i]);
  }
  Value result = value_of(shape, values);
  result.constant = a.constant;
  return result;
}

Case case_of(const Form& form) {
  Case one{.name = form.name,
           .op = "UNIDIRECTIONAL_SEQUENCE_LSTM",
           .attrs = form.attrs,
           .inputs = operands_of(form),
           .outputs = {},
           .reference = nullptr,
           .relative = 2e-6,
           .absolute = 1e-6};
  if (form.weights == DType::float32)
    one.reference = [form](const std::vector<Value>& inputs) {
      return std::vector{value_of(sequence_of(form, form.units), Reference(form, inputs).result())};
    };
  return one;
}

/// How BIDIRECTIONAL_SEQUENCE_LSTM gets its second input.
enum class SecondInput { none, of_backward, of_both };

/// The operands of one direction as those of a unidirectional LSTM. Second inputs with weights of their own are further
/// columns of the input.
std::vector<Value> direction_operands(const std::vector<Value>& inputs, const Form& f, bool is_backward,
                                      SecondInput second) {
  const std::size_t first = is_backward ? 18 : 1, state = is_backward ? 37 : 35;
  std::vector<Value> list{inputs[is_backward && second == SecondInput::of_backward ? 39 : 0]};
  for (std::size_t i = 0; i < 17; ++i) list.push_back(inputs[first + i]);
  list.push_back(inputs[state]);
  list.push_back(inputs[state + 1]);
  if (second != SecondInput::of_both) return list;
  list[0] = joined(inputs[0], inputs[39], sequence_of(f, 2 * f.in));
  for (std::size_t gate = 0; gate < 4; ++gate)
    list[1 + gate] = joined(list[1 + gate], inputs[40 + gate + (is_backward ? 4 : 0)], {f.cells, 2 * f.in});
  return list;
}

Case bidirectional_case(Form form, SecondInput second) {
  std::vector<Value> inputs = operands_of(form);
  std::vector<Value> states(inputs.begin() + 18, inputs.begin() + 20);
  inputs.resize(18);
  for (std::size_t i = 1; i < 18; ++i) {
    inputs.push_back(inputs[i]);
    if (!inputs.back().absent) inputs.back().bytes = uniform(DType::float32, inputs[i].shape, -0.6, 0.6, 300 + i).bytes;
  }
  for (int copy = 0; copy < 2; ++copy) inputs.insert(inputs.end(), states.begin(), states.end());
  inputs.resize(48, absent());
  if (second != SecondInput::none) inputs[39] = uniform(DType::float32, sequence_of(form, form.in), -2, 2, 8);
  if (second == SecondInput::of_both)
    for (std::size_t i = 40; i < 48; ++i)
      inputs[i] = constant(uniform(DType::float32, {form.cells, form.in}, -0.6, 0.6, 400 + i));
  const bool merges = form.attrs.merge_outputs;
  return {
      .name = form.name,
      .op = "BIDIRECTIONAL_SEQUENCE_LSTM",
      .attrs = form.attrs,
      .inputs = std::move(inputs),
      .outputs = std::vector(merges ? 1 : 2, DType::float32),
      .reference =
          [=](const std::vector<Value>& values) {
            Form wide = form;
            if (second == SecondInput::of_both) wide.in *= 2;
            std::vector<Value> results;
            for (const bool is_backward : {false, true}) {
              const auto operands = direction_operands(values, form, is_backward, second);
              results.push_back(value_of(sequence_of(form, form.units), Reference(wide, operands).result(is_backward)));
            }
            if (merges) results = {joined(results[0], results[1], sequence_of(form, 2 * form.units))};
            return results;
          },
      .relative = 2e-6,
      .absolute = 1e-6};
}

constexpr LstmAttrs kTanh{.activation = Activation::tanh};
constexpr LstmAttrs kClips{.activation = Activation::tanh, .cell_clip = 0.4F, .projection_clip = 0.3F};
constexpr LstmAttrs kTimeMajor{.activation = Activation::tanh, .time_major = true};
constexpr LstmAttrs kDiagonal{.activation = Activation::tanh, .diagonal_recurrent = true};
constexpr LstmAttrs kRelu6{.activation = Activation::relu6};
constexpr LstmAttrs kNone{.activation = Activation::none, .cell_clip = 1};
constexpr LstmAttrs kAsymmetric{.activation = Activation::tanh, .asymmetric_quantize_inputs = true};

const Form kForms[] = {
    {.name = "plain", .batch = 1, .steps = 5, .in = 7, .cells = 20, .units = 20},
    {.name = "batch", .batch = 3, .steps = 4, .in = 5, .cells = 16, .units = 16},
    {.name = "time major", .batch = 3, .steps = 4, .in = 5, .cells = 9, .units = 9, .attrs = kTimeMajor},
    {.name = "many steps", .batch = 2, .steps = 150, .in = 3, .cells = 33, .units = 33},
    {.name = "coupled", .batch = 2, .steps = 3, .in = 4, .cells = 6, .units = 6, .couples = true},
    {.name = "peephole", .batch = 2, .steps = 3, .in = 4, .cells = 6, .units = 6, .peephole = true},
    {.name = "coupled peephole",
     .batch = 2,
     .steps = 3,
     .in = 4,
     .cells = 6,
     .units = 6,
     .couples = true,
     .peephole = true},
    {.name = "layer norm", .batch = 2, .steps = 3, .in = 4, .cells = 19, .units = 19, .norm = true},
    {.name = "projection", .batch = 2, .steps = 3, .in = 4, .cells = 8, .units = 5, .projection = true},
    {.name = "everything",
     .batch = 3,
     .steps = 6,
     .in = 9,
     .cells = 21,
     .units = 10,
     .peephole = true,
     .norm = true,
     .projection = true,
     .projection_bias = true,
     .attrs = kClips},
    {.name = "coupled with everything",
     .batch = 3,
     .steps = 6,
     .in = 9,
     .cells = 21,
     .units = 10,
     .couples = true,
     .peephole = true,
     .norm = true,
     .projection = true,
     .projection_bias = true,
     .attrs = kClips},
    {.name = "diagonal", .batch = 2, .steps = 5, .in = 4, .cells = 12, .units = 12, .attrs = kDiagonal},
    {.name = "relu6", .batch = 2, .steps = 5, .in = 4, .cells = 12, .units = 12, .attrs = kRelu6},
    {.name = "no activation", .batch = 2, .steps = 5, .in = 4, .cells = 12, .units = 12, .attrs = kNone},
    {.name = "weights that are fed", .batch = 2, .steps = 4, .in = 6, .cells = 17, .units = 17, .fed_weights = true},
    {.name = "fed everything",
     .batch = 2,
     .steps = 4,
     .in = 6,
     .cells = 17,
     .units = 4,
     .peephole = true,
     .norm = true,
     .projection = true,
     .projection_bias = true,
     .fed_weights = true},
    {.name = "int8 weights", .batch = 2, .steps = 6, .in = 20, .cells = 24, .units = 24, .weights = DType::int8},
    {.name = "int8 weights, asymmetric rows",
     .batch = 9,
     .steps = 3,
     .in = 20,
     .cells = 24,
     .units = 10,
     .couples = true,
     .peephole = true,
     .norm = true,
     .projection = true,
     .attrs = kAsymmetric,
     .weights = DType::int8},
    {.name = "uint8 weights", .batch = 1, .steps = 6, .in = 5, .cells = 8, .units = 8, .weights = DType::uint8},
};

}  // namespace

void add_float_lstm_cases(std::vector<Case>& list) {
  for (const Form& form : kForms) list.push_back(case_of(form));
}

void add_bidirectional_lstm_cases(std::vector<Case>& list) {
  LstmAttrs merged = kTanh;
  merged.merge_outputs = true;
  merged.time_major = true;
  const Form plain{.name = "", .batch = 2, .steps = 4, .in = 5, .cells = 9, .units = 9, .attrs = kTanh};
  Form form = plain;
  form.name = "both directions";
  list.push_back(bidirectional_case(form, SecondInput::none));
  form.attrs = merged;
  form.name = "merged";
  list.push_back(bidirectional_case(form, SecondInput::none));
  form.name = "backward reads the second input";
  list.push_back(bidirectional_case(form, SecondInput::of_backward));
  form.name = "both read a second input";
  list.push_back(bidirectional_case(form, SecondInput::of_both));
  form = plain;
  form.name = "coupled, peephole and projection";
  form.units = 6;
  form.couples = form.peephole = form.projection = form.projection_bias = true;
  list.push_back(bidirectional_case(form, SecondInput::none));
}

}  // namespace litesmith::ops::recurrent