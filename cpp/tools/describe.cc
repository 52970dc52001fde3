#include "tools/describe.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace litesmith::tools {
namespace {

using nlohmann::json;

std::string quantization_text(const ir::Quantization& q) {
  if (q.blockwise) return concat("blockwise, block size ", q.blockwise->block_size);
  if (q.scales.empty()) return "";
  if (q.scales.size() > 1) return concat(q.scales.size(), " scales along axis ", q.dimension);
  return concat("scale ", q.scales[0], ", zero point ", q.zero_points.empty() ? 0 : q.zero_points[0]);
}

json tensor_json(const ir::Tensor& tensor) {
  return {{"name", tensor.name},
          {"type", std::string(name(tensor.dtype))},
          {"shape", tensor.shape.dims()},
          {"constant", tensor.is_constant()},
          {"bytes", tensor.is_constant() ? tensor.data->size() : 0},
          {"quantization", quantization_text(tensor.quantization)}};
}

json graph_json(const ir::Graph& graph) {
  json tensors = json::array();
  for (const ir::Tensor& tensor : graph.tensors) tensors.push_back(tensor_json(tensor));
  json operators = json::array();
  for (const ir::Node& node : graph.nodes)
    operators.push_back({{"name", std::string(node.op->name)},
                         {"inputs", node.inputs},
                         {"outputs", node.outputs},
                         {"layer", node.origins.empty() ? "" : node.origins.front()}});
  return {{"name", graph.name},
          {"inputs", graph.inputs},
          {"outputs", graph.outputs},
          {"tensors", std::move(tensors)},
          {"operators", std::move(operators)}};
}

json names(const std::vector<ir::Signature::Entry>& entries) {
  json list = json::array();
  for (const auto& entry : entries) list.push_back(entry.name);
  return list;
}

}  // namespace

std::string to_json(const ir::Model& model) {
  json graphs = json::array();
  for (const ir::Graph& graph : model.graphs) graphs.push_back(graph_json(graph));
  json signatures = json::array();
  for (const ir::Signature& signature : model.signatures)
    signatures.push_back({{"key", signature.key},
                          {"graph", signature.graph},
                          {"inputs", names(signature.inputs)},
                          {"outputs", names(signature.outputs)}});
  json metadata = json::array();
  for (const auto& [entry_name, bytes] : model.metadata)
    metadata.push_back({{"name", entry_name}, {"bytes", bytes.size()}});
  const json all = {{"description", model.description},
                    {"graphs", std::move(graphs)},
                    {"signatures", std::move(signatures)},
                    {"metadata", std::move(metadata)}};
  return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace litesmith::tools
