#pragma once

#include <cstdint>
#include <vector>

#include "ir/model.h"
#include "ops/op_def.h"

namespace litesmith::tflite {

/// A node that runs other graphs.
struct GraphCall {
  std::int32_t graph = 0;
  ir::NodeId node = 0;
  ops::CallForm form = ops::CallForm::none;
  std::vector<std::int32_t> callees;
};

/// Every node that runs graphs. Throws Error(value) when such an operator has no options.
std::vector<GraphCall> graph_calls(const ir::Model& model);

/// Checks the calls: indices in range, no graph reached from itself, nesting at most 64 deep, counts and types of
/// operands and results as the called graphs have them. Throws Error(value).
void verify_calls(const ir::Model& model, const std::vector<GraphCall>& calls);

}  // namespace litesmith::tflite
