#pragma once

#include <cstdint>

#include "ops/activation/activation.h"

namespace litesmith::ops {

enum class LstmKernelType : std::int8_t { full = 0, basic = 1 };

/// LSTM, UNIDIRECTIONAL_SEQUENCE_LSTM, BIDIRECTIONAL_SEQUENCE_LSTM; each has the members that its options table holds.
/// Operands: reference operators.md §1.1. Input of the sequence forms is [batch, time, in], [time, batch, in] when
/// time_major; LSTM makes one step of [batch, in]. Clips of 0 are none.
struct LstmAttrs {
  /// Of the cell gate and of the cell on its way out; the other gates are sigmoids.
  Activation activation = Activation::none;
  float cell_clip = 0;
  float projection_clip = 0;
  bool time_major = false;
  bool asymmetric_quantize_inputs = false;
  /// Recurrent weights are vectors, one factor per cell.
  bool diagonal_recurrent = false;
  /// Both directions in one result, forward first along the last axis.
  bool merge_outputs = false;
  LstmKernelType kernel_type = LstmKernelType::full;
  bool operator==(const LstmAttrs&) const = default;
};

/// RNN, UNIDIRECTIONAL_SEQUENCE_RNN, BIDIRECTIONAL_SEQUENCE_RNN: state = activation(W x + R state + bias).
struct RnnAttrs {
  Activation activation = Activation::none;
  bool time_major = false;
  bool asymmetric_quantize_inputs = false;
  bool merge_outputs = false;
  bool operator==(const RnnAttrs&) const = default;
};

/// SVDF: input [batch, in], feature weights [units * rank, in], time weights [units * rank, memory], bias, state
/// [batch, memory * units * rank]; the result is [batch, units].
struct SvdfAttrs {
  std::int32_t rank = 1;
  Activation activation = Activation::none;
  bool asymmetric_quantize_inputs = false;
  bool operator==(const SvdfAttrs&) const = default;
};

}  // namespace litesmith::ops
