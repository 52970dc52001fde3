#pragma once

#include <cstdint>
#include <vector>

#include "kernels/elementary/elementary.h"
#include "ops/activation/activation.h"
#include "ops/step.h"

/// Vectors of a cell: biases, peepholes, and what is done to a row of gates.
namespace litesmith::ops::recurrent {

/// A float32 operand of a few values: a copy where it is constant, as files may have it unaligned.
class VectorOperand {
 public:
  VectorOperand() = default;
  /// An operand of -1 or an absent one has no values. int8 operands are dequantized and must be constant.
  VectorOperand(const PrepareContext& context, int operand);

  const float* values(const Operands& operands) const noexcept {
    return known_.empty() ? (operand_ < 0 ? nullptr : operands.in<float>(operand_)) : known_.data();
  }

 private:
  std::vector<float> known_;
  int operand_ = -1;
};

/// The activation that a cell fuses, applied to arrays.
class RowActivation {
 public:
  /// Fails for activations that are neither a clamp nor tanh.
  RowActivation(const PrepareContext& context, simd::Isa isa, Activation activation);
  void apply(float* row, std::int64_t n) const noexcept;

 private:
  Clamp clamp_{};
  kernels::ArrayFunction tanh_ = nullptr;
};

/// row = min(limit, max(-limit, row)); nothing for a limit of 0.
void clip(float* row, std::int64_t n, float limit) noexcept;
/// row += a * b.
void add_product(float* row, const float* a, const float* b, std::int64_t n) noexcept;
/// row = (row - mean) / sqrt(variance + 1e-8) * weights + bias.
void layer_normalize(float* row, const float* weights, const float* bias, std::int64_t n) noexcept;

}  // namespace litesmith::ops::recurrent
