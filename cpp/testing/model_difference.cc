#include "testing/model_difference.h"

#include "base/error.h"

namespace litesmith::testing {
namespace {

std::string difference(const ir::Graph& a, const ir::Graph& b);
std::string difference(const ir::Signature& a, const ir::Signature& b);

std::string difference(const ir::Tensor& a, const ir::Tensor& b) {
  if (a.name != b.name) return "named '" + a.name + "' and '" + b.name + "'";
  if (a.dtype != b.dtype) return concat("type ", name(a.dtype), " and ", name(b.dtype));
  if (a.shape != b.shape) return concat("shape ", a.shape, " and ", b.shape);
  if (a.shape_in_file != b.shape_in_file) return "shape in the file";
  if (a.quantization != b.quantization) return "quantization";
  if (a.data != b.data)
    return concat("data of ", a.data ? a.data->size() : 0, " and ", b.data ? b.data->size() : 0, " bytes");
  if (a.is_variable != b.is_variable) return "is_variable";
  if ((a.sparsity == nullptr) != (b.sparsity == nullptr) || (a.sparsity && *a.sparsity != *b.sparsity))
    return "sparsity";
  return a.variants == b.variants ? "" : "variant types";
}

std::string difference(const ir::Node& a, const ir::Node& b) {
  if (a.op != b.op) return "operator " + ir::describe(a) + " and " + ir::describe(b);
  if (a.attrs != b.attrs) return "attributes";
  if (a.inputs != b.inputs) return "operands";
  if (a.outputs != b.outputs) return "results";
  if (a.intermediates != b.intermediates) return "intermediates";
  return a.origins == b.origins ? "" : "origins";
}

template <class Item>
std::string difference(const std::vector<Item>& a, const std::vector<Item>& b, const char* what) {
  if (a.size() != b.size()) return concat(a.size(), " and ", b.size(), " ", what, "s");
  for (std::size_t i = 0; i < a.size(); ++i)
    if (const std::string found = difference(a[i], b[i]); !found.empty()) return concat(what, " ", i, ": ", found);
  return "";
}

std::string difference(const ir::Graph& a, const ir::Graph& b) {
  if (a.name != b.name) return "names";
  if (a.inputs != b.inputs || a.outputs != b.outputs) return "inputs or outputs";
  const std::string tensors = difference(a.tensors, b.tensors, "tensor");
  return tensors.empty() ? difference(a.nodes, b.nodes, "node") : tensors;
}

std::string difference(const ir::Signature& a, const ir::Signature& b) {
  const bool equal = a.key == b.key && a.graph == b.graph && a.inputs == b.inputs && a.outputs == b.outputs;
  return equal ? "" : "'" + a.key + "' and '" + b.key + "'";
}

std::vector<std::pair<std::string, Bytes>> comparable_metadata(const ir::Model& model) {
  auto metadata = model.metadata;
  std::erase_if(metadata, [](const auto& entry) { return entry.first == "min_runtime_version"; });
  return metadata;
}

}  // namespace

std::string difference(const ir::Model& a, const ir::Model& b) {
  if (!a.description.empty() && a.description != b.description)
    return "description '" + a.description + "' and '" + b.description + "'";
  if (comparable_metadata(a) != comparable_metadata(b)) return "metadata";
  const std::string graphs = difference(a.graphs, b.graphs, "graph");
  return graphs.empty() ? difference(a.signatures, b.signatures, "signature") : graphs;
}

}  // namespace litesmith::testing
