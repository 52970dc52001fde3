#pragma once

#include <array>
#include <span>

#include "ops/infer.h"
#include "ops/recurrent/recurrent.h"

namespace litesmith::ops::recurrent {

/// Gates in the order of operands and of rows in stacked weights.
enum Gate : int { kInputGate, kForgetGate, kCellGate, kOutputGate };
inline constexpr int kGates = 4;
using GateOperands = std::array<int, kGates>;
inline constexpr GateOperands kNoGates{-1, -1, -1, -1};

/// Where the operands of one direction of an LSTM stand in its node; -1 = nowhere.
struct LstmOperands {
  int input = 0;
  GateOperands input_weights{1, 2, 3, 4};
  GateOperands recurrent_weights{5, 6, 7, 8};
  GateOperands peephole{9, 10, -1, 11};
  GateOperands bias{12, 13, 14, 15};
  int projection = 16;
  int projection_bias = 17;
  int output_state = 18;
  int cell_state = 19;
  GateOperands norm{20, 21, 22, 23};
  int second_input = -1;
  GateOperands second_weights = kNoGates;
  /// Steps run from the last to the first.
  bool is_backward = false;
};

/// The directions of a node: one, or forward and backward of BIDIRECTIONAL_SEQUENCE_LSTM. A second input without
/// weights of its own is what the backward direction reads in place of the first.
std::vector<LstmOperands> lstm_directions(const NodeView& view);

/// Sizes of one direction; kUnknownDim where not known yet.
struct LstmSize {
  std::int32_t cells = kUnknownDim;
  std::int32_t units = kUnknownDim;
};

LstmSize lstm_size(const NodeView& view, const LstmOperands& at);

/// Checks the operands of a direction: which are there together, types, shapes.
LstmSize check_lstm(const NodeView& view, const LstmOperands& at, std::int32_t batch);

/// The input gate is 1 - forget gate: its operands are absent.
bool couples_input_gate(const NodeView& view, const LstmOperands& at);

}  // namespace litesmith::ops::recurrent
