#pragma once

#include <array>
#include <vector>

#include "ops/recurrent/lstm_operands.h"
#include "passes/recurrent/counted_loop.h"

namespace litesmith::passes {

/// One LSTM in the body of a loop, as UNIDIRECTIONAL_SEQUENCE_LSTM computes it.
struct LstmCell {
  struct Gate {
    std::vector<float> input_weights{};      // [cells, inputs]
    std::vector<float> recurrent_weights{};  // [cells, units]
    std::vector<float> peephole{};           // [cells], or empty
    std::vector<float> bias{};               // [cells]
  };
  /// Numbers of the loop's values that hold what the cell gave and its memory.
  std::size_t output_state = 0, cell_state = 0;
  /// What it reads in a turn and what it gives, tensors of the body.
  ir::TensorId x = ir::kAbsent, y = ir::kAbsent;
  std::int32_t inputs = 0, cells = 0, units = 0;
  std::array<Gate, ops::recurrent::kGates> gates{};  // by ops::recurrent::Gate
  std::vector<float> projection{};                   // [units, cells], or empty
  std::vector<float> projection_bias{};              // [units], or empty
  float cell_clip = 0, projection_clip = 0;          // 0 = none
  /// Layers that its nodes came from.
  std::vector<std::string> origins{};
};

/// The cells among the values of a loop.
std::vector<LstmCell> find_lstm_cells(const CountedLoop& loop);

}  // namespace litesmith::passes
