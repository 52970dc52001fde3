#include "ops/recurrent/integer_cell.h"

#include <algorithm>
#include <cmath>

#include "kernels/requantize/fixed_point.h"
#include "ops/quantized_tensor.h"
#include "ops/recurrent/recurrent.h"
#include "ops/weights.h"

namespace litesmith::ops::recurrent {
namespace {

constexpr float kGateScale = 0x1p-12F;
constexpr int kHiddenIntermediate = 4;

template <class T>
std::vector<T> constant_values(const PrepareContext& context, int operand) {
  if (!context.has_input(operand)) return {};
  if (!is_known(context, operand))
    context.fail("'", context.input(operand).name, "' (operand ", operand,
                 ") is computed by the model; operands of an integer LSTM must be constant");
  static_cast<void>(known_bytes(context, operand));
  return context.input(operand).data->to_vector<T>();
}

float scale_of(const PrepareContext& context, int operand) {
  return per_tensor_quantization(context, context.input(operand)).scale;
}

/// Intermediates come behind all the operands that the operator may have.
bool has_intermediate(const PrepareContext& context, int i) { return context.has_input(context.op().inputs.most + i); }

/// Scale and zero point of intermediate `i`; fails when the node has none.
PerTensor intermediate(const PrepareContext& context, int i) {
  if (!has_intermediate(context, i))
    context.fail("lacks intermediate ", i, ", whose scale it needs; calibrate it with all five of them");
  return per_tensor_quantization(context, context.input(context.op().inputs.most + i));
}

/// The scale of sums of gate `gate`.
float gate_scale(const PrepareContext& context, const LstmOperands& at, int gate) {
  return context.has_input(at.norm[kForgetGate]) ? intermediate(context, gate).scale : kGateScale;
}

void append(const PrepareContext& context, IntegerProduct8& product, int weights, const std::vector<std::int32_t>& bias,
            std::int32_t zero_point, double factor) {
  const TensorInfo& info = context.input(weights);
  const auto values = constant_values<std::int8_t>(context, weights);
  product.k = info.shape[1];
  product.n += info.shape[0];
  const kernels::Multiplier multiplier = multiplier_of_scales(context, factor);
  for (std::int32_t row = 0; row < info.shape[0]; ++row) {
    std::int64_t sum = 0;
    for (std::int64_t l = 0; l < product.k; ++l) sum += values[static_cast<std::size_t>(row * product.k + l)];
    const std::int64_t start = bias.empty() ? 0 : bias[static_cast<std::size_t>(row)];
    product.corrections.push_back(static_cast<std::int32_t>(start + zero_point * sum));
    product.multipliers.push_back(multiplier);
  }
  product.weights.insert(product.weights.end(), values.begin(), values.end());
}

void pad(IntegerProduct8& product) {
  while (product.multipliers.size() % kernels::kScaleBlock != 0) product.multipliers.emplace_back();
}

void add_gate(const PrepareContext& context, IntegerCell& cell, int gate, const PerTensor& x, const PerTensor& h,
              int cell_exponent) {
  const auto g = static_cast<std::size_t>(gate);
  const LstmOperands& at = cell.at;
  const bool has_norm = context.has_input(at.norm[kForgetGate]);
  const float to = gate_scale(context, at, gate);
  auto bias = constant_values<std::int32_t>(context, at.bias[g]);
  append(context, cell.input, at.input_weights[g], has_norm ? std::vector<std::int32_t>{} : bias, -x.zero_point,
         static_cast<double>(scale_of(context, at.input_weights[g]) * x.scale / to));
  append(context, cell.recurrent, at.recurrent_weights[g], {}, -h.zero_point,
         static_cast<double>(scale_of(context, at.recurrent_weights[g]) * h.scale / to));
  if (at.peephole[g] >= 0 && context.has_input(at.peephole[g]))
    cell.peephole[g] = {
        constant_values<std::int16_t>(context, at.peephole[g]),
        multiplier_of_scales(
            context, static_cast<double>(static_cast<float>(std::ldexp(1.0, cell_exponent) *
                                                            double{scale_of(context, at.peephole[g])} / double{to})))};
  if (!has_norm) return;
  const float scale = scale_of(context, at.norm[g]);
  kernels::Multiplier multiplier = multiplier_of_scales(context, double{scale});
  multiplier.exponent += 12;
  if (multiplier.exponent > kernels::kHighestExponent)
    context.fail("the scale ", scale, " of '", context.input(at.norm[g]).name, "' is too large");
  cell.norm[g] = {constant_values<std::int16_t>(context, at.norm[g]), std::move(bias), multiplier,
                  std::max(1, static_cast<std::int32_t>(10000 * scale))};
}

int exponent_of_cell_scale(const PrepareContext& context, const TensorInfo& state) {
  const PerTensor quantization = per_tensor_quantization(context, state);
  int exponent = 0;
  const float mantissa = std::frexp(quantization.scale, &exponent);
  if (mantissa != 0.5F || quantization.zero_point != 0)
    context.fail("the cell state '", state.name, "' has scale ", quantization.scale, " and zero point ",
                 quantization.zero_point, "; the scale must be a power of two and the zero point 0");
  return exponent - 1;
}

/// How products of gates are rescaled to the cell state.
void set_gate_products(const PrepareContext& context, IntegerCell& cell, int exponent) {
  if (cell.arithmetic == Arithmetic::litert) {
    if (exponent < -30 || exponent > 0)
      context.fail("the cell state has scale 2^", exponent, "; it must be from 2^-30 to 1");
    cell.forget_by_state = {.shift = 15};
    cell.input_by_fresh = {.shift = 30 + exponent};
    return;
  }
  cell.forget_by_state = {.multiplier = kernels::multiplier_of(0x1p-15), .is_shift = false};
  cell.input_by_fresh = {.multiplier = multiplier_of_scales(context, std::ldexp(1.0, -30 - exponent)),
                         .is_shift = false};
}

/// The step of the result that leaves gates and cell: hidden before a projection, else the output state.
void set_hidden(const PrepareContext& context, IntegerCell& cell, const PerTensor& output) {
  PerTensor hidden = output;
  if (cell.arithmetic == Arithmetic::litert &&
      (has_intermediate(context, kHiddenIntermediate) || context.has_input(cell.at.projection)))
    hidden = intermediate(context, kHiddenIntermediate);
  const double factor = 0x1p-15 / double{hidden.scale} * 0x1p-15;
  cell.hidden = multiplier_of_scales(
      context, cell.arithmetic == Arithmetic::litert ? double{static_cast<float>(factor)} : factor);
  cell.hidden_zero_point = hidden.zero_point;
  if (!context.has_input(cell.at.projection)) return;
  const float scale = scale_of(context, cell.at.projection);
  append(context, cell.projection, cell.at.projection, constant_values<std::int32_t>(context, cell.at.projection_bias),
         hidden.zero_point, static_cast<double>(scale * hidden.scale / output.scale));
  pad(cell.projection);
  cell.hidden_zero_point = -hidden.zero_point;
}

/// (x * 2^10 - mean) / deviation * weight + bias, back to 2^-12.
void normalize(const IntegerNorm& norm, std::int16_t* gate, std::int64_t n) noexcept {
  std::int64_t sum = 0, squares = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    sum += gate[i];
    squares += std::int32_t{gate[i]} * gate[i];
  }
  const auto mean = static_cast<std::int32_t>(sum * 1024 / n);
  const std::int64_t share = (1 << 20) / n;
  const auto variance = static_cast<std::int32_t>((squares * share - std::int64_t{mean} * mean) / (1 << 20));
  const kernels::Multiplier inverse = kernels::inverse_square_root(variance < 1 ? norm.least_variance : variance);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int32_t rescaled = kernels::multiply(1024 * gate[i] - mean, inverse);
    const auto weighted = static_cast<std::int32_t>(
        static_cast<std::uint32_t>(rescaled) * static_cast<std::uint32_t>(norm.weights[static_cast<std::size_t>(i)]) +
        static_cast<std::uint32_t>(norm.bias[static_cast<std::size_t>(i)]));
    const std::int64_t rounded = (std::int64_t{weighted} + (weighted > 0 ? 512 : -512)) / 1024;
    gate[i] = static_cast<std::int16_t>(
        std::clamp(kernels::multiply(static_cast<std::int32_t>(rounded), norm.multiplier), -32768, 32767));
  }
}

/// Peephole and normalization of a gate.
void finish_sum(const IntegerCell& cell, int gate, const std::int16_t* state, std::int16_t* sums) noexcept {
  const auto g = static_cast<std::size_t>(gate);
  const IntegerPeephole& peephole = cell.peephole[g];
  for (std::size_t i = 0; i < peephole.weights.size(); ++i) {
    const std::int64_t more = kernels::multiply(std::int32_t{peephole.weights[i]} * state[i], peephole.multiplier);
    sums[i] = static_cast<std::int16_t>(std::clamp<std::int64_t>(sums[i] + more, -32768, 32767));
  }
  if (!cell.norm[g].weights.empty()) normalize(cell.norm[g], sums, cell.cells);
}

}  // namespace

IntegerCell integer_cell(const PrepareContext& context, const LstmOperands& at) {
  const auto& attrs = context.attrs<LstmAttrs>();
  const LstmSize size = lstm_size(context, at);
  const PerTensor x = per_tensor_quantization(context, context.input(at.input));
  const PerTensor h = per_tensor_quantization(context, context.input(at.output_state));
  const PerTensor y = per_tensor_quantization(context, context.output());
  const TensorInfo& state = context.input(at.cell_state);
  const int exponent = exponent_of_cell_scale(context, state);
  if (!GateTable::has_tanh(15 + exponent, context.arithmetic()))
    context.fail("the cell state '", state.name, "' has scale 2^", exponent, "; it must be from 2^-15 to 2^-9");
  IntegerCell cell{.at = at,
                   .first_gate = couples_input_gate(context, at) ? kForgetGate : kInputGate,
                   .cells = size.cells,
                   .units = size.units,
                   .arithmetic = context.arithmetic(),
                   .input = {},
                   .recurrent = {},
                   .projection = {},
                   .norm = {},
                   .peephole = {},
                   .forget_by_state = {},
                   .input_by_fresh = {},
                   .hidden = {},
                   .sigmoid = GateTable::sigmoid(context.arithmetic()),
                   .fresh_tanh = GateTable::tanh(3, context.arithmetic()),
                   .state_tanh = GateTable::tanh(15 + exponent, context.arithmetic())};
  for (int gate = cell.first_gate; gate < kGates; ++gate) add_gate(context, cell, gate, x, h, exponent);
  pad(cell.input);
  pad(cell.recurrent);
  set_gate_products(context, cell, exponent);
  set_hidden(context, cell, h);
  cell.output_zero_point = h.zero_point;
  const auto steps = [](float clip, float scale, float low, float high) {
    return clip > 0 ? static_cast<std::int32_t>(std::clamp(clip / scale, low, high)) : 0;
  };
  cell.cell_clip = steps(attrs.cell_clip, std::ldexp(1.0F, exponent), -32768, 32767);
  cell.projection_clip = steps(attrs.projection_clip, y.scale, -128, 127);
  return cell;
}

void update_integer_row(const IntegerCell& cell, std::int16_t* gates, std::int16_t* state,
                        std::int8_t* hidden) noexcept {
  const std::int64_t n = cell.cells;
  const auto gate = [&](int which) { return gates + (which - cell.first_gate) * n; };
  for (int which = cell.first_gate; which < kOutputGate; ++which) finish_sum(cell, which, state, gate(which));
  const std::int16_t *forget = gate(kForgetGate), *fresh = gate(kCellGate);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int32_t f = cell.sigmoid(forget[i]);
    const std::int32_t in = cell.first_gate == kForgetGate ? 32767 - f : cell.sigmoid(gates[i]);
    const auto kept = static_cast<std::int16_t>(cell.forget_by_state(f, state[i]));
    const auto added = static_cast<std::int16_t>(cell.input_by_fresh(in, cell.fresh_tanh(fresh[i])));
    std::int32_t sum = std::clamp(std::int32_t{kept} + added, -32768, 32767);
    if (cell.cell_clip > 0) sum = std::clamp(sum, -cell.cell_clip, cell.cell_clip);
    state[i] = static_cast<std::int16_t>(sum);
  }
  std::int16_t* const output = gate(kOutputGate);
  finish_sum(cell, kOutputGate, state, output);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int32_t product = std::int32_t{cell.sigmoid(output[i])} * cell.state_tanh(state[i]);
    hidden[i] = static_cast<std::int8_t>(
        std::clamp(kernels::multiply(product, cell.hidden) + cell.hidden_zero_point, -128, 127));
  }
}

}  // namespace litesmith::ops::recurrent
