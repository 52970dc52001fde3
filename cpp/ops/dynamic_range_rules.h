#pragma once

#include <span>
#include <utility>

#include "ops/quantization_rules.h"

/// The rules that operators share for dynamic range (reference: operators.md §4.3).
namespace litesmith::ops {

inline constexpr int kTableOperand[] = {0};
inline constexpr int kWeightsOperand[] = {1};

/// Operand 1 becomes int8 with a scale per index of `channel_axis` (-1 = one scale); the kernel takes float input.
constexpr DynamicRangeRule hybrid_weights(int channel_axis) {
  return {.form = DynamicRangeRule::Form::hybrid, .weights = kWeightsOperand, .channel_axis = channel_axis};
}

/// The operand is stored as int8 and dequantized before the operator, or after it when there is one scale.
constexpr DynamicRangeRule weight_only(std::span<const int> operand, int channel_axis = -1) {
  return {.form = DynamicRangeRule::Form::weight_only, .weights = operand, .channel_axis = channel_axis};
}

/// The attributes, of type T, with asymmetric_quantize_inputs set.
template <class T>
ir::Attrs with_asymmetric_inputs(const ir::Attrs& attrs) {
  T changed = attrs.as<T>();
  changed.asymmetric_quantize_inputs = true;
  return ir::Attrs(std::move(changed));
}

/// hybrid_weights for operators that can quantize their input with a zero point; T = their attributes.
template <class T>
constexpr DynamicRangeRule hybrid_weights_asymmetric(int channel_axis) {
  DynamicRangeRule rule = hybrid_weights(channel_axis);
  rule.with_asymmetric_inputs = with_asymmetric_inputs<T>;
  return rule;
}

}  // namespace litesmith::ops
