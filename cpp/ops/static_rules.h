#pragma once

#include "ops/op_def.h"

/// What the rows of the operators say about static quantization (reference: operators.md §4.1, §4.2).
namespace litesmith::ops {

inline constexpr StaticRule kFree{.scales = Scales::free};
inline constexpr StaticRule kSame{.scales = Scales::same};
inline constexpr StaticRule kInputsOnly{.scales = Scales::inputs_only};

constexpr StaticRule fixed(float scale, std::int32_t zero_point) {
  return {.scales = Scales::free, .fixed_output = FixedParameters{scale, zero_point}};
}

/// The operator with these rules.
inline OpDef quantized(OpDef def, StaticRule int8, StaticRule int16x8 = {}) {
  def.quantization.int8 = int8;
  def.quantization.int16x8 = int16x8;
  return def;
}

}  // namespace litesmith::ops
