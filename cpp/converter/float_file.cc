#include "converter/float_file.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/error.h"
#include "interpreter/dense_values.h"
#include "quantization/range_methods.h"
#include "tflite/reader.h"

namespace litesmith::converter {
namespace {

bool is_quantized(const ir::Tensor& tensor) {
  return !tensor.quantization.empty() || tensor.dtype == DType::float16 || tensor.dtype == DType::bfloat16;
}

void require_float(const ir::Model& model, std::string_view source_name) {
  for (const ir::Graph& graph : model.graphs) {
    const auto found = std::find_if(graph.tensors.begin(), graph.tensors.end(), is_quantized);
    if (found == graph.tensors.end()) continue;
    fail(ErrorKind::value, source_name, " is quantized already: its tensor '", found->name, "' is ", name(found->dtype),
         "; give the float32 file, converted without optimizations");
  }
}

/// Sparse constants become dense, and their readers read them without DENSIFY.
void expand_constants(ir::Graph& graph) {
  interpreter::Budget budget(interpreter::Budget::kUnlimited);
  for (ir::Tensor& tensor : graph.tensors) {
    if (!tensor.is_constant() || tensor.sparsity == nullptr) continue;
    tensor.data = interpreter::dense_values(tensor, budget);
    tensor.sparsity.reset();
  }
  const std::set<ir::TensorId> outputs(graph.outputs.begin(), graph.outputs.end());
  std::map<ir::TensorId, ir::TensorId> constants;
  std::vector<ir::Node> nodes;
  for (ir::Node& node : graph.nodes) {
    for (ir::TensorId& id : node.inputs)
      if (const auto found = constants.find(id); found != constants.end()) id = found->second;
    const bool densifies = node.op->name == "DENSIFY" && graph.tensor(node.input(0)).is_constant();
    if (densifies && !outputs.contains(node.output()))
      constants[node.output()] = node.input(0);
    else
      nodes.push_back(std::move(node));
  }
  graph.nodes = std::move(nodes);
}

}  // namespace

ir::Model read_float_file(Bytes file, std::string_view source_name) {
  ir::Model model = tflite::read(std::move(file), source_name);
  require_float(model, source_name);
  for (ir::Graph& graph : model.graphs) expand_constants(graph);
  return model;
}

quantization::Ranges recorded_ranges(const ir::Model& model) {
  quantization::Ranges ranges;
  for (std::size_t g = 0; g < model.graphs.size(); ++g)
    for (std::size_t t = 0; t < model.graphs[g].tensors.size(); ++t) {
      const ir::Tensor& tensor = model.graphs[g].tensors[t];
      const ir::Quantization& recorded = tensor.quantization;
      if (tensor.dtype != DType::float32 || recorded.min.size() != 1 || recorded.max.size() != 1) continue;
      ranges[{static_cast<std::int32_t>(g), static_cast<ir::TensorId>(t)}] = {recorded.min.front(),
                                                                              recorded.max.front()};
    }
  return ranges;
}

void record_ranges(ir::Model& model, const quantization::Ranges& ranges) {
  for (const auto& [key, range] : ranges) {
    const quantization::Range recorded = quantization::recorded_by_tensorflow(range);
    ir::Quantization& target = model.graphs.at(static_cast<std::size_t>(key.first)).tensor(key.second).quantization;
    target.min = {recorded.min};
    target.max = {recorded.max};
  }
}

}  // namespace litesmith::converter
