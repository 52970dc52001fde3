#pragma once

#include <vector>

#include "quantization/form.h"

namespace litesmith::quantization {

/// How a tensor that is computed or fed exists in a quantized graph.
struct TensorForms {
  /// As its node gives it, or as the caller feeds it.
  Form produced{};
  /// The integers that a float tensor is quantized to first; float32 = none.
  Form integer{};
};

/// What every tensor and operand of a graph becomes.
struct GraphForms {
  std::vector<TensorForms> tensors;         // by tensor
  std::vector<std::vector<Form>> operands;  // by node and operand: what the node reads
  std::vector<Form> outputs;                // by graph output: what the caller gets
};

/// All float32, for a graph of this size.
GraphForms float_forms(const ir::Graph& graph);

/// Where QUANTIZE and DEQUANTIZE stand.
enum class Placement : std::uint8_t {
  after_producer,  ///< behind the node that gives the tensor, shared by its readers
  before_reader,   ///< in front of every reader, one each; those of graph outputs at the end
};

/// Gives tensors their forms, converts constants and inserts QUANTIZE and DEQUANTIZE where forms differ. Inputs and
/// outputs keep their names; added tensors are named "<tensor>_int8", "_int16", "_float", "_requantized". Signatures
/// follow.
void apply(const GraphForms& forms, Placement placement, ir::Model& model, std::size_t graph);

}  // namespace litesmith::quantization
