#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "passes/pass.h"

namespace litesmith::passes {

/// What a pattern found.
struct Match {
  static constexpr int kPlaces = 4;
  /// The tensor of every place; kAbsent where the pattern has no such place.
  std::array<ir::TensorId, kPlaces> tensors{ir::kAbsent, ir::kAbsent, ir::kAbsent, ir::kAbsent};
  /// The nodes of the expression, its result's first.
  std::vector<ir::NodeId> nodes{};
};

/// An expression of float32 operators, compared with a graph from its result to its operands. Operators match without
/// a fused activation only; the operands of ADD, MUL, MAXIMUM and MINIMUM match in either order.
struct Pattern {
  enum class Kind : std::uint8_t { place, constant, number, op, any_of };
  Kind kind = Kind::place;
  int slot = -1;
  double value = 0;
  std::string_view name{};
  bool (*accepts)(const Site& site) = nullptr;
  std::vector<Pattern> parts{};
};

/// Any tensor, the same one wherever the slot stands.
Pattern place(int slot);
/// The same for a tensor that `inner` describes. It stands before the slot's other places.
Pattern place(int slot, Pattern inner);
/// A constant of float32.
Pattern constant(int slot);
/// A constant of one element, equal but for rounding to float.
Pattern number(double value);
Pattern op(std::string_view name, std::vector<Pattern> operands, bool (*accepts)(const Site& site) = nullptr);
Pattern any_of(std::vector<Pattern> alternatives);
/// A reduction over the last dimension that keeps it as 1.
Pattern over_last(std::string_view name, Pattern x);
/// x * factor or x / (1 / factor).
Pattern scaled(Pattern x, double factor);
/// a * b * factor, multiplied in any order.
Pattern product(double factor, Pattern a, Pattern b);

/// Compares the result of a node.
std::optional<Match> match(const Pattern& pattern, const Site& site);

/// Origins of the nodes that matched.
std::vector<std::string> origins_of(const Site& site, const Match& match);

/// Whether the node carries a fused activation.
bool has_activation(const ir::Node& node);

/// The value of a float32 constant of one element.
std::optional<float> number_of(const ir::Tensor& tensor);

}  // namespace litesmith::passes
