#pragma once

#include <vector>

#include "ops/op_def.h"
#include "quantization/policy.h"

namespace litesmith::quantization {

/// What static quantization to one mode has to know of a node.
struct StaticRole {
  const ops::StaticRule* rule = nullptr;  // null: the operator has no integer form
  bool is_excluded = false;               // the node has another mode: it hands parameters on, but keeps out itself
  std::vector<int> operands{};            // float32 operands that are there, constants included
  std::vector<int> results{};             // float32 results
  int data = -1;                          // linear operators: the operand that the filter is applied to
  int filter = -1;
  int bias = -1;
  int symmetric = -1;  // a constant operand with zero point 0 and one scale

  bool is_quantizable() const noexcept { return rule != nullptr; }
  bool may_be_integer() const noexcept { return rule != nullptr && !is_excluded; }
  bool has_same_scales() const noexcept { return rule != nullptr && rule->scales == ops::Scales::same; }
};

/// A role per node. `mode` is int8 or int16x8.
std::vector<StaticRole> static_roles(const ir::Graph& graph, const Policy& policy, Mode mode);

}  // namespace litesmith::quantization
