#pragma once

#include <cstdint>
#include <vector>

#include "ir/model.h"
#include "schema/tflite_schema.h"

namespace litesmith::tflite {

/// How the graphs that a node runs relate to its operands and results.
enum class CallForm : std::uint8_t {
  branches,  // operand 0 selects; every graph takes the others and gives the results (IF)
  loop,      // graph 0 is the condition, graph 1 the body; both take the operands (WHILE)
  once,      // takes and gives nothing (CALL_ONCE)
  whole,     // takes the operands, gives the results (CALL, STABLEHLO_COMPOSITE)
  region,    // called for elements (STABLEHLO_REDUCE and the like); its operands are the operator's matter
};

/// A node that runs other graphs.
struct GraphCall {
  std::int32_t graph = 0;
  ir::NodeId node = 0;
  CallForm form = CallForm::region;
  std::vector<std::int32_t> callees;
};

/// Every node of a verified file whose options name graphs. Throws Error(value) when such an operator has no options.
std::vector<GraphCall> graph_calls(const ::tflite::Model& model, const ir::Model& converted);

/// Checks the calls: indices in range, no graph reached from itself, nesting at most 64 deep, counts and types of
/// operands and results as the called graphs have them. Throws Error(value).
void verify_calls(const ir::Model& model, const std::vector<GraphCall>& calls);

}  // namespace litesmith::tflite
