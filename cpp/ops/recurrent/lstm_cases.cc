#include <cmath>

#include "ops/recurrent/cases.h"
#include "ops/recurrent/recurrent.h"

namespace litesmith::ops::recurrent {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// One step of LSTM BASIC: batch 2, 3 inputs, 5 units.
constexpr std::int32_t kBatch = 2, kIn = 3, kUnits = 5, kJoined = kIn + kUnits;

std::vector<Value> basic_reference(const std::vector<Value>& v) {
  std::vector<float> activation, state, joined, gates;
  for (std::size_t row = 0; row < kBatch; ++row) {
    std::vector<double> x;
    for (std::size_t i = 0; i < kIn; ++i) x.push_back(v[0].as<float>()[row * kIn + i]);
    for (std::size_t i = 0; i < kUnits; ++i) x.push_back(v[1].as<float>()[row * kUnits + i]);
    std::vector<double> g;
    for (std::size_t j = 0; j < 4 * kUnits; ++j) {
      double sum = v[3].as<float>()[j];
      for (std::size_t i = 0; i < kJoined; ++i) sum += x[i] * v[2].as<float>()[j * kJoined + i];
      g.push_back(j / kUnits == 1 ? std::tanh(sum) : sigmoid(sum));
    }
    for (std::size_t u = 0; u < kUnits; ++u) {
      const double c = g[u] * g[kUnits + u] + g[2 * kUnits + u] * v[4].as<float>()[row * kUnits + u];
      state.push_back(static_cast<float>(c));
      activation.push_back(static_cast<float>(g[3 * kUnits + u] * std::tanh(c)));
    }
    for (const double value : x) joined.push_back(static_cast<float>(value));
    for (const double value : g) gates.push_back(static_cast<float>(value));
  }
  return {value_of({kBatch, kUnits}, activation), value_of({kBatch, kUnits}, state),
          value_of({kBatch, kJoined}, joined), value_of({kBatch, 4 * kUnits}, gates)};
}

Value variable(Value value) {
  value.is_variable = true;
  return value;
}

Case basic_case(bool fed_weights) {
  Value weights = uniform(DType::float32, {4 * kUnits, kJoined}, -0.7, 0.7, 3);
  weights.constant = !fed_weights;
  return {.name = fed_weights ? "basic, weights that are fed" : "basic",
          .op = "LSTM",
          .attrs = LstmAttrs{.activation = Activation::tanh, .kernel_type = LstmKernelType::basic},
          .inputs = {uniform(DType::float32, {kBatch, kIn}, -2, 2, 1),
                     variable(uniform(DType::float32, {kBatch, kUnits}, -1, 1, 2)), weights,
                     constant(uniform(DType::float32, {4 * kUnits}, -1, 1, 4)),
                     variable(uniform(DType::float32, {kBatch, kUnits}, -1, 1, 5))},
          .outputs = {DType::float32, DType::float32, DType::float32, DType::float32},
          .reference = basic_reference,
          .relative = 2e-6,
          .absolute = 1e-6};
}

struct IntegerForm {
  std::string name;
  std::string_view op = "UNIDIRECTIONAL_SEQUENCE_LSTM";
  std::int32_t batch, steps, in, cells;
  bool couples = false, peephole = false;
  float cell_clip = 0;
  bool time_major = false;
};

Value with_scale(Value value, float scale, std::int64_t zero_point = 0) {
  value.quantization = {.scales = {scale}, .zero_points = {zero_point}};
  return value;
}

/// Without a reference here: the bits are those of LiteRT's models (tests/python), every instruction set must have
/// them.
Case integer_case(const IntegerForm& f) {
  std::vector<Value> inputs;
  const auto draw = [&](bool present, DType type, const Shape& shape, double bound, float scale) {
    inputs.push_back(present ? constant(with_scale(uniform(type, shape, -bound, bound, 70 + inputs.size()), scale))
                             : absent());
  };
  const Shape sequence = f.op == "LSTM" ? Shape{f.batch, f.in}
                         : f.time_major ? Shape{f.steps, f.batch, f.in}
                                        : Shape{f.batch, f.steps, f.in};
  inputs.push_back(with_scale(uniform(DType::int8, sequence, -128, 127, 60), 0.02F, 5));
  for (int gate = 0; gate < 4; ++gate)
    draw(gate > 0 || !f.couples, DType::int8, {f.cells, f.in}, 127, 0.004F + 0.001F * static_cast<float>(gate));
  for (int gate = 0; gate < 4; ++gate) draw(gate > 0 || !f.couples, DType::int8, {f.cells, f.cells}, 127, 0.006F);
  for (int gate = 0; gate < 3; ++gate)
    draw(f.peephole && (gate > 0 || !f.couples), DType::int16, {f.cells}, 32767, 2e-5F);
  for (int gate = 0; gate < 4; ++gate) draw(gate > 0 || !f.couples, DType::int32, {f.cells}, 9000, 1e-4F);
  inputs.push_back(absent());
  inputs.push_back(absent());
  inputs.push_back(variable(with_scale(uniform(DType::int8, {f.batch, f.cells}, -128, 127, 61), 1.0F / 128, -3)));
  inputs.push_back(variable(with_scale(uniform(DType::int16, {f.batch, f.cells}, -32768, 32767, 62), 0x1p-12F)));
  return {.name = f.name,
          .op = f.op,
          .attrs = LstmAttrs{.activation = Activation::tanh, .cell_clip = f.cell_clip, .time_major = f.time_major},
          .inputs = std::move(inputs),
          .outputs = {DType::int8},
          .reference = nullptr,
          .output_quantization = {{.scales = {1.0F / 128}, .zero_points = {-3}}}};
}

}  // namespace

void add_lstm_cases(std::vector<Case>& list) {
  list.push_back(basic_case(false));
  list.push_back(basic_case(true));
  list.push_back(integer_case({.name = "int8", .batch = 1, .steps = 6, .in = 9, .cells = 20}));
  list.push_back(integer_case({.name = "int8, time major, clipped",
                               .batch = 3,
                               .steps = 5,
                               .in = 40,
                               .cells = 33,
                               .cell_clip = 2,
                               .time_major = true}));
  list.push_back(integer_case({.name = "int8, coupled with peephole",
                               .batch = 2,
                               .steps = 4,
                               .in = 7,
                               .cells = 19,
                               .couples = true,
                               .peephole = true}));
  list.push_back(integer_case({.name = "int8, one step", .op = "LSTM", .batch = 2, .steps = 1, .in = 7, .cells = 12}));
}

}  // namespace litesmith::ops::recurrent
