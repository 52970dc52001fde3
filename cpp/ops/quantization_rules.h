#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "ir/attrs.h"

/// How post-training quantization treats an operator, as data; `quantization/` applies it. TensorFlow has three engines
/// with different rules, hence three records (reference: operators.md §4).
namespace litesmith::ops {

/// What an operator asks of the parameters of its float operands and results.
enum class Scales : std::uint8_t {
  none,         ///< not quantized: runs in float between DEQUANTIZE and QUANTIZE
  free,         ///< every operand and result has parameters of its own
  same,         ///< all operands and results share one set
  inputs_only,  ///< operands are quantized; results are positions, truth values or shapes
};

/// Result parameters that do not depend on data (SOFTMAX, LOGISTIC, TANH, ...).
struct FixedParameters {
  float scale = 0;
  std::int32_t zero_point = 0;
};

/// Static quantization of activations. Operands that are not float (indices, shapes) take no part. Filter, bias and
/// channel axis of linear operators are those of `OpDef::linear`.
struct StaticRule {
  Scales scales = Scales::none;
  std::optional<FixedParameters> fixed_output{};
  /// A constant operand with zero point 0 and one scale; -1 = none.
  int symmetric_operand = -1;
};

/// Dynamic range: constant operands that become int8.
struct DynamicRangeRule {
  enum class Form : std::uint8_t {
    none,
    hybrid,       ///< the kernel takes int8 weights and float activations
    weight_only,  ///< weights are stored as int8 and dequantized after (GATHER) or before the operator
  };
  Form form = Form::none;
  /// Operands that are weights; all or none of them are quantized.
  std::span<const int> weights{};
  /// Axis with a scale per index; -1 = one scale.
  int channel_axis = -1;
  /// The same attributes with asymmetric_quantize_inputs set; null when the operator has no such option.
  ir::Attrs (*with_asymmetric_inputs)(const ir::Attrs& attrs) = nullptr;
};

struct QuantizationRules {
  StaticRule int8{};
  StaticRule int16x8{};
  DynamicRangeRule dynamic_range{};
};

}  // namespace litesmith::ops
