#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

namespace litesmith::ops {

class NodeView;

/// Fused activation of an operator, numbered as in the file (reference: schema.md §3).
enum class Activation : std::int8_t { none = 0, relu = 1, relu_n1_to_1 = 2, relu6 = 3, tanh = 4, sign_bit = 5 };

std::string_view name(Activation activation) noexcept;

/// Bounds that a fused activation clamps a float result to; infinite when there is none.
struct Clamp {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

/// nullptr-free: tanh and sign_bit have no clamp and give false.
bool clamp_of(Activation activation, Clamp& clamp) noexcept;

/// clamp_of() for a node that fuses the activation; fails with what to do for those without a clamp.
Clamp fused_clamp(const NodeView& view, Activation activation);

/// LEAKY_RELU: x for x > 0, alpha * x below.
struct LeakyReluAttrs {
  float alpha = 0;
  bool operator==(const LeakyReluAttrs&) const = default;
};

/// GELU: x/2 (1 + erf(x/sqrt(2))), or its tanh form when approximate.
struct GeluAttrs {
  bool approximate = false;
  bool operator==(const GeluAttrs&) const = default;
};

}  // namespace litesmith::ops
