#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "ops/step.h"

namespace litesmith::ops {

/// One operand for evaluate(): its description, its dense bytes, and whether the operator may treat it as a constant.
struct EvaluationInput {
  ir::Tensor tensor;
  Bytes data;
  bool constant = true;
  bool absent = false;
};

struct EvaluationResult {
  DType dtype = DType::float32;
  Shape shape;
  std::vector<std::byte> data;
  /// "activation/scalar"; "host" when the operator ran as a host step.
  std::string kernel;
};

/// Runs one node on the caller's thread outside of any graph: constant folding and operator tests. `output_types` are
/// the declared types of the results. Throws Error as inference, preparation and faults do.
std::vector<EvaluationResult> evaluate(const ir::Node& node, std::span<const EvaluationInput> inputs,
                                       std::span<const ir::Tensor> declared_outputs, PrepareContext::Settings settings);

}  // namespace litesmith::ops
