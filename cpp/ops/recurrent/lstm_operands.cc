#include "ops/recurrent/lstm_operands.h"

#include "ops/recurrent/sequence.h"

namespace litesmith::ops::recurrent {
namespace {

constexpr std::string_view kGateNames[] = {"input", "forget", "cell", "output"};

LstmOperands direction_from(int first, int output_state, bool is_backward) {
  LstmOperands at;
  const auto from = [&](GateOperands& gates) {
    for (int& operand : gates)
      if (operand >= 0) operand += first - 1;
  };
  from(at.input_weights);
  from(at.recurrent_weights);
  from(at.peephole);
  from(at.bias);
  at.projection += first - 1;
  at.projection_bias += first - 1;
  at.output_state = output_state;
  at.cell_state = output_state + 1;
  at.norm = kNoGates;
  at.is_backward = is_backward;
  return at;
}

constexpr int kSecondInput = 39;

std::int32_t rows_of(const NodeView& view, int operand) {
  const Shape& shape = view.input(operand).shape;
  return shape.has_rank() && shape.rank() > 0 ? shape[0] : kUnknownDim;
}

/// Fails unless all of the gates' operands are there or none, those of the coupled input gate and -1 excepted.
bool all_or_none(const NodeView& view, const GateOperands& gates, bool couples, std::string_view what) {
  int present = 0, possible = 0;
  for (int gate = couples ? kForgetGate : kInputGate; gate < kGates; ++gate) {
    if (gates[static_cast<std::size_t>(gate)] < 0) continue;
    ++possible;
    present += view.has_input(gates[static_cast<std::size_t>(gate)]) ? 1 : 0;
  }
  if (couples && gates[0] >= 0 && view.has_input(gates[0]))
    view.fail("has ", what, " of the input gate (operand ", gates[0],
              ") but no weights for it; a coupled input gate has none of its own");
  if (present != 0 && present != possible)
    view.fail("has ", what, " for ", present, " of its ", possible, " gates; give them to all or to none");
  return present != 0;
}

void require_gates(const NodeView& view, const GateOperands& gates, const Shape& shape,
                   std::initializer_list<DType> types) {
  for (const int operand : gates) {
    if (operand < 0 || !view.has_input(operand)) continue;
    view.require_type(operand, types);
    require_shape(view, operand, shape);
  }
}

void require_present(const NodeView& view, const GateOperands& gates, bool couples, std::string_view what) {
  for (int gate = couples ? kForgetGate : kInputGate; gate < kGates; ++gate)
    if (!view.has_input(gates[static_cast<std::size_t>(gate)]))
      view.fail("lacks the ", what, " of its ", kGateNames[gate], " gate (operand ",
                gates[static_cast<std::size_t>(gate)], ")");
}

DType vector_type(const NodeView& view, const LstmOperands& at) {
  return view.input(at.input).dtype == DType::float32 ? view.input(at.input_weights[kForgetGate]).dtype : DType::int16;
}

void check_projection(const NodeView& view, const LstmOperands& at, DType weights, DType bias, const LstmSize& size) {
  if (view.has_input(at.projection_bias) && !view.has_input(at.projection))
    view.fail("has a projection bias (operand ", at.projection_bias, ") but no projection weights");
  if (!view.has_input(at.projection)) {
    if (size.units != kUnknownDim && size.cells != kUnknownDim && size.units != size.cells)
      view.fail("has ", size.cells, " cells and ", size.units, " units but no projection between them (operand ",
                at.projection, ")");
    return;
  }
  view.require_type(at.projection, {weights});
  require_shape(view, at.projection, {size.units, size.cells});
  if (!view.has_input(at.projection_bias)) return;
  view.require_type(at.projection_bias, {bias});
  require_shape(view, at.projection_bias, {size.units});
}

}  // namespace

std::vector<LstmOperands> lstm_directions(const NodeView& view) {
  if (view.op().identity.name != "BIDIRECTIONAL_SEQUENCE_LSTM") return {LstmOperands{}};
  std::vector<LstmOperands> both{direction_from(1, 35, false), direction_from(18, 37, true)};
  if (!view.has_input(kSecondInput)) return both;
  if (!view.has_input(kSecondInput + 2)) {
    both[1].input = kSecondInput;
    return both;
  }
  int operand = kSecondInput + 1;
  for (LstmOperands& at : both) {
    at.second_input = kSecondInput;
    for (int& weights : at.second_weights) weights = operand++;
  }
  return both;
}

bool couples_input_gate(const NodeView& view, const LstmOperands& at) {
  return !view.has_input(at.input_weights[kInputGate]);
}

LstmSize lstm_size(const NodeView& view, const LstmOperands& at) {
  LstmSize size{.cells = rows_of(view, at.input_weights[kForgetGate])};
  if (view.attrs<LstmAttrs>().diagonal_recurrent) {
    size.units = size.cells;
  } else {
    const Shape& recurrent = view.input(at.recurrent_weights[kForgetGate]).shape;
    view.require_rank(at.recurrent_weights[kForgetGate], 2);
    if (recurrent.has_rank()) size.units = recurrent[1];
  }
  view.require(size.cells != 0 && size.units != 0, "has no cells or no units");
  return size;
}

LstmSize check_lstm(const NodeView& view, const LstmOperands& at, std::int32_t batch) {
  const bool couples = couples_input_gate(view, at);
  const bool is_diagonal = view.attrs<LstmAttrs>().diagonal_recurrent;
  require_present(view, at.input_weights, couples, "input weights");
  require_present(view, at.recurrent_weights, couples, "recurrent weights");
  require_present(view, at.bias, couples, "bias");
  all_or_none(view, at.recurrent_weights, couples, "recurrent weights");
  all_or_none(view, at.peephole, couples, "peephole weights");
  all_or_none(view, at.norm, couples, "layer normalization");
  const LstmSize size = lstm_size(view, at);
  const DType x = view.input(at.input).dtype;
  const bool is_float = x == DType::float32;
  const DType weights = view.input(at.input_weights[kForgetGate]).dtype;
  const DType bias = is_float ? DType::float32 : DType::int32;
  const Shape& shape = view.input(at.input).shape;
  const std::int32_t in = shape.has_rank() ? shape.back() : kUnknownDim;
  require_gates(view, at.input_weights, {size.cells, in}, {weights});
  if (at.second_input >= 0) {
    const Shape& second = view.input(at.second_input).shape;
    require_present(view, at.second_weights, couples, "weights for the second input");
    require_gates(view, at.second_weights, {size.cells, second.has_rank() ? second.back() : kUnknownDim}, {weights});
  }
  require_gates(view, at.recurrent_weights, is_diagonal ? Shape{size.cells} : Shape{size.cells, size.units}, {weights});
  require_gates(view, at.peephole, {size.cells}, {vector_type(view, at)});
  require_gates(view, at.bias, {size.cells}, {bias});
  require_gates(view, at.norm, {size.cells}, {is_float ? DType::float32 : DType::int16});
  check_projection(view, at, weights, bias, size);
  require_state(view, at.output_state, x, batch, size.units);
  require_state(view, at.cell_state, is_float ? DType::float32 : DType::int16, batch, size.cells);
  return size;
}

}  // namespace litesmith::ops::recurrent
