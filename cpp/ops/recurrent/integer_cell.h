#pragma once

#include <array>
#include <memory>
#include <vector>

#include "kernels/requantize/requantize.h"
#include "kernels/row_dot/row_dot.h"
#include "ops/recurrent/gate_table.h"
#include "ops/recurrent/lstm_operands.h"

namespace litesmith::ops::recurrent {

/// int8 rows by the stacked int8 weights of several operands, corrected for the rows' zero point and with biases, in
/// the scales of results.
struct IntegerProduct8 {
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::vector<std::int8_t> weights;       ///< [n, k]
  std::vector<std::int32_t> corrections;  ///< [n]: bias - zero point * sum of weights
  std::vector<kernels::Multiplier> multipliers;
};

/// What layer normalization needs of one gate.
struct IntegerNorm {
  std::vector<std::int16_t> weights;
  std::vector<std::int32_t> bias;
  kernels::Multiplier multiplier;
  std::int32_t least_variance = 1;
};

struct IntegerPeephole {
  std::vector<std::int16_t> weights;
  kernels::Multiplier multiplier;
};

/// How a product of two int16 numbers becomes a third: shifted (litert) or rescaled (tflm).
struct GateProduct {
  int shift = 0;
  kernels::Multiplier multiplier{};
  bool is_shift = true;

  std::int32_t operator()(std::int32_t a, std::int32_t b) const noexcept {
    return is_shift ? kernels::rounding_shift_right(a * b, shift) : kernels::multiply(a * b, multiplier);
  }
};

/// The constants of an integer LSTM.
struct IntegerCell {
  LstmOperands at;
  int first_gate = kInputGate;
  std::int64_t cells = 0;
  std::int64_t units = 0;
  Arithmetic arithmetic = Arithmetic::litert;
  IntegerProduct8 input, recurrent, projection;
  std::array<IntegerNorm, kGates> norm;
  std::array<IntegerPeephole, kGates> peephole;
  GateProduct forget_by_state, input_by_fresh;
  kernels::Multiplier hidden;
  std::int32_t hidden_zero_point = 0;
  std::int32_t output_zero_point = 0;
  std::int32_t cell_clip = 0;
  std::int32_t projection_clip = 0;
  GateTable sigmoid, fresh_tanh, state_tanh;

  bool has_projection() const noexcept { return projection.n != 0; }
  std::int64_t width() const noexcept { return (kGates - first_gate) * cells; }
};

/// Fails for operands that are not constant and scales that the kernel cannot take.
IntegerCell integer_cell(const PrepareContext& context, const LstmOperands& at);

/// One row of gates, [gate][cell], after its products: to new states.
void update_integer_row(const IntegerCell& cell, std::int16_t* gates, std::int16_t* state,
                        std::int8_t* hidden) noexcept;

}  // namespace litesmith::ops::recurrent
