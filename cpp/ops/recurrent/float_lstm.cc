#include "ops/recurrent/float_lstm.h"

#include <algorithm>

#include "ops/float_product.h"
#include "ops/recurrent/sequence.h"
#include "ops/recurrent/sequence_step.h"
#include "ops/recurrent/vectors.h"

namespace litesmith::ops::recurrent {
namespace {

using VectorOperands = std::array<VectorOperand, kGates>;

/// Rows of sums hold the gates one after the other, without the input gate when it is coupled.
struct LstmCell {
  LstmOperands at;
  SequenceInputs inputs;
  int first_gate;
  std::int64_t cells;
  std::int64_t unit_count;
  RowActivation activation;
  kernels::ArrayFunction sigmoid;
  float cell_clip;
  float projection_clip;
  VectorOperands bias, peephole, norm, diagonal;
  VectorOperand projection_bias;
  bool has_norm;

  std::int64_t width() const noexcept { return (kGates - first_gate) * cells; }
  std::int64_t units() const noexcept { return unit_count; }
  /// Hidden rows before a projection, and one row of squashed cells.
  std::int64_t own_floats(std::int64_t rows) const noexcept { return (rows + 1) * cells; }
  void start(const Operands& operands, float* sums, std::int64_t rows) const noexcept;
  const float* advance(const SequenceMoment& moment) const noexcept;

 private:
  float* gate(float* row, int which) const noexcept { return row + (which - first_gate) * cells; }
  void finish_sum(const Operands& operands, int which, const float* state, float* row) const noexcept;
  void update_row(const Operands& operands, float* row, float* state, float* hidden, float* squashed) const noexcept;
  void project(const SequenceMoment& moment, const float* hidden, float* state) const noexcept;
};

/// Gates start at their biases; at 0 under layer normalization, which adds them later.
void LstmCell::start(const Operands& operands, float* sums, std::int64_t rows) const noexcept {
  if (has_norm) {
    std::fill_n(sums, rows * width(), 0.0F);
    return;
  }
  for (int which = first_gate; which < kGates; ++which)
    std::copy_n(bias[static_cast<std::size_t>(which)].values(operands), cells, gate(sums, which));
  for (std::int64_t row = 1; row < rows; ++row) std::copy_n(sums, width(), sums + row * width());
}

/// What a gate gets between its products and its activation.
void LstmCell::finish_sum(const Operands& operands, int which, const float* state, float* row) const noexcept {
  const auto g = static_cast<std::size_t>(which);
  if (const float* weights = peephole[g].values(operands)) add_product(row, weights, state, cells);
  if (has_norm) layer_normalize(row, norm[g].values(operands), bias[g].values(operands), cells);
}

/// One row: from gates to the new cell state and `hidden`.
void LstmCell::update_row(const Operands& operands, float* row, float* state, float* hidden,
                          float* squashed) const noexcept {
  for (int which = first_gate; which < kOutputGate; ++which) finish_sum(operands, which, state, gate(row, which));
  float* const forget = gate(row, kForgetGate);
  float* const fresh = gate(row, kCellGate);
  float* const output = gate(row, kOutputGate);
  sigmoid(row, row, (kCellGate - first_gate) * cells);
  activation.apply(fresh, cells);
  if (first_gate == kForgetGate) {
    for (std::int64_t i = 0; i < cells; ++i) state[i] = forget[i] * state[i] + (1.0F - forget[i]) * fresh[i];
  } else {
    for (std::int64_t i = 0; i < cells; ++i) state[i] = forget[i] * state[i] + row[i] * fresh[i];
  }
  clip(state, cells, cell_clip);
  finish_sum(operands, kOutputGate, state, output);
  sigmoid(output, output, cells);
  std::copy_n(state, cells, squashed);
  activation.apply(squashed, cells);
  for (std::int64_t i = 0; i < cells; ++i) hidden[i] = output[i] * squashed[i];
}

/// The projection of hidden rows becomes the output state.
void LstmCell::project(const SequenceMoment& moment, const float* hidden, float* state) const noexcept {
  const float* values = projection_bias.values(moment.operands);
  for (std::int64_t row = 0; row < moment.rows; ++row)
    values == nullptr ? std::fill_n(state + row * unit_count, unit_count, 0.0F)
                      : std::copy_n(values, unit_count, state + row * unit_count);
  moment.products.projection->add(moment.plans.projection, moment.work.projection, hidden, state, moment.work.scratch);
  clip(state, moment.rows * unit_count, projection_clip);
}

const float* LstmCell::advance(const SequenceMoment& moment) const noexcept {
  const SequenceProducts& products = moment.products;
  float* const output_state = moment.state(at.output_state, unit_count);
  float* const cell_state = moment.state(at.cell_state, cells);
  float* const squashed = moment.work.cell + moment.rows * cells;
  if (products.recurrent)
    products.recurrent->add(moment.plans.recurrent, moment.work.recurrent, output_state, moment.sums,
                            moment.work.scratch);
  for (std::int64_t row = 0; row < moment.rows; ++row) {
    float* const sums = moment.sums + row * width();
    float* const state = output_state + row * unit_count;
    if (!products.recurrent)
      for (int which = first_gate; which < kGates; ++which)
        add_product(gate(sums, which), diagonal[static_cast<std::size_t>(which)].values(moment.operands), state, cells);
    float* const hidden = products.projection ? moment.work.cell + row * cells : state;
    update_row(moment.operands, sums, cell_state + row * cells, hidden, squashed);
  }
  if (products.projection) project(moment, moment.work.cell, output_state);
  return output_state;
}

VectorOperands vectors(const PrepareContext& context, const GateOperands& operands) {
  VectorOperands list;
  for (std::size_t gate = 0; gate < kGates; ++gate) list[gate] = VectorOperand(context, operands[gate]);
  return list;
}

LstmCell cell_of(const PrepareContext& context, simd::Isa isa, const LstmOperands& at) {
  const auto& attrs = context.attrs<LstmAttrs>();
  const LstmSize size = lstm_size(context, at);
  return {.at = at,
          .inputs = {at.input, at.second_input, at.is_backward},
          .first_gate = couples_input_gate(context, at) ? kForgetGate : kInputGate,
          .cells = size.cells,
          .unit_count = size.units,
          .activation = RowActivation(context, isa, attrs.activation),
          .sigmoid = kernels::elementary_functions(isa).sigmoid,
          .cell_clip = attrs.cell_clip,
          .projection_clip = attrs.projection_clip,
          .bias = vectors(context, at.bias),
          .peephole = vectors(context, at.peephole),
          .norm = vectors(context, at.norm),
          .diagonal = attrs.diagonal_recurrent ? vectors(context, at.recurrent_weights) : VectorOperands{},
          .projection_bias = VectorOperand(context, at.projection_bias),
          .has_norm = at.norm[kForgetGate] >= 0 && context.has_input(at.norm[kForgetGate])};
}

SequenceProducts products_of(const PrepareContext& context, simd::Isa isa, const LstmCell& cell) {
  const auto& attrs = context.attrs<LstmAttrs>();
  const kernels::RowRange range = row_range(attrs.asymmetric_quantize_inputs);
  const auto stacked = [&](const GateOperands& operands) {
    return StackedProduct(context, isa, std::span(operands).subspan(static_cast<std::size_t>(cell.first_gate)), range);
  };
  SequenceProducts products{.input = stacked(cell.at.input_weights)};
  if (cell.at.second_input >= 0) products.second = stacked(cell.at.second_weights);
  if (!attrs.diagonal_recurrent) products.recurrent = stacked(cell.at.recurrent_weights);
  if (context.has_input(cell.at.projection))
    products.projection = StackedProduct(context, isa, std::span(&cell.at.projection, 1), range);
  return products;
}

}  // namespace

Step prepare_float_lstm(const PrepareContext& context, simd::Isa isa) {
  if (elements(context.output().shape) == 0) return empty_step("lstm");
  const bool time_major = context.attrs<LstmAttrs>().time_major;
  std::vector<SequenceDirection<LstmCell>> directions;
  for (const LstmOperands& at : lstm_directions(context)) {
    LstmCell cell = cell_of(context, isa, at);
    SequenceProducts products = products_of(context, isa, cell);
    directions.push_back({.cell = std::move(cell), .products = std::move(products)});
  }
  const SequenceSize size = sequence_size(context, context.input(0).shape.rank(), time_major);
  std::string kernel = sequence_kernel("lstm", isa, context.input(directions[0].cell.at.input_weights[kForgetGate]));
  return sequence_step(context, isa, std::move(directions), size, time_major, std::move(kernel));
}

}  // namespace litesmith::ops::recurrent
